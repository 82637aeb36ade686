"""What a mentor sees of an exam: the list of hand-ins, and the certificates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from ...classroom.signing import Signed
from ...exams.certificate import Certificate
from ...exams.outcome import ExamOutcome, GradedHandIn
from ...files.atomic import write_whole
from ...files.text import counted, listed, one_line
from ..cohort.exam_results import certificate_stem
from ..page import render
from ..terminal import framed, grid, plain
from ..wording import Fact, Table, columns, moment
from .view import points_and_time

PROVES = (
    "It proves that the holder of this key graded the models and signed exactly this, and that nothing was "
    "changed since. Whose key it is, the mentor says."
)
PROVES_NOT = (
    "It does not prove who trained the models: nobody watched. The times are those of the learner's machine."
)


MOST_REFUSED: Final = 100
"""So many refused files are listed, each with why."""
LISTED: Final = 5
"""So many files that are no hand-ins are named."""


@dataclass(frozen=True)
class CertificateView:
    """A certificate whose signature holds, in words."""

    certificate: Certificate
    signed: Signed

    @property
    def heading(self) -> str:
        """Whose, and of which exam."""
        return f"{self.certificate.name}: exam of {self.certificate.cohort}"

    @property
    def meta(self) -> str:
        """When it was taken and graded."""
        given = self.certificate
        return f"Taken {moment(given.started)} to {moment(given.ended)}, graded {moment(given.graded)}"

    @property
    def tone(self) -> str:
        """The verdict's code, by which a page colours itself."""
        return "passed" if self.certificate.passed else "partial"

    @property
    def verdict(self) -> str:
        """In words."""
        return "Passed" if self.certificate.passed else "Not passed"

    @property
    def total(self) -> str:
        """Of 100 points."""
        return f"{self.certificate.total:g}"

    @property
    def sentence(self) -> str:
        """The points, and the time that was used."""
        given = self.certificate
        used, allowed = (timedelta(seconds=each) for each in (given.spent_seconds, given.allowed_seconds))
        return points_and_time(given.total, used, allowed)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the grader noticed."""
        return self.certificate.remarks

    @property
    def table(self) -> Table:
        """Score and points of each problem, and the examples they were measured on."""
        rows = (
            (
                each.title,
                "not scored" if each.score is None else f"{each.score} of 5",
                f"{each.points:g} of {each.possible:g}",
                f"{each.examples:,}",
                each.reason,
            )
            for each in self.certificate.problems
        )
        names = ("Problem", "Score", "Points", "Examples", "Why")
        return Table("Problems", columns(*names, numbers=("Points", "Examples")), tuple(rows))

    @property
    def fingerprints(self) -> Table:
        """Digests of all that the scores depend on."""
        rows = (
            (each.name, each.hidden[:16], each.scoring[:16], each.artifact[:16])
            for each in self.certificate.problems
        )
        return Table("Fingerprints", columns("Problem", "Examples", "Scoring", "Model"), tuple(rows))

    @property
    def signature(self) -> tuple[Fact, ...]:
        """Whose it is, and what it proves."""
        return (
            ("signed by", self.signed.signer),
            ("public key", self.signed.key),
            ("exam", self.certificate.exam),
            ("learner", self.certificate.learner),
            ("proves", PROVES),
            ("does not prove", PROVES_NOT),
        )


def render_certificate(certificate: Certificate, signed: Signed) -> str:
    """The certificate's page, as HTML; it prints as one sheet."""
    return render("certificate.html", view=CertificateView(certificate, signed))


def write_certificates(outcome: ExamOutcome, folder: Path) -> tuple[Path, ...]:
    """Write a signed file and a page for every certificate, and return the files' paths. Raises OSError."""
    from ...exams.certificate import read_certificate

    written = []
    folder.mkdir(parents=True, exist_ok=True)
    for each in outcome.hand_ins:
        if each.certificate is None:
            continue
        stem = certificate_stem(each.hand_in.learner, each.hand_in.identity)
        write_whole(folder / f"{stem}.html", render_certificate(*read_certificate(each.signed)))
        written.append(write_whole(folder / f"{stem}.json", each.signed))
    return tuple(written)


def show_certificate(console: Console, file: Path, certificate: Certificate, signed: Signed) -> None:
    """A certificate whose signature holds: its content, whose key it was, what that proves and what not."""
    view = CertificateView(certificate, signed)
    console.print(
        Text.assemble(("Genuine: ", "bold green"), plain(f"{file.name}, signed by {signed.signer}."))
    )
    console.print(plain(f"{PROVES}\n{PROVES_NOT}"))
    parts = [plain(view.sentence), plain(view.meta), *map(plain, view.notes), grid(view.table)]
    style = "bold green" if certificate.passed else "bold yellow"
    verdict = Text(f"{view.verdict.lower()}, {view.total} of 100", style)
    console.print(framed(console, view.heading, parts, verdict, style))


def show_not_genuine(console: Console, file: Path, error: Exception) -> None:
    """A file that is not what was signed."""
    console.print(Text.assemble(("Not genuine: ", "bold red"), plain(f"{file.name}. {error}")))


def show_outcome(console: Console, outcome: ExamOutcome) -> None:
    """One row for each hand-in, then what speaks against it and what was noticed, then who is missing."""
    names = ("Learner", "Total", "Result", "File")
    rows = tuple(map(_row, outcome.hand_ins))
    console.print(grid(Table("Hand-ins", columns(*names, numbers=("Total",)), rows)))
    for each in outcome.hand_ins:
        if each.hand_in.copies:
            console.print(plain(f"{each.hand_in.file} is {', '.join(each.hand_in.copies)} too: one result."))
        for sentence in (*each.hand_in.against, *each.pending):
            console.print(plain(f"! {each.hand_in.file}: {sentence}"))
        for sentence in each.remarks:
            console.print(plain(f"  {each.hand_in.file}: {sentence}"))
    for refused in outcome.refused[:MOST_REFUSED]:
        console.print(plain(f"! {refused.file}: {refused.why}"))
    if (unlisted := len(outcome.refused) - MOST_REFUSED) > 0:
        console.print(
            plain(f"! {counted(unlisted, 'more file was', 'more files were')} refused: --json lists them.")
        )
    for sentence in outcome.not_applied:
        console.print(plain(f"! {sentence}"))
    if others := outcome.others:
        console.print(plain(f"{counted(len(others), 'file')} that are no hand-ins: {listed(others, LISTED)}"))
    for sentence in outcome.spread:
        console.print(plain(sentence))
    if outcome.missing:
        console.print(plain(f"Without a result: {', '.join(map(one_line, outcome.missing))}"))


def closing(outcome: ExamOutcome, folder: Path | None) -> Iterator[str]:
    """What a mentor reads last: how many certificates there are, and how much is left for a person.

    Args:
        outcome: what came of the hand-ins.
        folder: where the certificates are; None where they could not be written.
    """
    if outcome.known:
        them = "it" if outcome.known == 1 else "them"
        yield (
            f"{counted(outcome.known, 'hand-in')} had been graded before, by the same rules: nothing in "
            f"{them} was run. --rerun runs {them} again."
        )
    certificates = counted(outcome.certificates, "certificate")
    where = "" if folder is None else f" See {folder}, with exam.csv."
    yield f"{certificates}, {outcome.passed:,} passed.{where if outcome.certificates else ''}"
    for name in () if folder is None else _void(outcome, folder):
        yield f"{name} in {folder} was signed before, and does not count any more. exam.csv has what counts."
    if count := outcome.for_a_person:
        yield (
            f"{counted(count, 'file')} for a person to look at: refused, without a certificate, or with a "
            "remark. Each is listed."
        )
    if missing := len(outcome.missing):
        yield f"{counted(missing, 'learner')} without a result."


def _void(outcome: ExamOutcome, folder: Path) -> Iterator[str]:
    """The certificates that lie in a folder, of hand-ins against which something speaks now."""
    for each in outcome.hand_ins:
        name = f"{certificate_stem(each.hand_in.learner, each.hand_in.identity)}.json"
        if each.hand_in.against and (folder / name).exists():
            yield name


def certificate_record(certificate: Certificate, signed: Signed) -> dict[str, Any]:
    """A certificate whose signature holds, for programs."""
    return {
        "genuine": True,
        "signer": signed.signer,
        "key": signed.key,
        "proves": PROVES,
        "does_not_prove": PROVES_NOT,
        "certificate": certificate.to_values(),
    }


def outcome_record(outcome: ExamOutcome) -> dict[str, Any]:
    """What came of a folder of hand-ins, for programs."""
    return {
        "results": [
            {
                "file": each.hand_in.file,
                "copies": list(each.hand_in.copies),
                "learner": each.hand_in.learner,
                "exam": each.hand_in.config.exam,
                "against": list(each.hand_in.against),
                "pending": list(each.pending),
                "remarks": list(each.remarks),
                "certificate": None if each.certificate is None else each.certificate.to_values(),
            }
            for each in outcome.hand_ins
        ],
        "refused": [{"file": each.file, "why": each.why} for each in outcome.refused],
        "others": list(outcome.others),
        "not_applied": list(outcome.not_applied),
        "graded_before": outcome.known,
        "for_a_person": outcome.for_a_person,
        "spread": list(outcome.spread),
        "missing": list(outcome.missing),
    }


def _row(each: GradedHandIn) -> tuple[str, ...]:
    given, file, who = each.certificate, each.hand_in.file, each.hand_in.who
    if given is None:
        return (who, "-", "does not count" if each.hand_in.against else "not graded for now", file)
    verdict = "passed" if given.passed else "not passed"
    return (who, f"{given.total:g}", f"{verdict}, see below" if each.remarks else verdict, file)
