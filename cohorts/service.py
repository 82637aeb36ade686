"""What a mentor does with a cohort, as functions that a command or a web server can call.

Nothing here knows a command line, a terminal or HTML.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ..classroom.handout import load_dataset, mentor_store
from ..classroom.rules import CohortRules
from ..classroom.rules_file import read_rules
from ..errors import BadCohort, NoSuchRecord, TfprepError
from ..files.text import NAME_LIMIT
from ..grader.records.cohort import (
    Attempt,
    Cohort,
    CohortNote,
    Decision,
    Override,
    ScoreChange,
    Withdrawal,
)
from ..grader.scoring.card import Record, Verdict
from ..grader.submission.submission import Submission, read_submission
from ..home import Home
from ..problems import Dataset, find
from ..sandbox import Limits
from .batch.batch import Batch, never
from .batch.progress import OnProgress, Tally
from .batch.worker_threads import WorkerPool, executor_for
from .gradebook.gradebook import read_cohort
from .gradebook.regrade import CannotRegrade, Change, commit, review
from .importing import ImportedFile, ImportedSource
from .importing.corrections import write_drafts
from .importing.importing import Told, import_source, name_the_late, scratch_folder, warn_of_times
from .integrity.contamination import ContaminationCheck
from .integrity.look_alikes import Group, find_groups
from .integrity.similarity import count_older, find_similar
from .prepared_problem import PreparedProblem, has_changed, prepare
from .requests import Chosen, GradeRequest, learner_of, name_of, names_in

if TYPE_CHECKING:
    from ..grader.ledger import Ledger

Tell = Callable[[str], None]
"""Takes one sentence for the mentor."""
MakePool = Callable[[Limits], WorkerPool]
"""Makes a pool whose workers have room for jobs within these limits. Raises SandboxUnavailable."""
Changes = Sequence[Change | CannotRegrade]


@dataclass(frozen=True)
class CohortService:
    """Grades cohorts, and computes and changes their results.

    Where a method takes the name of a cohort, None is the cohort that was used last. Each raises NoSuchRecord
    where there is no such cohort, BadCohort where its cohort.toml cannot be used, and LedgerUnavailable.
    """

    ledger: Ledger
    home: Home
    by: str
    """The mentor's name, for the audit."""
    tell: Tell

    def grade(
        self, request: GradeRequest, make_pool: MakePool, on_progress: OnProgress
    ) -> tuple[Tally, Cohort]:
        """Grades every submission in a source that has no result yet.

        Args:
            request: the source, the rules and the roster.
            make_pool: makes the workers, for the largest limits of the problems.
            on_progress: called after each commit.

        Returns:
            What came of this run, and the cohort's results.

        Raises:
            BadCohort: the source, the rules or the roster cannot be used.
            CohortBusy: another program is grading this cohort.
            BadData, DataUnavailable: a problem's data cannot be used or fetched.
            SandboxUnavailable: no worker could be started. Nothing was graded.
            KeyboardInterrupt: a person stopped it. What had finished is stored.
        """
        rules = self._read_rules(request.rules)
        name = request.name or rules.name or name_of(request.source)
        roster, assignments = request.roster, request.assignments or {}
        if roster is None and (earlier := self._note_with_roster(name)) is not None:
            roster, assignments = earlier.learners, earlier.assignments
        self.home.make()
        with scratch_folder(self.home.root) as scratch:
            imported = import_source(
                request.source,
                roster,
                rules,
                scratch,
                Told(request.problem, request.manifest),
            )
            for note in (*imported.notes, warn_of_times(imported, rules), name_the_late(imported)):
                if note:
                    self.tell(note)
            self._ask_about_strangers(request, name, imported)
            self._write_drafts(imported, request.out or self.report_folder(name))
            prepared = self._prepare(rules, {file.problem for file in imported.files})
            cohort_note = CohortNote(
                name=name,
                learners=imported.roster,
                has_roster=roster is not None,
                assignments=assignments,
                rules="" if request.rules is None else str(request.rules.absolute()),
                folder=str(request.source.absolute()),
                by=self.by,
                unmatched=imported.unmatched,
            )
            batch: Batch[ImportedFile] = Batch(
                self.ledger, cohort_note, prepared, on_progress, request.reason
            )
            run_again = request.run_again or (has_changed if request.regrade_changed else never)
            with executor_for(lambda: make_pool(_largest_limits(prepared))) as executor:
                tally = batch.run(imported.files, read_file, executor, run_again)
        cohort = read_cohort(self.ledger, name, rules)
        if unknown := rules.deadlines.without_learner(names_in(cohort)):
            self.tell(f"Extensions of nobody in this cohort: {', '.join(unknown)}.")
        return tally, cohort

    def results(self, name: str | None) -> Cohort:
        """A cohort's results under its rules as they are now."""
        note = self._note(name)
        return read_cohort(self.ledger, note.name, _rules_of(note))

    def similar(self, cohort: Cohort) -> tuple[Group, ...]:
        """Groups of learners whose submissions are alike. No model is run.

        Mistakes are compared only where a problem's data can be had, and weights where they were read by a
        version like this one; `tell` gets the others.
        """
        rules = _rules_of(self._note(cohort.name))
        if older := count_older(cohort):
            self.tell(_of_older_version(older))
        find_dataset = partial(self._find_dataset, rules)
        return find_groups(find_similar(cohort, self.ledger.predictions, find_dataset))

    def regrade(self, name: str | None, reason: str, confirm: Callable[[Changes], bool]) -> int | None:
        """Scores stored predictions again, under the bands, labels and grader of today. No model is run.

        Args:
            name: the cohort's.
            reason: for the audit.
            confirm: gets every attempt that has changed, with its new card where there is one; returns
                whether the new scores count.

        Returns:
            How many new scores count from now on; None where nothing has changed.

        Raises:
            CohortBusy: another program is grading this cohort.
        """
        note = self._note(name)
        rules = _rules_of(note)
        with self.ledger.cohorts.lock(note.name):
            found = list(review(self.ledger, note.name, self._prepare(rules, rules.ids)))
            if not found:
                return None
            changes = [each for each in found if isinstance(each, Change)]
            return commit(self.ledger, changes, self.by, reason) if confirm(found) else 0

    def choose(self, name: str | None, learner: str, problem: str, verdict: str | None) -> Chosen:
        """Attempts by a learner's id, address or name, a problem's number or name, and a verdict.

        Raises:
            BadCohort: the learner is not in the cohort.
            UnknownProblem: no problem has this name.
        """
        return Chosen(
            learner_of(self.results(name), learner) if learner else "",
            find(problem).id if problem else "",
            None if verdict is None else Verdict(verdict),
        )

    def run_again(
        self, name: str | None, chosen: Chosen, reason: str, make_pool: MakePool, on_progress: OnProgress
    ) -> tuple[int, tuple[str, ...]]:
        """Runs models again that have a result, such as those that an older version could not read.

        Args:
            name: the cohort's.
            chosen: which.
            reason: for the audit.
            make_pool: makes the workers.
            on_progress: called after each commit.

        Returns:
            How many were run, and the sources that are not there any more.

        Raises:
            BadCohort: a source or the rules cannot be used.
            SandboxUnavailable: no worker could be started.
        """
        note, count, gone = self._note(name), 0, []
        rules = Path(note.rules) if note.rules else None
        for source in dict.fromkeys(run.source for run in note.runs):
            if not Path(source).exists():
                gone.append(source)
                continue
            request = GradeRequest(Path(source), rules, name=note.name, reason=reason)
            request = replace(request, run_again=lambda attempt, _: chosen.has(attempt))
            count += self.grade(request, make_pool, on_progress)[0].graded
        return count, tuple(gone)

    def override(
        self, name: str | None, learner: str, problem: str, score: float | None, reason: str
    ) -> Decision:
        """Gives a learner a score by hand in a problem, or takes it back. Both stay in the audit.

        Args:
            name: the cohort's.
            learner: an id, an e-mail address, or a full name that only one learner has.
            problem: a problem's number or name.
            score: 0 to 5; None to let the grader's score count again.
            reason: for the audit, and for the learner.

        Raises:
            BadCohort: the learner or the problem is not in the cohort.
            UnknownProblem: no problem has this name.
        """
        cohort = self.results(name)
        learner_id, problem_id = learner_of(cohort, learner), find(problem).id
        if problem_id not in cohort.problems:
            raise BadCohort(f"{problem_id} is not one of the problems of {cohort.name!r}.")
        now = datetime.now(UTC)
        override = None if score is None else Override(score, reason, self.by, now)
        decision = Decision(learner_id, problem_id, override, self.by, now, reason)
        self.ledger.cohorts.add_decision(cohort.name, decision)
        return decision

    def find_attempt(
        self, name: str | None, learner: str, problem: str, submission: int | None, *, withdrawn: bool
    ) -> Attempt:
        """The attempt that a mentor means.

        Args:
            name: the cohort's.
            learner: an id, an e-mail address, or a full name that only one learner has.
            problem: a problem's number or name.
            submission: its number; None where the learner has only one that can be meant.
            withdrawn: whether it is to be found among those that are withdrawn, or among the others.

        Raises:
            BadCohort: the learner is not in the cohort, or it is not clear which submission is meant.
            UnknownProblem: no problem has this name.
        """
        cohort, problem_id = self.results(name), find(problem).id
        attempts = self.ledger.cohorts.attempts(cohort.name)
        learner_id = learner_of(cohort, learner, {each.entry.learner for each in attempts})
        theirs = [each for each in attempts if each.entry.learner == learner_id]
        possible = [
            each for each in theirs if each.entry.problem == problem_id and each.withdrawn is withdrawn
        ]
        chosen = [each for each in possible if submission in (None, each.record.number)]
        if len(chosen) != 1:
            what = "withdrawn submission" if withdrawn else "submission that counts"
            numbers = ", ".join(str(each.record.number) for each in possible)
            which = f"There are: {numbers}. Choose with --submission." if possible else ""
            several = "several" if chosen else f"no {'such ' if submission else ''}{what}"
            raise BadCohort(f"{learner_id} has {several} for {problem_id}.", which)
        return chosen[0]

    def withdraw(self, attempt: Attempt, reason: str, *, undo: bool = False) -> Withdrawal:
        """Takes an attempt out of grades and similarity, or lets it count again. Both stay in the audit."""
        entry, number = attempt.entry, attempt.record.number
        withdrawal = Withdrawal(
            entry=attempt.entry_number,
            learner=entry.learner,
            problem=entry.problem,
            submission=number,
            withdrawn=not undo,
            by=self.by,
            when=datetime.now(UTC),
            reason=reason,
        )
        self.ledger.cohorts.add_withdrawal(withdrawal)
        return withdrawal

    def audit(
        self, name: str | None
    ) -> tuple[Sequence[Decision], Sequence[ScoreChange], Sequence[Withdrawal]]:
        """Every override, regraded score and withdrawal of a cohort, each oldest first."""
        name, cohorts = self._note(name).name, self.ledger.cohorts
        return cohorts.decisions(name), cohorts.score_changes(name), cohorts.withdrawals(name)

    def rename(self, name: str, to: str) -> None:
        """Gives a cohort another name. Raises BadCohort where another one has it, or it cannot be shown."""
        if not to.strip() or not to.isprintable() or len(to) > NAME_LIMIT:
            raise BadCohort(f"A cohort's name has 1 to {NAME_LIMIT} printable characters.")
        with self.ledger.cohorts.lock(self._note(name).name):
            self.ledger.cohorts.rename(name, to.strip())

    def delete(self, name: str) -> None:
        """Forgets a cohort with everything that was decided in it; submissions and scores stay."""
        with self.ledger.cohorts.lock(self._note(name).name):
            self.ledger.cohorts.delete(name)

    def report_folder(self, name: str) -> Path:
        """Where the pages and exports of the cohort of this name are written by default."""
        plain = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")
        return self.home.reports / f"cohort-{plain or 'unnamed'}"

    def _note(self, name: str | None) -> CohortNote:
        names = self.ledger.cohorts.names()
        if not names:
            raise NoSuchRecord("There is no cohort yet. `tfprep cohort grade FOLDER` makes one.")
        return self.ledger.cohorts.read(names[0] if name is None else name)

    def _write_drafts(self, imported: ImportedSource, folder: Path) -> None:
        """Writes the list of what could not be placed, and says where it is."""
        if imported.drafts:
            path = write_drafts(imported.drafts, folder)
            self.tell(
                f"{len(imported.drafts):,} could not be placed. {path} says whose they may be: correct it, "
                f"and run the same command with --manifest {path}."
            )

    def _ask_about_strangers(self, request: GradeRequest, name: str, imported: ImportedSource) -> None:
        """Where a run shares nobody with the cohort that it is for by its name alone, asks first."""
        if request.name or request.roster is not None or name not in self.ledger.cohorts.names():
            return
        known = {attempt.entry.learner for attempt in self.ledger.cohorts.attempts(name)}
        found = {file.learner for file in imported.files}
        question = (
            f"None of the {len(found):,} learners in {request.source.name} is in the cohort {name!r} so far. "
            "Are they one class?"
        )
        if known and found and not known & found and not request.confirm(question):
            raise BadCohort("Nothing was graded.", "Give another class a name of its own with --cohort.")

    def _note_with_roster(self, name: str) -> CohortNote | None:
        """What an earlier run left, where it had a roster: that stays until a new one is given."""
        if name not in self.ledger.cohorts.names():
            return None
        note = self.ledger.cohorts.read(name)
        return note if note.has_roster else None

    def _read_rules(self, path: Path | None) -> CohortRules:
        rules = read_rules(path)
        for warning in rules.warnings:
            self.tell(warning)
        return rules

    def _prepare(self, rules: CohortRules, problems: Iterable[str]) -> Mapping[str, PreparedProblem]:
        """The problems with these ids, in the order of the rules."""
        store, wanted = mentor_store(self.home, rules), set(problems)
        return {
            problem: prepare(
                load_dataset(store, rules, problem, self.tell), ContaminationCheck, rules.policy(problem)
            )
            for problem in rules.ids
            if problem in wanted
        }

    def _find_dataset(self, rules: CohortRules, record: Record) -> Dataset | None:
        store, problem = mentor_store(self.home, rules), record.card.problem
        try:
            dataset = load_dataset(store, rules, problem, lambda sentence: None)
        except TfprepError as error:
            self.tell(f"The mistakes in {problem} are not compared. {error}")
            return None
        prints = record.card.fingerprints
        return dataset if prints is not None and prints.data == dataset.fingerprint else None


def read_file(file: ImportedFile) -> Submission:
    """A submission's bytes and digest. Raises BadSubmission."""
    return read_submission(file.path, file.problem, file.learner)


def _of_older_version(count: int) -> str:
    many = "1 submission was" if count == 1 else f"{count:,} submissions were"
    return (
        f"{many} graded by an older version of tfprep. Whether their weights are nearly the same is unknown. "
        "To compare them, grade all again as another cohort: `tfprep cohort grade FOLDER --cohort NAME`."
    )


def _rules_of(note: CohortNote) -> CohortRules:
    return read_rules(Path(note.rules) if note.rules else None)


def _largest_limits(prepared: Mapping[str, PreparedProblem]) -> Limits:
    """Memory and disk for every job to come. The time limit is each job's own."""
    limits = []
    for each in prepared.values():
        limits.append(each.policy.answering(each.dataset.problem))
        if each.policy.allow_scripts:
            limits.append(each.policy.training(each.dataset.problem))
    return max(
        limits,
        key=lambda each: (each.memory_bytes + each.disk_bytes, each.writes_files),
        default=Limits(seconds=60.0, writes_files=False),
    )
