"""The context of every command: its options, the home and what it holds, where to write, how to exit."""

from __future__ import annotations

import codecs
import errno
import io
import json
import logging
import math
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NoReturn, TextIO

import click

from ..errors import NOT_YET, PASSED, best_effort
from ..languages import shown

if TYPE_CHECKING:
    from pathlib import Path

    from click.shell_completion import CompletionItem
    from rich.console import Console, RenderableType

    from ..grader.ledger import Ledger
    from ..grader.services import SubmissionRequest
    from ..home import Home
    from ..problems import DataStore, Problem
    from ..sandbox import Sandbox
    from ..sandbox.host.kept_worker import KeptWorkers
    from ..sandbox.host.select_sandbox import SandboxChoice


logger = logging.getLogger(__name__)

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON value instead of a table.")


def problem_names(*asked: Any) -> list[CompletionItem]:
    """What the shell offers for a problem's name."""
    from . import completion

    return completion.problem_names(*asked)


def submission_numbers(*asked: Any) -> list[CompletionItem]:
    """What the shell offers for a submission's number."""
    from . import completion

    return completion.submission_numbers(*asked)


def problem_argument(*, required: bool) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A command's argument NAME, which is a problem's number or name."""
    return click.argument("name", required=required, shell_complete=problem_names)


def number_argument(name: str, *, required: bool) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A command's argument that is the number of a submission."""
    return click.argument(name, type=record_number, required=required, shell_complete=submission_numbers)


problem_choice = click.option(
    "--problem",
    "problem_name",
    metavar="NAME",
    help="Needed outside a workspace.",
    shell_complete=problem_names,
)
data_choice = click.option(
    "--data", "data_source", metavar="auto|tfds|package|PATH", help="Which data. PATH: a mentor's own files."
)
sandbox_choice = click.option(
    "--sandbox",
    "choice",
    type=click.Choice(["auto", "docker", "local"]),
    default="auto",
    show_default=True,
    help="Where the model runs. `auto` takes Docker when an engine answers.",
)


class FiniteRange(click.FloatRange):
    """A number in a range, which "nan" is not: it is neither below nor above."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number. Fails for what is none, not finite, or out of the range."""
        number = super().convert(value, param, ctx)
        return (
            number if math.isfinite(number) else self.fail(f"{value!r} is not a finite number.", param, ctx)
        )


record_number = click.IntRange(1, 2**53)
"""The number of a submission or an exam, as far as every database can look for it."""


def _choose_gpus(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """See at once that it is a choice of GPUs. Raises BadOption."""
    if requested := os.environ.get("TFPREP_GPUS", "") if value is None else value:
        from ..sandbox.host.gpus import check_gpus

        check_gpus(requested)
    return value


gpu_choice = click.option(
    "--gpus",
    metavar="N|all|none|IDS",
    callback=_choose_gpus,
    help="GPUs for the Docker sandbox.  [default: $TFPREP_GPUS, or auto]",
)


fresh_choice = click.option(
    "--fresh", is_flag=True, help="Start a new worker, and keep none for the next command."
)


@dataclass(frozen=True)
class GradingOptions:
    """What every command that grades lets one choose."""

    problem_name: str | None
    data_source: str | None
    choice: SandboxChoice
    gpus: str | None
    fresh: bool = False
    """Neither take a worker that waits nor leave one."""

    def open_sandbox(self, home: Home) -> Sandbox:
        """A sandbox for one's own work. Raises as `select_sandbox.for_own_work`."""
        from ..sandbox.host.select_sandbox import for_own_work

        return for_own_work(self.choice, say, self.gpus, None if self.fresh else kept_workers(home))

    def request(self, path: Path | None) -> SubmissionRequest:
        """What is to be graded."""
        from ..grader.services import SubmissionRequest

        return SubmissionRequest(path, self.problem_name, self.data_source)


def grading_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options of a `GradingOptions`."""
    return problem_choice(data_choice(sandbox_choice(gpu_choice(fresh_choice(command)))))


def kept_workers(home: Home) -> KeptWorkers | None:
    """Where a worker waits for the next command; None where none is to."""
    if not home.keep_minutes:
        return None
    from ..sandbox.host.kept_worker import KeptWorkers

    return KeptWorkers(home.run, home.keep_minutes * 60.0)


def home() -> Home:
    """The user's home, made where it is not there yet. Raises HomeUnavailable."""
    from ..home import Home

    found = Home.find()
    found.make()
    return found


def ledger(home: Home) -> Ledger:
    """The home's ledger, open: a context manager. Raises LedgerUnavailable."""
    from ..grader.ledger import Ledger

    return Ledger.open(home.ledger_url)


def store(home: Home) -> DataStore:
    """The home's data."""
    from ..files.secrets import read_or_make_secret
    from ..problems import DataStore

    return DataStore(home.data, read_or_make_secret(home.root), show_progress=show_progress)


@contextmanager
def show_progress(whole: float, done: Callable[[], float]) -> Iterator[None]:
    """A bar on a terminal while something is fetched or made; elsewhere nothing, as a line has said it."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeElapsedColumn

    class Measured(Progress):
        def get_renderables(self) -> Iterable[RenderableType]:
            for task in self.tasks:
                self.update(task.id, completed=min(done(), task.total or 0))
            return super().get_renderables()

    columns = (BarColumn(), *((DownloadColumn(),) if whole else ()), TimeElapsedColumn())
    console = Console(stderr=True)
    with Measured(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        bar.add_task("", total=whole or None)
        yield


def problem_here() -> Problem | None:
    """The problem of the workspace around the current folder; None outside of any."""
    from pathlib import Path

    from ..problems.workspace import Workspace

    workspace = Workspace.around(Path.cwd())
    return None if workspace is None else workspace.problem


def console() -> Console:
    """Standard output, for tables and panels."""
    from rich.console import Console

    return Console()


def put(line: object) -> None:
    """Write a line to standard output: a sentence in the reader's language, all else as it is."""
    put_verbatim(shown(line) if isinstance(line, str) else line)


def put_verbatim(line: object) -> None:
    """Write a line to standard output as it stands."""
    # Named, as Click writes UTF-8 where the encoding of standard output is ASCII.
    click.echo(line, sys.stdout)


def say(message: str) -> None:
    """Write a message to standard error, so that standard output stays a table or JSON."""
    click.echo(shown(message), sys.stderr)


def print_json(value: Any) -> None:
    """One JSON value on standard output."""
    put_verbatim(json.dumps(value, indent=2, ensure_ascii=not takes_any_text()))


def completed(step: Callable[[], None], what: str, remedy: str) -> bool:
    """Take a step after something was recorded. Whether it was possible: `what` and why not are told."""

    def whole() -> bool:
        step()
        return True

    return best_effort(whole, False, what, say, remedy)


def leave(passed: bool) -> NoReturn:
    """End the command with the exit code of a pass, or of none."""
    sys.exit(PASSED if passed else NOT_YET)


ERRORS: Final = "tfprep-spelled"
"""How an encoding takes characters that it does not have, once `open_output` was called."""
_SPELLED: Final = {
    **{"≤": "<=", "≥": ">=", "≈": "~", "±": "+-", "\u2212": "-", "\u00d7": "x", "·": "-", "•": "*", "²": "2"},
    **{"…": "...", "\u2013": "-", "\u2014": "-", "→": "->", "←": "<-", "°": " deg", "✓": "+", "✗": "x"},
    **{"\u2018": "'", "\u2019": "'", "“": '"', "”": '"', "\u00a0": " "},
}


class _Descriptor(io.FileIO):
    """An open file that takes all that is written, whether its reader does or not."""

    lost: OSError | None = None

    def write(self, data: io.ReadableBuffer, /) -> int:  # type: ignore[name-defined]
        try:
            return super().write(data)
        except BlockingIOError:
            raise
        except OSError as error:
            self.lost = error
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            return len(memoryview(data).cast("B"))


def open_output() -> None:
    """Put standard output and error into this form; whatever they are under a test stays as it is."""
    codecs.register_error(ERRORS, _spell)
    sys.stdout = _opened(sys.stdout, sys.__stdout__)
    sys.stderr = _opened(sys.stderr, sys.__stderr__)


def lost_output() -> str:
    """Why standard output was not written, after it was flushed; empty where it was, or nobody reads it."""
    descriptor = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    if not isinstance(descriptor, _Descriptor):
        return ""
    sys.stdout.flush()
    lost = descriptor.lost
    return "" if lost is None or lost.errno == errno.EPIPE else lost.strerror or str(lost)


def takes_any_text() -> bool:
    """Whether standard output can write every character."""
    return (getattr(sys.stdout, "encoding", None) or "ascii").lower().replace("-", "").startswith("utf")


def _opened(stream: TextIO, original: TextIO | None) -> TextIO:
    if stream is None or stream is not original:  # closed by whoever started us, or a test's
        return stream
    try:
        descriptor = _Descriptor(stream.fileno(), "w", closefd=False)
    except (OSError, ValueError):
        return stream
    stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(descriptor),
        encoding=stream.encoding,
        errors=ERRORS,
        line_buffering=bool(stream.line_buffering),
    )


def _spell(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    spelled = (_SPELLED.get(c, "?") for c in error.object[error.start : error.end])
    return "".join(spelled), error.end
