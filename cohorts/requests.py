"""What a mentor asks of a cohort: what to grade, which attempts are meant, and who a name stands for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import BadCohort
from ..files.text import NAME_LIMIT, one_line
from ..grader.records.cohort import Cohort, Learner
from ..grader.records.cohort_runs import Attempt
from ..grader.scoring.card import Verdict
from .rules_in_force import ConfirmRules


@dataclass(frozen=True)
class AttemptFilter:
    """Attempts of a cohort; a field that is empty leaves out none."""

    learner: str = ""
    """An id."""
    problem: str = ""
    """An id."""
    verdict: Verdict | None = None

    def has(self, attempt: Attempt) -> bool:
        """Whether an attempt is one of them."""
        entry, verdict = attempt.entry, attempt.record.card.verdict
        return (
            self.learner in ("", entry.learner)
            and self.problem in ("", entry.problem)
            and self.verdict in (None, verdict)
        )


@dataclass(frozen=True)
class GradeRequest:
    """What to grade, and how."""

    source: Path
    """A folder, a zip or a manifest."""
    rules: Path | None = None
    """A cohort.toml. None for the rules that count already, or the usual ones."""
    roster: Sequence[Learner] | None = None
    """The cohort's learners. None for those of an earlier run; without one, everybody whose name is found."""
    roster_name: str = ""
    """The name of the learners' file: Moodle writes into it which assignment a worksheet is of."""
    assignments: Mapping[str, float | None] | None = None
    """With a new roster: the course's own assignments in Canvas, as `read_assignments` gives them."""
    name: str | None = None
    """The cohort's name; as the rules say where None."""
    problem: str | None = None
    """A problem's number or name, for files whose path names none."""
    manifest: Path | None = None
    """The corrected list of what could not be placed in this source."""
    out: Path | None = None
    """The folder for the list of what could not be placed; the cohort's report folder where None."""
    rerun_changed: bool = False
    """Run again what was graded on other data, under other rules or by another version."""
    run_again: AttemptFilter | None = None
    """Run these again, whatever has changed."""
    reason: str = ""
    """Why, for the audit."""
    act: str = ""
    """The same text for everything that is run again together; of this request alone where empty."""
    confirm: Callable[[str], bool] = lambda question: True
    """Asks a mentor; returns whether to go on."""
    confirm_rules: ConfirmRules = lambda preview: True
    """Shows a mentor what other rules would change; returns whether they count from now on."""


def name_of(source: Path) -> str:
    """What a cohort without a name is called: like the folder of its source, so that weekly zips are one."""
    folder = source.absolute() if source.is_dir() else source.absolute().parent
    return one_line(folder.name, NAME_LIMIT).strip() or "cohort"


def learner_of(cohort: Cohort, name: str, others: Iterable[str] = ()) -> str:
    """The id of the learner with this id, e-mail address or full name. `others`: ids beside the results."""
    learners = [each.learner for each in cohort.learners]
    found = [each for each in {*(each.id for each in learners), *others} if each == name]
    found = found or [each.id for each in learners if name.casefold() in map(str.casefold, each.known_as[1:])]
    if len(found) != 1:
        how_many = "nobody" if not found else f"{len(found)} people"
        which = f": {', '.join(one_line(each, NAME_LIMIT) for each in found)}" if found else ""
        raise BadCohort(
            f"{cohort.name!r} has {how_many} called {name!r}{which}. Give the id that `status` shows."
        )
    return found[0]
