"""What a mentor does with a cohort, as functions that a command or a web server can call.

Nothing here knows a command line, a terminal or HTML.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from ..classroom.cohort_data import mentor_store, part_for_problems, write_data_packs
from ..classroom.rules_file import read_rules
from ..errors import BadCohort, TfprepError
from ..files.text import counted
from ..grader.records.cohort import Cohort
from ..grader.records.cohort_runs import CohortSummary, Regrading, UnchangedRegrading
from ..grader.scoring.card import Record, Verdict
from ..problems import Dataset, Split, find
from .batch.progress import OnProgress
from .decisions import Decisions
from .gradebook.regrade import CannotRegrade, CardChange, OtherCard, commit, review
from .grading import Grading, MakePool
from .integrity.look_alikes import Group, find_groups
from .integrity.similarity import count_older, find_similar
from .requests import AttemptFilter, GradeRequest, learner_of
from .rules_in_force import ConfirmRules

Changes = Sequence[CardChange | CannotRegrade]


class CohortService(Grading, Decisions):
    """Grades cohorts, and computes and changes their results."""

    def summaries(self) -> tuple[CohortSummary, ...]:
        """Every cohort in the ledger, the one used last first. Raises LedgerUnavailable."""
        return self.ledger.cohorts.summaries()

    def hand_out(self, rules: Path | None, into: Path) -> Iterator[Path]:
        """Writes a data pack without hidden examples for each problem of a cohort, and yields their paths.

        Args:
            rules: a cohort.toml; None for the one that is `here`, or for the usual rules.
            into: the folder to write to.

        Raises:
            BadCohort: the rules cannot be used, or a pack cannot be written.
            BadData, DataUnavailable: a problem's data cannot be used or fetched.
        """
        return write_data_packs(self.home, read_rules(rules or self.here), into, self.tell)

    def similar(self, cohort: Cohort) -> tuple[Group, ...]:
        """Groups of learners whose submissions are alike. No model is run, and no data is fetched.

        Mistakes are compared only where the data that a problem was graded on is on this machine, and weights
        where they were read by a version like this one; `tell` gets the others.

        Args:
            cohort: the results whose submissions are compared.

        Returns:
            The groups, that of the surest evidence first; empty where nobody is alike.

        Raises:
            LedgerUnavailable: predictions cannot be read.
        """
        if older := count_older(cohort):
            self.tell(_of_older_version(older))
        finder = _DataFinder(self, cohort)
        pairs = find_similar(cohort, self.ledger.predictions, finder.find)
        for sentence in finder.missing():
            self.tell(sentence)
        return find_groups(pairs)

    def regrade(
        self,
        name: str | None,
        reason: str,
        confirm: Callable[[Changes], bool],
        confirm_rules: ConfirmRules = lambda preview: True,
    ) -> int | None:
        """Scores stored predictions again, under the bands, labels and grader of today. No model is run.

        Where the file with the rules was edited, these are asked about first.

        Args:
            name: the cohort's.
            reason: for the audit.
            confirm: gets every attempt that has changed, with its new card where there is one; returns
                whether the new scores count.
            confirm_rules: gets what the edited rules change; returns whether they count from now on.

        Returns:
            How many new scores count from now on; None where nothing has changed.

        Raises:
            CohortBusy: another program is grading this cohort.
            BadCohort: the secret that divides the data is not at hand.
            BadData, DataUnavailable: a problem's data cannot be used or fetched.
        """
        note = self.note(name)
        if note.rules.path and Path(note.rules.path).exists():
            if self.apply_rules(note.name, None, reason, confirm_rules) is None:
                return 0
            note = self.note(note.name)
        attempts = self.ledger.cohorts.attempts(note.name)
        rules = self.rules_for_data(note)
        used = {each.entry.problem for each in attempts}
        with self.ledger.cohorts.lock(note.name):
            found = list(review(self.ledger, note.name, self.prepare(rules, used)))
            changes = [each for each in found if isinstance(each, CardChange)]
            if not changes:
                self._record_unchanged(note.name, reason, len(attempts), outdated=len(found))
            if not found:
                return None
            return commit(self.ledger, changes, self.by, reason) if confirm(found) else 0

    def _record_unchanged(self, name: str, reason: str, count: int, **tried: Any) -> None:
        """For the audit: a regrading that gave nobody a new result. `tried`: of `UnchangedRegrading`."""
        unchanged = UnchangedRegrading(self.by, datetime.now(UTC), reason, count, **tried)
        self.ledger.cohorts.add_unchanged_regrading(name, unchanged)

    def undo_regrade(
        self, name: str | None, reason: str, confirm: Callable[[Regrading, Sequence[OtherCard]], bool]
    ) -> int:
        """Takes the last regrading back, of stored predictions or of models that were run again.

        Args:
            name: the cohort's.
            reason: for the audit.
            confirm: gets the regrading, and every attempt with the card that it had before; returns whether
                these count again.

        Returns:
            How many scores count again.

        Raises:
            BadCohort: there is none, or an earlier version made it.
            CohortBusy: another program is grading this cohort.
        """
        note, cohorts = self.note(name), self.ledger.cohorts
        with cohorts.lock(note.name):
            last = cohorts.last_regrading(note.name)
            if last is None:
                raise BadCohort(f"Nothing in {note.name} was regraded, or all of it was taken back.")
            others = [
                OtherCard(each, self.ledger.read(last.entries[each.entry_number]).card)
                for each in cohorts.attempts(note.name)
                if each.entry_number in last.entries
            ]
            if not confirm(last, others):
                return 0
            return cohorts.undo_regrading(note.name, last.act, self.by, reason)

    def choose(self, name: str | None, learner: str, problem: str, verdict: str | None) -> AttemptFilter:
        """Attempts by a learner's id, address or name, a problem's number or name, and a verdict.

        Raises:
            BadCohort: the learner is not in the cohort.
            UnknownProblem: no problem has this name.
        """
        return AttemptFilter(
            learner_of(self.results(name), learner) if learner else "",
            find(problem).id if problem else "",
            None if verdict is None else Verdict(verdict),
        )

    def run_again(
        self,
        name: str | None,
        chosen: AttemptFilter,
        reason: str,
        make_pool: MakePool,
        on_progress: OnProgress,
    ) -> tuple[int, tuple[str, ...]]:
        """Runs models again that have a result, such as those that an older version could not read.

        Each source is graded as it was last: with the problem and the corrected list that were given then.

        Args:
            name: the cohort's.
            chosen: which.
            reason: for the audit.
            make_pool: makes the workers.
            on_progress: called after each commit.

        Returns:
            How many have a new result, and the sources that are not there any more. Where none has, the audit
            tells that it was tried.

        Raises:
            BadCohort: a source or the rules cannot be used.
            SandboxUnavailable: no worker could be started.
        """
        note, count, gone, act = self.note(name), 0, [], uuid4().hex
        for source, run in {run.source: run for run in note.runs}.items():
            if not Path(source).exists():
                gone.append(source)
                continue
            problem = run.instructions.problem or None
            request = GradeRequest(
                Path(source), name=note.name, problem=problem, reason=reason, act=act, run_again=chosen
            )
            count += self.grade(request, make_pool, on_progress)[0].graded
        if not any(each.act == act for each in self.ledger.cohorts.score_changes(note.name)):
            verdict = "" if chosen.verdict is None else chosen.verdict.value
            which = {"learner": chosen.learner, "problem": chosen.problem, "verdict": verdict}
            meant = [each for each in self.ledger.cohorts.attempts(note.name) if chosen.has(each)]
            self._record_unchanged(note.name, reason, len(meant), rerun=True, **which)
        return count, tuple(gone)


class _DataFinder:
    """Finds the data that records were graded on, as far as it is here; and remembers what is not."""

    def __init__(self, service: CohortService, cohort: Cohort) -> None:
        self._service, self._name = service, cohort.name
        self._why: dict[str, str] = {}
        """By problem: why its data is not at hand."""

    def find(self, record: Record) -> Dataset | None:
        """The very data that a record was graded on; None where it is not here."""
        card = record.card
        try:
            rules = self._service.rules_for_data(self._service.note(self._name))
            store = mentor_store(self._service.home, rules)
            dataset = store.ready(find(card.problem), card.data_source)
        except TfprepError as error:
            self._why[card.problem] = str(error)
            return None
        if dataset is None:
            self._why[card.problem] = "The data it was graded on is not on this machine."
        if dataset is not None and dataset.has(Split.HIDDEN):
            dataset = part_for_problems(dataset, store, rules)
        return dataset.scored_as(card.fingerprints.data) if dataset and card.fingerprints else None

    def missing(self) -> tuple[str, ...]:
        """A sentence for each problem whose data was not at hand."""
        return tuple(
            f"The mistakes in {problem} are not compared. {why}" for problem, why in self._why.items()
        )


def _of_older_version(count: int) -> str:
    return (
        f"{counted(count, 'submission was', 'submissions were')} graded by an older version of "
        "tfprep. Whether their weights are nearly the same is unknown. "
        "To compare them, grade all again as another cohort: `tfprep cohort grade FOLDER --cohort NAME`."
    )
