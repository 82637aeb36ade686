"""Does a history with a ledger, a batch and a mentor, and compares its gradebook with the plain one."""

from __future__ import annotations

import itertools
import json
from collections.abc import Collection, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tfprep.classroom.rules_file import record_rules, recorded_rules
from tfprep.cohorts import Cohort
from tfprep.cohorts.batch.batch import Batch, never
from tfprep.cohorts.batch.batch_store import NOT_YET
from tfprep.cohorts.gradebook.gradebook import compute_results
from tfprep.cohorts.service import CohortService
from tfprep.grader import Record, Submission, Verdict
from tfprep.grader.grade import Graded
from tfprep.grader.ledger import Ledger
from tfprep.grader.parallel.worker_threads import Fault, FaultKind, GradingJob, GradingOutcome
from tfprep.grader.records.cohort import Learner, Pending
from tfprep.grader.records.cohort import Override as ByHand
from tfprep.grader.records.cohort_runs import Attempt, CohortEntry, CohortNote, Decision, RecordedRules
from tfprep.grader.records.cohort_runs import FoundFile as Found
from tfprep.grader.records.cohort_runs import Run as FoundRun
from tfprep.grader.scoring.card import Fingerprints, ScoreCard
from tfprep.grader.scoring.reasons import FaultClass
from tfprep.home import Home
from tfprep.sandbox import ArtifactKind

from .histories import BEGIN
from .plain_gradebook import (
    Apply,
    Cell,
    File,
    Override,
    PlainGradebook,
    Rules,
    Run,
    Step,
    Undo,
    Withdraw,
    entries_of,
    graded_of,
    pending_of,
    score_of,
    withdrawn_of,
    work_out,
)


@dataclass
class FoundFile:
    """A file as the importer gives it."""

    learner: str
    problem: str
    found_at: str
    content: str
    handed_in: datetime | None
    is_late: bool | None


@dataclass
class Grader:
    """Grades at once; or fails at everything."""

    version: int
    fails: bool
    slots: int = 2
    ran: list[str] = field(default_factory=list)

    def submit(self, job: GradingJob) -> Future[GradingOutcome]:
        done: Future[GradingOutcome] = Future()
        submission = job.submission
        self.ran.append(submission.digest)
        score = score_of(submission.digest, self.version)
        verdict = Verdict.INVALID if score is None else Verdict.PASSED if score == 5 else Verdict.PARTIAL
        prints = Fingerprints(submission.digest, "data", str(self.version), "here")
        card = ScoreCard(submission.problem, "package", verdict, "So it is.", score, fingerprints=prints)
        fault = FaultClass.TIME if submission.digest == "e" else FaultClass.LOAD
        graded = Graded(submission, card, fault=fault if score is None else None)
        done.set_result(Fault("It broke.", FaultKind.FILE) if self.fails else graded)
        return done

    def stop(self, running: Collection[Future[GradingOutcome]]) -> None:
        """Nothing runs on."""


class History:
    """A cohort, and everything that was done with it."""

    def __init__(self, service: CohortService, name: str, folder: Path, clock: list[datetime]) -> None:
        self.service, self.name, self.folder, self.clock = service, name, folder, clock
        self.steps: list[Step] = []
        self.rules = folder / "cohort.toml"
        self.rules.write_text(as_toml(Rules()))

    @property
    def plain(self) -> PlainGradebook:
        return work_out(self.steps)

    def do(self, step: Step) -> None:
        """Does it with the ledger."""
        if isinstance(step, Run):
            self._run(step)
        elif isinstance(step, Apply):
            self._apply(step)
        elif isinstance(step, Withdraw):
            self._withdraw(step)
        elif isinstance(step, Undo):
            assert self.service.undo_regrade(self.name, "Tried.", lambda last, others: True)
        else:
            service = self.service
            service.override(self.name, step.learner, step.problem, step.score, "Tried.")
        self.steps.append(step)

    def _run(self, run: Run) -> None:
        cohorts, earlier = self.service.ledger.cohorts, None
        with_roster = any(isinstance(each, Run) and each.roster is not None for each in self.steps)
        if self.steps:
            earlier = cohorts.read(self.name)
        found = dict.fromkeys(file.learner for file in run.files)
        learners = tuple(Learner(each) for each in found)
        if run.roster is not None:
            learners = tuple(Learner(*each) for each in run.roster)
        elif with_roster and earlier is not None:
            learners = earlier.learners
        note = CohortNote(
            self.name, learners, has_roster=run.roster is not None or with_roster, folder=run.source
        )
        note = replace(note, rules=record_rules(self.rules)[1] if earlier is None else earlier.rules)
        files = [FoundFile(*_fields(file)) for file in run.files]
        self.clock[0] = run.at
        if run.killed:
            pending = {
                (each.learner, each.problem, each.found_at): Pending(
                    each.learner, each.problem, each.found_at, NOT_YET, each.handed_in, each.is_late
                )
                for each in files
            }
            cohorts.begin_run(replace(note, pending=tuple(pending.values())))
            return
        grader = Grader(run.version, run.nothing_runs)
        before = graded_of(self.steps).versions
        failed = {} if earlier is None else {_place(each): each.why for each in earlier.pending}
        batch: Batch[FoundFile] = Batch(
            self.service.ledger, note, prepared(run.version), reason="x" * run.again
        )
        batch.run(files, read, cast("Any", grader), (lambda attempt, _: True) if run.again else never)
        todo = [
            each for each in files if run.again or (each.learner, each.problem, each.content) not in before
        ]
        if grader.ran and todo:
            assert grader.ran[0] in _first(todo, failed), "what failed before is tried last"
        if run.version == 0 and not run.nothing_runs:
            timed_out = {(each.learner, each.problem) for each in todo if each.content == "e"}
            assert grader.ran.count("e") == len(timed_out), "nobody shares what took too long"

    def _apply(self, step: Apply) -> None:
        """Lets rules count. What was shown before must be what happens."""
        before = self.plain
        self.rules.write_text(as_toml(step.rules))
        preview = self.service.apply_rules(self.name, self.rules, "Tried.", lambda preview: True)
        after = work_out([*self.steps, step])
        assert preview is not None
        assert {
            (each.learner, each.problem): (each.before, each.after)
            for each in preview.grades
            if each.problem != "total"
        } == {
            key: (_points(before.cells.get(key)), _points(after.cells.get(key)))
            for key in {*before.cells, *after.cells}
            if _points(before.cells.get(key)) != _points(after.cells.get(key))
        }

    def _withdraw(self, step: Withdraw) -> None:
        digest = step.content
        attempts = [
            each
            for each in self.service.ledger.cohorts.attempts(self.name)
            if (each.entry.learner, each.entry.problem, each.entry.digest)
            == (step.learner, step.problem, digest)
        ]
        number = attempts[0].record.number if attempts else 0
        found = self.service.find_attempt(self.name, step.learner, step.problem, number, withdrawn=step.undo)
        self.service.withdraw(found, "Tried.", undo=step.undo)


def _place(each: FoundFile | Pending) -> tuple[str, str, str]:
    return each.learner, each.problem, each.found_at


def _entry(each: FoundFile) -> tuple[str, str, str]:
    return each.learner, each.problem, each.content


def _first(todo: list[FoundFile], failed: dict[tuple[str, str, str], str]) -> set[str]:
    """What may be run first: what never failed, where there is such a file."""
    new = {each.content for each in todo if failed.get(_place(each), NOT_YET) == NOT_YET}
    return new or {each.content for each in todo}


def _fields(file: File) -> tuple[Any, ...]:
    return file.learner, file.problem, file.path, file.content, file.when, file.late


def _points(cell: Cell | None) -> float | None:
    return None if cell is None else round(cell.points, 6)


def read(file: FoundFile) -> Submission:
    content = file.content
    return Submission(file.problem, file.learner, "m.h5", ArtifactKind.H5, content.encode(), content, 1)


def prepared(version: int) -> Any:
    problem = SimpleNamespace(
        dataset=SimpleNamespace(fingerprint="data", whole="data"),
        grading_config=f'{{"policy":null,"scoring":"{version}"}}',
        inputs=SimpleNamespace(digest="inputs"),
    )
    return {"problem1": problem, "problem2": problem}


def as_toml(rules: Rules) -> str:
    lines = ['timezone = "Europe/Berlin"', f'attempts = "{"last" if rules.last else "best"}"']
    lines += [f"grace_minutes = {rules.grace}"]
    lines += [f"attempt_limit = {rules.limit}"] if rules.limit else []
    lines += [f"deadline = {_local(rules.deadline)}"] if rules.deadline else []
    lines += [f"[late]\nper_day = {rules.per_day}\ncap = {rules.cap}\nmarked = {rules.marked}"]
    for problem, weight in rules.weights:
        lines += [f"[problems.{problem}]", f"weight = {weight}"]
        if problem == "problem2" and rules.of_problem_2:
            lines += [f"deadline = {_local(rules.of_problem_2)}"]
    for number, (who, which, until) in enumerate(rules.more_time):
        lines += ["[extensions]"] if number == 0 else []
        key = f'"{who}"' + (f".{which}" if which else "")
        lines += [f"{key} = {_local(until)}"]
    return "\n".join(lines) + "\n"


def _local(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat()


def without_ledger(history: list[Step]) -> Cohort:
    """What the gradebook makes of a history, were it all in a ledger."""
    scores, results = entries_of(history)
    runs = tuple(
        FoundRun(
            step.source,
            step.at,
            tuple(_found(*each) for each in zip(step.files, results[id(step)], strict=True)),
        )
        for step in history
        if isinstance(step, Run)
    )
    out = withdrawn_of(history)
    attempts = [
        Attempt(number, entry(*key), record(number, *key, score), withdrawn=key in out)
        for number, (key, score) in enumerate(scores.items(), 1)
    ]
    made = [
        Decision(step.learner, step.problem, by_hand(step), "", BEGIN, "")
        for step in history
        if isinstance(step, Override)
    ]
    given = [step.roster for step in history if isinstance(step, Run) and step.roster is not None]
    roster = given[-1] if given else None
    note = CohortNote(
        "spring",
        tuple(Learner(*each) for each in roster or ()),
        has_roster=roster is not None,
        pending=tuple(Pending(*each, "") for each in sorted(pending_of(history, None))),
        runs=runs,
    )
    rules = next((step.rules for step in reversed(history) if isinstance(step, Apply)), Rules())
    read = recorded_rules(RecordedRules("cohort.toml", as_toml(rules)))
    return compute_results(note, read, attempts, made)


def by_hand(step: Override) -> ByHand | None:
    return None if step.score is None else ByHand(step.score, "", "", BEGIN)


def _found(file: File, done: bool) -> Found:
    return Found(file.learner, file.problem, file.path, file.content if done else "", file.when, file.late)


def entry(learner: str, problem: str, content: str) -> CohortEntry:
    return CohortEntry("spring", learner, problem, content, "", "", "")


def record(number: int, learner: str, problem: str, content: str, score: int | None) -> Record:
    verdict = Verdict.INVALID if score is None else Verdict.PARTIAL
    card = ScoreCard(problem, "package", verdict, "So it is.", score)
    return Record(number, learner, "m.h5", "h5", content, 1, BEGIN, card)


def show(cohort: Cohort) -> PlainGradebook:
    """What the gradebook says, in the words of the plain one."""
    book = PlainGradebook(pending={(each.learner, each.problem, each.found_at) for each in cohort.pending})
    for one in cohort.learners:
        book.totals[one.learner.id] = one.total
        for result in one.results:
            book.cells[one.learner.id, result.problem] = Cell(
                result.points,
                tuple(each.digest for each in result.attempts),
                tuple(
                    sorted(
                        (each.digest, result.times[each.number])
                        for each in result.attempts
                        if each.number in result.times
                    )
                ),
                result.counted.digest if result.counted else "",
                result.late_by,
                result.marked_late,
                result.penalty,
                result.override is not None,
            )
    return book


@contextmanager
def histories_in(folder: Path) -> Iterator[Iterator[History]]:
    """New cohorts in one ledger."""
    home = Home(folder / "home", f"sqlite:///{folder}/home/ledger.db", "m. ortiz")
    home.make()
    clock = [BEGIN]
    with Ledger.open(home.ledger_url, lambda: clock[0]) as ledger:
        service = CohortService(ledger, home, "m. ortiz", lambda sentence: None)
        yield (History(service, f"cohort {number}", folder, clock) for number in itertools.count())


def check(history: History, todo: list[Step]) -> None:
    """Does everything, and compares at the end."""
    for step in todo:
        history.do(step)
    compare(history.service.results(history.name), history.plain)
    compare_entries(history)


def compare_entries(history: History) -> None:
    """Each entry has the submission of the version that counts, and the audit tells of each change."""
    cohorts, plain = history.service.ledger.cohorts, graded_of(history.steps)
    attempts, changes = cohorts.attempts(history.name), cohorts.score_changes(history.name)
    assert {
        (each.entry.learner, each.entry.problem, each.entry.digest): json.loads(each.entry.grading_config)
        for each in attempts
    } == {key: {"policy": None, "scoring": str(version)} for key, version in plain.versions.items()}
    assert len(changes) == plain.changes
    replaced: set[int] = set()
    for change in changes:
        replaced = (replaced | {change.before}) - {change.after}
    numbers = [each.record.number for each in attempts]
    assert len(set(numbers)) == len(numbers)
    assert not replaced & set(numbers)


def compare(cohort: Cohort, plain: PlainGradebook) -> None:
    """Cell by cell."""
    book = show(cohort)
    assert book.pending == plain.pending
    assert book.cells.keys() == plain.cells.keys()
    for key, cell in plain.cells.items():
        one = book.cells[key]
        assert (key, one.times) == (key, cell.times)
        assert (key, one.attempts, one.counted, one.late_by, one.marked, one.by_hand) == (
            key, cell.attempts, cell.counted, cell.late_by, cell.marked, cell.by_hand,
        )  # fmt: skip
        assert (key, one.points, one.penalty) == (
            key, pytest.approx(cell.points), pytest.approx(cell.penalty),
        )  # fmt: skip
    assert book.totals == pytest.approx(plain.totals)
