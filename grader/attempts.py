"""Attempts: the next one, what needs none, and what tells one from another.

None is needed for a file that is not a model, a model older than its starter, and one that was graded before.
An exam takes whatever is handed in, and so does `tfprep submit --anyway` but for what is not a model.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..errors import BadSubmission
from ..files.atomic import sha256
from ..files.reading import NotRegular, TooLarge, read_file
from ..files.text import one_line
from ..problems import Dataset, Problem, Split, draw_problem
from ..problems.workspace import Workspace
from ..problems.workspace_files import STARTER, GivenFiles
from ..sandbox import ArtifactKind
from .records import Notes
from .records.practice import HiddenTestSet, PracticeAttempt, require_attempt
from .scoring.card import Record
from .scoring.ladder import ladder_of
from .scoring.specification import ScoringSpec
from .submission.candidates import saved_at
from .submission.submission import LoadedArtifact, Submission

if TYPE_CHECKING:
    from .ledger import Ledger

_ROUNDING: Final = 2.0
"""Seconds. Some file systems round times so."""
_LONGEST_NOTE: Final = 200
_MOST_SOURCE: Final = 2**18
"""Bytes of a starter that is kept; a longer one is not."""


def older_than_starter(artifact: Path, submission: Submission) -> BadSubmission | None:
    """The error to raise for a model that was saved before its workspace's starter was edited; else None."""
    workspace = Workspace.around(artifact)
    if workspace is None or submission.kind is ArtifactKind.SCRIPT:
        return None
    starter = workspace.folder / STARTER
    try:
        given = GivenFiles.read(workspace.folder).digests.get(STARTER)
        is_newer = starter.stat().st_mtime > saved_at(artifact) + _ROUNDING
        if given is None or not is_newer or sha256(starter) == given:
            return None
    except OSError:
        return None
    return BadSubmission(
        "older_than_starter",
        f"{STARTER} was changed after {submission.name!r} was saved, so this model does not have what you "
        f"changed. Run {STARTER} to its end first. To submit the model as it is, add --anyway.",
    )


def graded_before(submission: Submission, dataset: Dataset, ledger: Ledger) -> Record | None:
    """The learner's newest attempt with this very model, scored the same way on the same data; None without.

    Raises:
        LedgerUnavailable: the ledger failed.
    """
    if submission.kind is ArtifactKind.SCRIPT:
        return None
    scored_by = dataset.fingerprint, ScoringSpec.of(dataset).digest
    for record in reversed(ledger.with_digest(submission.digest, submission.learner, submission.problem)):
        prints = record.card.fingerprints
        if prints and (prints.data, prints.scoring) == scored_by:
            return record
    return None


def next_attempt(learner: str, dataset: Dataset, ledger: Ledger, limit: int) -> PracticeAttempt:
    """One more attempt at the hidden test set, of so many.

    Raises:
        NoAttemptsLeft: all are used.
        LedgerUnavailable: the ledger failed.
    """
    on = HiddenTestSet(learner, dataset.problem.id, dataset.fingerprint, dataset.half or "hidden")
    require_attempt(ledger.practice.count(on), on, limit)
    return PracticeAttempt(on, limit, ladder_of(dataset, Split.HIDDEN))


def draw_untried(ledger: Ledger, learner: str, category: str) -> Problem:
    """A problem of a category ("A" to "E"), at random; not the one that the learner tried last.

    Raises:
        LedgerUnavailable: the database failed.
    """
    tried = [record.card.problem for record in ledger.history(learner=learner)]
    return draw_problem(category, tried[-1:])


def same_model(earlier: Record) -> str:
    """The sentence that says so."""
    return (
        f"This is the very model of submission {earlier.number} ({earlier.name}). Its result stands, "
        "and no attempt was used. To grade it again, add --anyway."
    )


def keep_note(note: str, earlier: Record, ledger: Ledger, tell: Callable[[str], None]) -> None:
    """Let a note that came with the same model be that of its submission. Raises LedgerUnavailable."""
    if note := one_line(note, _LONGEST_NOTE):
        before = ledger.notes.change(earlier.number, note)
        tell(
            f"The note of submission {earlier.number} is {note!r} now"
            + (f"; it was {before!r}." if before else ".")
        )


def notes_of(note: str, work: LoadedArtifact, submission: Submission) -> Notes:
    """What is kept of an attempt to tell it from others: the note, and the starter or script as it is."""
    return Notes(one_line(note, _LONGEST_NOTE), _source(work, submission))


def _source(work: LoadedArtifact, submission: Submission) -> str:
    if submission.kind is ArtifactKind.SCRIPT:
        source = submission.artifact
    elif work.workspace is None:
        return ""
    else:
        try:
            source = read_file(work.workspace / STARTER, _MOST_SOURCE)
        except (OSError, NotRegular, TooLarge):
            return ""
    # A null character is not kept by every database, and no Python file has one.
    return source.decode("utf-8", "replace").replace("\0", "")
