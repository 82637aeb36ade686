"""The exam of a mentor: makes its packs, and grades what was handed in."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import NOT_YET, PASSED
from ..files.text import counted
from . import context
from .context import as_json, gpu_choice

if TYPE_CHECKING:
    from ..exams.mentor_service import ExamGradingRequest, GradedExam

ROSTER = Path("roster.csv")
"""Where a mentor keeps the roster of the class that this folder is of."""
a_path = click.Path(path_type=Path)
a_file = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command("pack")
@click.option(
    "--rules", type=a_file, default=Path("cohort.toml"), show_default=True, help="With the table [exam]."
)
@click.option("--roster", type=a_file, default=ROSTER, show_default=True, help="Who takes it.")
@click.option(
    "--into", type=a_path, default=Path("packs"), show_default=True, metavar="DIR", help="The folder to make."
)
def pack(rules: Path, roster: Path, into: Path) -> None:
    """Make an exam file for each learner of a cohort.

    It holds the signed rules, and no hidden example. The public data lies beside the files, once for all.
    """
    from ..classroom.signing import fingerprint
    from ..exams.exam_pack import WHO
    from ..exams.mentor_service import pack_exam
    from ..grader.records.exam import TO_PASS
    from .cohort import open_service

    with open_service() as service:
        packed = pack_exam(service, rules, roster, into)
    context.put(
        f"{counted(len(packed.packs), 'pack is', 'packs are')} in {into}; {WHO} says whose they are. "
        "Give each learner theirs, and everybody the zips beside them."
    )
    if packed.rules.pass_mark != TO_PASS:
        context.put(
            f"An exam is passed with {TO_PASS} of 100 points. pass_mark = {packed.rules.pass_mark:g} is for "
            "the cohort's problems only."
        )
    for one in packed.packs:
        context.put(f"  tfprep exam start --pack {one.name}")
    context.put(
        f"Signed by {fingerprint(packed.key)}. Keep {context.home().root / 'signing.key'}: without it "
        "nothing that is handed in can be read.\n"
        f"Your public key, by which anybody verifies a certificate: {packed.key}"
    )


@click.command("grade")
@click.argument("source", type=click.Path(path_type=Path, exists=True))
@click.option(
    "--cohort", "name", metavar="NAME", help="The cohort.  [default: as cohort.toml says, else the last]"
)
@click.option("--rules", type=a_file, help="A cohort.toml.  [default: those that count, else the one here]")
@click.option("--roster", type=a_file, help="Who takes it.  [default: the cohort's, else roster.csv]")
@click.option(
    "--out",
    type=a_path,
    default=Path("certificates"),
    metavar="DIR",
    show_default=True,
    help="The folder for the certificates.",
)
@click.option(
    "--accept",
    multiple=True,
    metavar="FILE|LEARNER",
    help="Let this hand-in, or a learner's only one, count whatever speaks against it; the audit keeps it.",
)
@click.option("--rerun", is_flag=True, help="Run again also what was graded before.")
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    metavar="N",
    help="Workers side by side.  [default: by CPUs and memory]",
)
@gpu_choice
@as_json
def grade_exam(
    source: Path,
    name: str | None,
    rules: Path | None,
    roster: Path | None,
    out: Path,
    accept: tuple[str, ...],
    rerun: bool,
    workers: int | None,
    gpus: str | None,
    as_json: bool,
) -> None:
    """Grade every hand-in in SOURCE, and sign certificates.

    SOURCE is a folder, or the zip that a platform gives. Hand-ins are found by what is in them, in zips too,
    whatever they are called. Every model runs in Docker, on hidden examples that never left this machine.
    What was graded before, by the same rules, is not run again. Each problem's reference is trained once on
    this machine, to say how far learners' examples differ. What speaks against a hand-in is listed, and it
    does not count; what you should know of one that counts is listed too. Results stand in the cohort's
    gradebook. If there is no such cohort yet, it is made as the cohort.toml here says.

    Exit code 0: everybody has a result, and every file counts; 1: somebody has none, a file does not count or
    was refused, or the certificates could not be written; 3: nothing could be run.
    """
    from ..exams.mentor_service import ExamGradingRequest

    request = ExamGradingRequest(source, name, rules, roster, ROSTER, accept, rerun)
    graded = _run_grading(request, workers, gpus)
    written = _show_graded(graded, out, as_json=as_json)
    sys.exit(PASSED if written and graded.outcome.is_complete else NOT_YET)


def _run_grading(request: ExamGradingRequest, workers: int | None, gpus: str | None) -> GradedExam:
    """What came of it. Says on stderr how far it is."""
    from rich.console import Console

    from ..exams.mentor_service import grade_hand_ins
    from ..sandbox.host.select_sandbox import docker_pool
    from .cohort import open_service

    with open_service() as service, Console(stderr=True).status("Opening the files …") as status:
        return grade_hand_ins(
            service,
            request,
            lambda limits: docker_pool(limits, workers, gpus),
            datetime.now(UTC),
            lambda done, total: status.update(f"{done:,} of {counted(total, 'model')} …"),
        )


def _show_graded(graded: GradedExam, out: Path, *, as_json: bool) -> bool:
    """Shows the list, and writes certificates; whether they could be written."""
    from ..reports.cohort.exports import write_exam
    from ..reports.exam.outcome import (
        closing,
        outcome_record,
        show_outcome,
        write_certificates,
    )

    outcome = graded.outcome
    if as_json:
        context.print_json(outcome_record(outcome))
    else:
        show_outcome(context.console(), outcome)

    def write() -> None:
        write_certificates(outcome, out)
        write_exam(graded.totals, graded.learners, out)

    written = context.completed(
        write,
        "Every result is recorded, but the certificates could not be written",
        "Run it again with --out DIR.",
    )
    for sentence in closing(outcome, out if written else None):
        context.say(sentence)
    return written
