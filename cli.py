"""The `tfprep` command: reads arguments, joins the rooms, prints.

Exit codes: 0 passed, 1 not yet, 2 misuse, 3 our fault, 130 interrupted.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Never

import click

from . import __version__

if TYPE_CHECKING:
    from rich.console import Console

    from .grader import Graded, Home, Record, ScoreCard
    from .grader.ledger import Ledger
    from .grader.work import Work
    from .problems import DataStore, Part
    from .sandbox.choice import Choice

PASSED, NOT_YET, MISUSE, OUR_FAULT, INTERRUPTED = 0, 1, 2, 3, 130


def main() -> Never:
    """Run the command line; the process's exit code says whose turn it is."""
    try:
        code = tfprep.main(standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("Interrupted. Nothing was recorded.", err=True)
        code = INTERRUPTED
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except Exception as error:  # noqa: BLE001 the exit code must say that it was us, whatever happened
        code = _explain(error)
    sys.exit(code or PASSED)


def _explain(error: Exception) -> int:
    """One sentence for an error we know, the traceback for one we do not; and whose fault it was."""
    from .grader import BadSubmission, LedgerUnavailable, NoSuchRecord
    from .problems import BadData, DataUnavailable, UnknownProblem
    from .problems.workspace import WorkspaceError
    from .sandbox import SandboxUnavailable

    match error:
        case UnknownProblem() | BadSubmission() | WorkspaceError() | BadData() | NoSuchRecord():
            _say(str(error))
            return MISUSE
        case DataUnavailable() | SandboxUnavailable() | LedgerUnavailable():
            _say(f"{error.what.rstrip('.')}. {error.remedy}".strip())
            _say("This is no fault of the submission: nothing was recorded, and no attempt was used.")
        case _:
            traceback.print_exception(error)
            _say("This is a fault in tfprep: nothing was recorded. Please report it with the lines above.")
    return OUR_FAULT


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__)
def tfprep() -> None:
    """Practice for the TensorFlow developer certificate.

    Start a problem, train a model in its starter file, submit it, and learn why it scored what it did.
    """


as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON value instead of a table.")
problem_choice = click.option("--problem", "problem_name", metavar="NAME", help="Needed outside a workspace.")
edition_choice = click.option(
    "--edition", metavar="auto|tfds|package|PATH", help="Which data. PATH: a mentor's own files."
)
sandbox_choice = click.option(
    "--sandbox",
    "choice",
    type=click.Choice(["auto", "docker", "local"]),
    default="auto",
    show_default=True,
    help="Where the model runs. `auto` takes Docker when an engine answers.",
)
gpu_choice = click.option(
    "--gpus", metavar="N|all|none|IDS", help="GPUs for the Docker sandbox.  [default: $TFPREP_GPUS, or auto]"
)


@dataclass(frozen=True)
class Wish:
    """What every command that grades lets one choose."""

    problem_name: str | None
    edition: str | None
    choice: Choice
    gpus: str | None


def grading_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options of a `Wish`."""
    return problem_choice(edition_choice(sandbox_choice(gpu_choice(command))))


@tfprep.command()
@as_json
def problems(as_json: bool) -> None:
    """List the problems."""
    from .problems import all_problems
    from .reports.record import problem_record
    from .reports.terminal import show_problems

    if as_json:
        return _print_json([problem_record(problem) for problem in all_problems()])
    return show_problems(_console(), all_problems())


@tfprep.command()
@click.argument("name")
@click.option(
    "--into", type=click.Path(path_type=Path), help="The folder to make.  [default: named like the problem]"
)
@edition_choice
@click.option(
    "--resume", "how", flag_value="resume", help="Keep the work that is there; fill in what is missing."
)
@click.option(
    "--reset", "how", flag_value="reset", help="Move the work that is there to a backup; start afresh."
)
def start(name: str, into: Path | None, edition: str | None, how: str | None) -> None:
    """Make a workspace with the starter file, statement and data of problem NAME (`3` or `flowers`, say)."""
    from .problems import find
    from .problems.workspace import Workspace, make_workspace, reset_workspace, resume_workspace

    problem = find(name)
    folder = into or Path(problem.folder.name)
    kept = Workspace.around(folder) if how == "resume" else None
    dataset = _store(_home()).load(problem, edition or (kept.edition if kept else "auto"), tell=_say)
    if how == "resume":
        resume_workspace(folder, dataset)
    elif how == "reset":
        _, backup = reset_workspace(folder, dataset)
        if backup:
            _say(f"What was there is kept in {backup}.")
    else:
        make_workspace(folder, dataset)
    click.echo(
        f"{problem.title}: {folder} is ready. Read statement.md, fill the gaps in starter.py, run it there, "
        f"then run `tfprep submit`."
    )


@tfprep.command()
@click.argument("path", type=click.Path(path_type=Path), required=False)
@grading_options
@as_json
def check(path: Path | None, as_json: bool, **options: Any) -> None:
    """Try a model on the public validation part. Nothing is recorded, and nothing is used up."""
    from .problems import Part
    from .reports.record import card_record

    wish = Wish(**options)
    home = _home()
    work = _find_work(home, path, wish)
    card = _grade(work, home.learner, wish, Part.VALIDATION).card
    if as_json:
        _print_json(card_record(card))
    else:
        _show_card(card, work, "validation part, not recorded")
    _leave(card)


@tfprep.command()
@click.argument("path", type=click.Path(path_type=Path), required=False)
@grading_options
@click.option("--learner", help="Who submits.  [default: $TFPREP_LEARNER, or your account's name]")
@as_json
def submit(path: Path | None, learner: str | None, as_json: bool, **options: Any) -> None:
    """Grade a model or a training script on the hidden part, and record the score.

    Without PATH, the newest model of the workspace is taken: mymodel.h5, mymodel.keras or the folder mymodel.
    """
    from .problems import Part
    from .reports.record import submission_record

    wish = Wish(**options)
    home = _home()
    work = _find_work(home, path, wish)
    with _ledger(home) as ledger:
        record = ledger.record(_grade(work, learner or home.learner, wish, Part.HIDDEN))
    if as_json:
        _print_json(submission_record(record))
    else:
        _show_card(record.card, work, f"submission {record.number}")
        click.echo(f"Report: {_write_page(home, record)}")
    _leave(record.card)


@tfprep.command()
@click.argument("number", type=int, required=False)
@as_json
def report(number: int | None, as_json: bool) -> None:
    """Show submission NUMBER again; the last one without it."""
    from .reports.record import submission_record
    from .reports.terminal import show_record

    home = _home()
    with _ledger(home) as ledger:
        record = ledger.last() if number is None else ledger.read(number)
    if as_json:
        return _print_json(submission_record(record))
    show_record(_console(), record)
    return click.echo(f"Page: {_write_page(home, record)}")


@tfprep.command()
@problem_choice
@click.option("--learner", help="Only this learner's.")
@as_json
def history(problem_name: str | None, learner: str | None, as_json: bool) -> None:
    """List the submissions, newest last."""
    from .problems import find
    from .reports.record import submission_record
    from .reports.terminal import show_history

    problem = find(problem_name).id if problem_name else None
    with _ledger(_home()) as ledger:
        records = ledger.history(learner=learner, problem=problem)
    if as_json:
        return _print_json([submission_record(record) for record in records])
    return show_history(_console(), records)


@tfprep.group()
def data() -> None:
    """Get, list and remove the problems' data."""


@data.command("fetch")
@click.argument("names", nargs=-1)
@edition_choice
def fetch_data(names: tuple[str, ...], edition: str | None) -> None:
    """Download and prepare the data of the problems NAMES; of all of them without a name."""
    from .problems import all_problems, find
    from .reports.terminal import show_datasets

    store = _store(_home())
    chosen = [find(name) for name in names] or all_problems()
    show_datasets(_console(), [store.load(problem, edition or "auto", tell=_say) for problem in chosen])


@data.command("list")
@as_json
def list_data(as_json: bool) -> None:
    """List the editions on this machine."""
    from .reports.record import dataset_record
    from .reports.terminal import show_datasets

    datasets = _store(_home()).list()
    if as_json:
        return _print_json([dataset_record(dataset) for dataset in datasets])
    return show_datasets(_console(), datasets)


@data.command("remove")
@click.argument("name")
@click.option("--edition", default="package", show_default=True, metavar="tfds|package|own:…")
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove_data(name: str, edition: str, yes: bool) -> None:
    """Remove the problem NAME's data from this machine. It can be fetched again."""
    from .problems import find

    problem = find(name)
    if not yes:
        click.confirm(
            f"Remove the {edition} edition of {problem.id} from this machine?", abort=True, err=True
        )
    _store(_home()).remove(problem, edition)
    click.echo(
        f"The {edition} edition of {problem.id} is gone; `tfprep data fetch {problem.number}` gets it again."
    )


@tfprep.group()
def sandbox() -> None:
    """The Docker sandbox: build its image, look at it, clean up after a crash."""


@sandbox.command("build")
@click.option("--gpu", is_flag=True, help="With CUDA, for machines with an NVIDIA GPU.")
@click.option("--base-image", metavar="IMAGE", help="A Debian or Ubuntu image with Python 3.11 or newer.")
@click.option("--index-url", metavar="URL", help="The Python package index to install from.")
@click.option(
    "--ca-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Extra CA certificates."
)
@click.option("--network", metavar="NAME", help="The network to build in, `host` for example.")
def build_sandbox(gpu: bool, **given: Any) -> None:
    """Make the sandbox image for this version of tfprep; a fresh one is left as it is."""
    from .sandbox.image import Accelerator, BuildOptions, build_image

    chosen = {name: value for name, value in given.items() if value is not None}
    report = build_image(BuildOptions(Accelerator.GPU if gpu else Accelerator.CPU, **chosen), tell=_say)
    click.echo(f"{report.accelerator.tag} is ready: {report.size_bytes / 1e9:.2f} GB, {report.id}")


@sandbox.command("status")
@as_json
def sandbox_status(as_json: bool) -> None:
    """Show the images, and whether they fit this version of tfprep."""
    from .reports.record import image_record
    from .reports.terminal import show_images
    from .sandbox.image import image_status

    images = image_status()
    if as_json:
        return _print_json([image_record(image) for image in images])
    return show_images(_console(), images)


@sandbox.command("prune")
def prune_sandbox() -> None:
    """Remove containers that a killed grader left behind, and images of older versions."""
    from .sandbox.leftovers import prune

    pruned = prune()
    click.echo(f"Removed {pruned.containers} containers and {pruned.images} images.")


@tfprep.command()
@as_json
def doctor(as_json: bool) -> None:
    """Look at everything tfprep needs, and say what to do about what is missing."""
    from .grader.checkup import check_home
    from .reports.record import check_record
    from .reports.terminal import show_checks
    from .sandbox.doctor import diagnose

    checks = (*check_home(_home()), *diagnose())
    if as_json:
        return _print_json([check_record(check) for check in checks])
    return show_checks(_console(), checks)


def _find_work(home: Home, path: Path | None, wish: Wish) -> Work:
    from .grader.work import find_work

    return find_work(path, wish.problem_name, wish.edition, _store(home), _say)


def _grade(work: Work, learner: str, wish: Wish, part: Part) -> Graded:
    """Read the file, open a sandbox for one's own work, ask the questions of one part."""
    from rich.console import Console

    from .grader import grade, read_submission
    from .reports.terminal import plain
    from .sandbox.choice import for_own_work

    submission = read_submission(work.artifact, work.problem.id, learner)
    with (
        Console(stderr=True).status(plain(f"Grading {submission.name} …")),
        for_own_work(wish.choice, _say, wish.gpus) as sandbox,
    ):
        return grade(submission, work.dataset, sandbox, part, watch=_say)


def _leave(card: ScoreCard) -> Never:
    from .grader import Verdict

    sys.exit(PASSED if card.verdict is Verdict.PASSED else NOT_YET)


def _show_card(card: ScoreCard, work: Work, which: str) -> None:
    from .reports.terminal import show_card

    show_card(_console(), card, work.dataset.bands, f"{work.problem.id} · {work.problem.name} · {which}")


def _write_page(home: Home, record: Record) -> Path:
    from .reports.page import render_page, write_page

    return write_page(render_page(record), home.reports / f"{record.number}.html")


def _home() -> Home:
    from .grader import Home

    home = Home.find()
    home.make()
    return home


def _ledger(home: Home) -> Ledger:
    from .grader.ledger import Ledger

    return Ledger.open(home.ledger_url)


def _store(home: Home) -> DataStore:
    from .problems import DataStore, read_or_make_secret

    return DataStore(home.data, read_or_make_secret(home.root))


def _console() -> Console:
    from rich.console import Console

    return Console()


def _say(line: str) -> None:
    """A line for the person, on standard error, so that standard output stays a table or JSON."""
    click.echo(line, err=True)


def _print_json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
