"""What a mentor's commands join: which cohort, by which rules, on which data, and one run over it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..classroom.handout import load_dataset, mentor_store
from ..classroom.rules import CohortRules
from ..classroom.rules_file import read_rules
from ..errors import NoSuchRecord, TfprepError
from ..grader.records.cohort import Cohort, CohortNote, Learner
from ..grader.scoring.card import Record
from ..grader.submission.submission import Submission, read_submission
from ..home import Home
from ..problems import Dataset
from ..sandbox import Limits
from .batch.batch import Batch, RunAgain, never
from .batch.progress import OnProgress, Tally
from .batch.run_folder import scratch_in
from .batch.worker_threads import WorkerPool, executor_for
from .gradebook.gradebook import read_cohort
from .importing.importing import HandedIn, import_source, warn_of_times
from .integrity.similarity import Pair, similar
from .prepared_problem import PreparedProblem, prepare

if TYPE_CHECKING:
    from ..grader.ledger import Ledger

Tell = Callable[[str], None]
MakePool = Callable[[Limits], WorkerPool]
"""Makes a crew whose workers have room for jobs within these limits. Raises SandboxUnavailable."""


@dataclass(frozen=True)
class GradeRequest:
    """What to grade, and how."""

    source: Path
    """A folder, a zip or a manifest."""
    rules: Path | None = None
    """A cohort.toml."""
    roster: Sequence[Learner] | None = None
    name: str | None = None
    """The cohort's; that of its rules where None."""
    run_again: RunAgain = never


@dataclass(frozen=True)
class CohortService:
    """A mentor's ledger and home, and who works for them."""

    ledger: Ledger
    home: Home
    by: str
    """Who decides: for the audit."""
    tell: Tell

    def grade(self, call: GradeRequest, make_pool: MakePool, on_progress: OnProgress) -> tuple[Tally, Cohort]:
        """Grades what has no result yet.

        Raises:
            BadCohort, CohortBusy: misuse.
            DataUnavailable, SandboxUnavailable, LedgerUnavailable: nothing is lost.
            KeyboardInterrupt: what had finished is kept.
        """
        rules = read_rules(call.rules)
        for warning in rules.warnings:
            self.tell(warning)
        name = call.name or rules.name
        self.home.make()
        with scratch_in(self.home.root) as scratch:
            imported = import_source(call.source, call.roster, rules, scratch)
            if warning := warn_of_times(imported, rules):
                self.tell(warning)
            prepared_problems = self.prepared_problems(rules, {each.problem for each in imported.handed_in})
            note = CohortNote(
                name=name,
                learners=imported.roster,
                rules="" if call.rules is None else str(call.rules.absolute()),
                folder=str(call.source.absolute()),
                unmatched=imported.unmatched,
            )
            batch: Batch[HandedIn] = Batch(self.ledger, note, prepared_problems, self.by, on_progress)
            with executor_for(make_pool(_widest(rules, prepared_problems))) as executor:
                tally = batch.run(imported.handed_in, read_handed_in, executor, call.run_again)
        return tally, read_cohort(self.ledger, name, rules)

    def note(self, name: str | None) -> CohortNote:
        """The cohort of this name; the one used last without it. Raises NoSuchRecord."""
        names = self.ledger.cohorts.names()
        if not names:
            raise NoSuchRecord("There is no cohort yet. `tfprep cohort grade FOLDER` makes one.")
        return self.ledger.cohorts.read(names[0] if name is None else name)

    def cohort(self, name: str | None) -> Cohort:
        """Where a cohort stands, by its rules as they are now. Raises NoSuchRecord, BadCohort."""
        note = self.note(name)
        return read_cohort(self.ledger, note.name, rules_of(note))

    def pairs(self, cohort: Cohort) -> tuple[Pair, ...]:
        """Whose submissions are alike. Mistakes are compared where the data is at hand. Raises BadCohort."""
        rules = rules_of(self.note(cohort.name))
        store = mentor_store(self.home, rules)

        def known(record: Record) -> Dataset | None:
            try:
                dataset = load_dataset(store, rules, record.card.problem, _look_away)
            except TfprepError as error:
                self.tell(f"The mistakes in {record.card.problem} are not compared. {error}")
                return None
            prints = record.card.fingerprints
            return dataset if prints is not None and prints.data == dataset.fingerprint else None

        return similar(cohort, self.ledger.predictions, known)

    def prepared_problems(self, rules: CohortRules, problems: Iterable[str]) -> Mapping[str, PreparedProblem]:
        """The problems with these ids, ready for everyone. Raises DataUnavailable, BadData."""
        store = mentor_store(self.home, rules)
        wanted = [problem for problem in rules.ids if problem in set(problems)]
        return {
            problem: prepare(load_dataset(store, rules, problem, self.tell), rules.policy(problem))
            for problem in wanted
        }


def _look_away(line: str) -> None:
    """Which data there is was told when it was graded."""


def rules_of(note: CohortNote) -> CohortRules:
    """A cohort's rules as its cohort.toml says them now. Raises BadCohort."""
    return read_rules(Path(note.rules) if note.rules else None)


def read_handed_in(handed_in: HandedIn) -> Submission:
    """The file or folder as bytes, known by its digest. Raises BadSubmission."""
    return read_submission(handed_in.path, handed_in.problem, handed_in.learner)


def _widest(rules: CohortRules, prepared_problems: Mapping[str, PreparedProblem]) -> Limits:
    """Room for every job to come. Workers are sized by memory and disk; the time is each job's own."""
    limits = [
        limits
        for problem, prepared in prepared_problems.items()
        for limits in (
            rules.policy(problem).answering(prepared.dataset.problem),
            rules.policy(problem).training(prepared.dataset.problem),
        )
    ]
    return max(limits, key=lambda each: each.memory_bytes + each.disk_bytes, default=Limits(seconds=60.0))
