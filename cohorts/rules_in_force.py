"""The rules that a cohort counts by: those that somebody let count, whatever became of their file since."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from ..classroom.rule_changes import RuleChange, changed_rules
from ..classroom.rules import CohortRules
from ..classroom.rules_file import read_rules, record_rules, recorded_rules
from ..classroom.service_base import APPLY, ServiceBase
from ..errors import BadCohort
from ..files.text import counted, listed, one_line
from ..grader.records.cohort import Cohort
from ..grader.records.cohort_runs import AppliedRules, Attempt, CohortNote, RecordedRules
from .gradebook.gradebook import compute_results
from .gradebook.rule_effects import GradeChange, compare_grades, count_graded_otherwise

_LISTED = 10


@dataclass(frozen=True)
class RulesPreview:
    """What other rules would change."""

    path: str
    """Of the file with the other rules; empty for those without a file."""
    rules: tuple[RuleChange, ...]
    grades: tuple[GradeChange, ...]

    @property
    def are_for_grading(self) -> bool:
        """Whether some decide how models are graded: what is graded keeps its score until it is regraded."""
        return any(each.is_for_grading for each in self.rules)


ConfirmRules = Callable[[RulesPreview], bool]
"""Is shown what other rules would change; returns whether they count from now on."""


class RulesInForce(ServiceBase):
    """Which rules count, what others would change, and that they count from now on."""

    def results(self, name: str | None) -> Cohort:
        """A cohort's results under the rules that count, and notes on these."""
        note = self.note(name)
        return self.results_of(note, self.rules_of(note))

    def results_of(self, note: CohortNote, rules: CohortRules) -> Cohort:
        """The results of a cohort under rules that count, with notes."""
        attempts = self.ledger.cohorts.attempts(note.name)
        cohort = self._compute(note, rules, attempts)
        notes = [*self._notes_on_file(note, rules), *_notes_on_results(cohort, attempts, rules)]
        return replace(cohort, notes=tuple(notes))

    def zone_of(self, name: str | None) -> tzinfo:
        """A cohort's time zone; UTC where its rules name none, or cannot be read."""
        with suppress(BadCohort):
            return self.rules_of(self.note(name)).zone or UTC
        return UTC

    def preview(self, note: CohortNote, rules: CohortRules, path: str = "") -> RulesPreview:
        """What these rules would change in a cohort."""
        attempts = self.ledger.cohorts.attempts(note.name)
        try:
            now = self.rules_of(note)
        except BadCohort:  # of an earlier version, whose file is gone
            changes, before = changed_rules(CohortRules(), rules), None
        else:
            changes, before = changed_rules(now, rules), self._compute(note, now, attempts)
        return RulesPreview(path, changes, compare_grades(before, self._compute(note, rules, attempts)))

    def preview_file(self, name: str | None, file: Path | None) -> RulesPreview:
        """What a file would change, or the file that the rules came from where None is given.

        Raises:
            BadCohort: it cannot be read, or is refused.
        """
        note = self.note(name)
        path = file or (Path(note.rules.path) if note.rules.path else None)
        return self.preview(note, record_rules(path)[0], "" if path is None else str(path))

    def preview_first(self, file: Path) -> RulesPreview:
        """What a file says otherwise than the usual rules, for a cohort that there is not yet.

        Raises:
            BadCohort: it cannot be read, or is refused.
        """
        return RulesPreview(str(file), changed_rules(CohortRules(), record_rules(file)[0]), ())

    def apply_rules(
        self, name: str | None, file: Path | None, reason: str, confirm: ConfirmRules
    ) -> RulesPreview | None:
        """Lets the rules in a file count from now on, where `confirm` says so.

        Args:
            name: the cohort's.
            file: a cohort.toml; None for the one that the rules came from.
            reason: for the audit.
            confirm: asked where a rule differs.

        Returns:
            What changed, which may be nothing; None where `confirm` said no.

        Raises:
            BadCohort: the file cannot be read, or is refused.
            CohortBusy: another program is grading this cohort.
        """
        note = self.note(name)
        path = file or (Path(note.rules.path) if note.rules.path else None)
        rules, record = record_rules(path)
        return self._apply(note, rules, record, reason, confirm)

    def undo_rules(self, name: str | None, reason: str, confirm: ConfirmRules) -> RulesPreview | None:
        """Lets the rules before those that count now count again. Returns as `apply_rules`.

        Raises:
            BadCohort: there were none before.
        """
        note = self.note(name)
        earlier = [
            each.rules
            for each in self.ledger.cohorts.rules(note.name)
            if each.rules.digest != note.rules.digest
        ]
        if not earlier:
            raise BadCohort(f"{note.name} had no other rules before.")
        return self._apply(note, recorded_rules(earlier[-1]), earlier[-1], reason, confirm)

    def _apply(
        self,
        note: CohortNote,
        rules: CohortRules,
        record: RecordedRules,
        reason: str,
        confirm: ConfirmRules,
    ) -> RulesPreview | None:
        preview = self.preview(note, rules, record.path)
        if preview.rules and not confirm(preview):
            return None
        with self.ledger.cohorts.lock(note.name):
            self.ledger.cohorts.add_rules(note.name, AppliedRules(record, self.by, datetime.now(UTC), reason))
        return preview

    def _compute(self, note: CohortNote, rules: CohortRules, attempts: tuple[Attempt, ...]) -> Cohort:
        return compute_results(note, rules, attempts, self.ledger.cohorts.decisions(note.name))

    def _notes_on_file(self, note: CohortNote, rules: CohortRules) -> Iterator[str]:
        """What became of the file with the rules since they began to count."""
        path, since = note.rules.path, note.rules_since
        stand = "" if since is None else f"These results stand under the rules of {since:%Y-%m-%d %H:%M} UTC"
        if note.rules.text is None:
            yield (
                f"An earlier version of tfprep did not record the rules: {path} counts as it is today. "
                "`tfprep cohort rules --apply` records it."
            )
        elif path and not Path(path).exists():
            yield f"{path} is gone. {stand}, which it held then. {APPLY} names its new place."
        elif path:
            yield from self._note_on_difference(rules, Path(path), f"{path} was edited since. {stand}")
        if self.here is not None and str(self.here.absolute()) != path:
            start = (
                f"{self.here.absolute()} is not the file of this cohort's rules, which is {path or 'none'}"
            )
            yield from self._note_on_difference(rules, self.here, start, name=note.name)

    def _note_on_difference(
        self, rules: CohortRules, path: Path, start: str, name: str | None = None
    ) -> Iterator[str]:
        try:
            now = read_rules(path)
        except BadCohort as error:
            yield f"{start}. The file cannot be used as it is now: {error}"
            return
        changes = changed_rules(rules, now)
        if changes and name in (None, now.name):
            keys = listed((one_line(each.key, 60) for each in changes), _LISTED)
            command = "`tfprep cohort rules" + ("`" if name is None else f" {path}`")
            yield f"{start}; the file has others: {keys}. {command} shows what these change."


def _notes_on_results(cohort: Cohort, attempts: tuple[Attempt, ...], rules: CohortRules) -> Iterator[str]:
    if count := count_graded_otherwise(attempts, rules):
        yield (
            f"{counted(count, 'result was', 'results were')} graded under older rules (bands, or "
            "what a submission may hold). `tfprep cohort regrade` shows what today's rules change."
        )
    late = [
        f"{one.learner.shown} ({result.problem})"
        for one in cohort.learners
        for result in one.results
        if result.marked_late
    ]
    if late:
        cost = f"costs {100 * rules.late.marked:.3g}%" if rules.late.marked else "costs nothing"
        yield (
            f"The platform marks these as late, and nothing tells by how much: {listed(late, _LISTED)}. By "
            f"the rules (marked, in [late]) that {cost}."
        )
