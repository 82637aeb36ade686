"""A gradebook worked out anew from everything that ever happened in a cohort, slowly, as the notes say it.

It is written from design/0009, design/0010 and the README, and calls nothing of the gradebook's, so that the
two can only agree where both do what is written there.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
Key = tuple[str, str]
"""A learner's id and a problem's."""


@dataclass(frozen=True)
class File:
    """What a run found."""

    learner: str
    problem: str
    path: str
    content: str
    when: datetime | None = None
    late: bool | None = None


@dataclass(frozen=True)
class Rules:
    """What a `cohort.toml` says. Times without a zone are Berlin's."""

    last: bool = False
    limit: int | None = None
    deadline: datetime | None = None
    of_problem_2: datetime | None = None
    more_time: tuple[tuple[str, str, datetime], ...] = ()
    """Who, for which problem ("" for all), and until when."""
    grace: int = 0
    """Minutes."""
    per_day: float = 0.0
    cap: float = 1.0
    marked: float = 0.0
    weights: tuple[tuple[str, float], ...] = (("problem1", 1.0), ("problem2", 2.0))


@dataclass(frozen=True)
class Run:
    """A run of `cohort grade`, at a moment, by one version of the grader."""

    at: datetime
    source: str
    files: tuple[File, ...]
    version: int
    roster: tuple[tuple[str, str], ...] | None = None
    """Ids and names, where one was given."""
    nothing_runs: bool = False
    """Every model failed by a fault of ours."""
    killed: bool = False
    """It was killed when it had listed its files."""
    again: bool = False
    """What has a result is run again."""


@dataclass(frozen=True)
class Withdraw:
    """A mentor takes a submission out, or lets it count again."""

    learner: str
    problem: str
    content: str
    undo: bool = False


@dataclass(frozen=True)
class Override:
    """A mentor's own score, or that it is taken back."""

    learner: str
    problem: str
    score: float | None


@dataclass(frozen=True)
class Apply:
    """Rules that count from now on."""

    rules: Rules


@dataclass(frozen=True)
class Undo:
    """A mentor takes the last run back that ran models again: what it changed is as it was before."""


Step = Run | Withdraw | Override | Apply | Undo


@dataclass(frozen=True)
class Cell:
    """What a learner has in a problem."""

    points: float
    attempts: tuple[str, ...] = ()
    """The contents of all files, in the order in which each was handed in first."""
    times: tuple[tuple[str, datetime], ...] = ()
    """When each was handed in first, where every time that it was is known."""
    counted: str = ""
    """The content of the file that counts; empty where none does."""
    late_by: timedelta | None = None
    marked: bool = False
    penalty: float = 0.0
    by_hand: bool = False


@dataclass
class DatedAttempt:
    """That a file was handed in, once."""

    content: str
    found: datetime
    when: datetime | None = None
    late: bool = False


Entry = tuple[str, str, str]
"""A learner's id, a problem's, and the content of a file."""


@dataclass(frozen=True)
class Graded:
    """What was graded."""

    versions: dict[Entry, int]
    """Of the grader, whose score counts."""
    results: dict[int, list[bool]]
    """Which files of each run have a result, by the run's identity."""
    regradings: list[dict[Entry, int]]
    """Those that can still be taken back, oldest first: whose scores changed, and the versions before."""
    changes: int
    """How many changes of a score are on record."""


@dataclass
class PlainGradebook:
    """The whole of it."""

    cells: dict[Key, Cell] = field(default_factory=dict)
    totals: dict[str, float] = field(default_factory=dict)
    pending: set[tuple[str, str, str]] = field(default_factory=set)
    """Learner, problem and path of what has no result yet."""


def score_of(content: str, version: int) -> int | None:
    """What a version of the grader gives a file: some it cannot read, and a later one can."""
    return {"a": 1, "b": 3, "c": 5, "d": None, "e": 2 if version else None, "f": 4 - version}[content]


def work_out(history: list[Step]) -> PlainGradebook:
    """The gradebook after everything in a history, from nothing."""
    runs = [step for step in history if isinstance(step, Run)]
    rules = Rules()
    for step in history:
        if isinstance(step, Apply):
            rules = step.rules
    scores, results = entries_of(history)
    withdrawn = withdrawn_of(history)
    by_hand: dict[Key, float | None] = {}
    for step in history:
        if isinstance(step, Override):
            by_hand[step.learner, step.problem] = step.score
    book = PlainGradebook(pending=pending_of(history, dict(rules.weights)))
    handed_in = {
        key: [
            each
            for each in _dated_attempts(key, runs, results)
            if (*key, each.content) in scores and (*key, each.content) not in withdrawn
        ]
        for key in {(file.learner, file.problem) for run in runs for file in run.files}
    }
    waiting = {learner for learner, _, _ in pending_of(history, None)}
    there = {learner for (learner, _), several in handed_in.items() if several} | waiting
    roster = next((run.roster for run in reversed(runs) if run.roster is not None), None)
    names = dict(roster or ())
    called = [(each, {each.casefold(), names.get(each, "").casefold()}) for each in {*names, *there}]
    for learner, own in called:
        others = {name for each, theirs in called if each != learner for name in theirs}
        earned = whole = 0.0
        for problem, weight in rules.weights:
            key = (learner, problem)
            names_of = (own - others) | {learner.casefold()}
            graded = [(each, scores[(*key, each.content)]) for each in handed_in.get(key, [])]
            contents = tuple(dict.fromkeys(each.content for each, _ in graded))
            known = {
                content: [each.when for each, _ in graded if each.content == content] for content in contents
            }
            times = {
                content: min(each for each in several if each)
                for content, several in known.items()
                if None not in several
            }
            cell = replace(
                _cell(problem, graded, rules, names_of),
                attempts=contents,
                times=tuple(sorted(times.items())),
            )
            if by_hand.get(key) is not None:
                cell = replace(cell, points=by_hand[key] or 0.0, penalty=0.0, by_hand=True)
            book.cells[key] = cell
            earned, whole = earned + weight * cell.points, whole + weight
        book.totals[learner] = 100 * earned / (5 * whole)
    return book


def withdrawn_of(history: list[Step]) -> set[tuple[str, str, str]]:
    """The files that a mentor took out."""
    withdrawn: set[tuple[str, str, str]] = set()
    for step in history:
        if isinstance(step, Withdraw):
            entry = (step.learner, step.problem, step.content)
            withdrawn = withdrawn - {entry} if step.undo else withdrawn | {entry}
    return withdrawn


def entries_of(
    history: list[Step],
) -> tuple[dict[tuple[str, str, str], int | None], dict[int, list[bool]]]:
    """The score that each file of each learner has now, and which files of each run have a result."""
    graded = graded_of(history)
    return {entry: score_of(entry[2], version) for entry, version in graded.versions.items()}, graded.results


def graded_of(history: list[Step]) -> Graded:
    """Which version of the grader gave each file of each learner its score, and what each run brought."""
    versions: dict[Entry, int] = {}
    results: dict[int, list[bool]] = {}
    regradings: list[dict[Entry, int]] = []
    changes = 0
    for run in history:
        if isinstance(run, Undo) and regradings:
            changes += len(regradings[-1])
            versions |= regradings.pop()
        if not isinstance(run, Run):
            continue
        done, before = [], dict(versions)
        ran: set[tuple[str, str, str]] = set()
        for file in run.files:
            entry = (file.learner, file.problem, file.content)
            must_run = (entry not in versions or run.again) and entry not in ran
            if run.killed or (must_run and run.nothing_runs):
                done.append(False)
                continue
            if must_run:
                versions[entry] = run.version
                ran.add(entry)
            done.append(True)
        results[id(run)] = done
        if again := {entry: before[entry] for entry in ran if entry in before}:
            regradings.append(again)
            changes += len(again)
    return Graded(versions, results, regradings, changes)


def pending_of(history: list[Step], problems: dict[str, float] | None) -> set[tuple[str, str, str]]:
    """Of each source, what its last run gave no result; unless a later source's last run gave one."""
    runs, results = [step for step in history if isinstance(step, Run)], entries_of(history)[1]
    last = [
        run for place, run in enumerate(runs) if run.source not in {each.source for each in runs[place + 1 :]}
    ]
    found = set()
    for place, run in enumerate(last):
        for file, done in zip(run.files, results[id(run)], strict=True):
            later = any(
                (other.learner, other.problem) == (file.learner, file.problem) and has_result
                for after in last[place + 1 :]
                for other, has_result in zip(after.files, results[id(after)], strict=True)
            )
            if not done and not later and (problems is None or file.problem in problems):
                found.add((file.learner, file.problem, file.path))
    return found


def _dated_attempts(key: Key, runs: list[Run], results: dict[int, list[bool]]) -> list[DatedAttempt]:
    """What was handed in for one problem by one learner, oldest first.

    What lies at a path is a hand-in when something else lay there before, or nothing and it is news. It is no
    news where it is what came last, or where everything that the run found had been found together before: an
    old download. Times and marks are those that were told last.
    """
    found: list[DatedAttempt] = []
    lies: dict[tuple[str, str], DatedAttempt] = {}
    listed: dict[tuple[str, str], DatedAttempt] = {}

    def in_order() -> list[DatedAttempt]:
        read = [each for each in found if each.content]
        return sorted(read, key=lambda each: each.when or each.found)

    for place, run in enumerate(runs):
        old = any(_content(run, results) == _content(each, results) for each in runs[:place])
        for file, done in zip(run.files, results[id(run)], strict=True):
            if (file.learner, file.problem) != key:
                continue
            at = (run.source, file.path)
            if not done:
                if at not in lies and at not in listed:
                    listed[at] = DatedAttempt("", run.at, file.when)
                    found.append(listed[at])
                continue
            waiting = listed.pop(at, None)
            same = [each for each in found if each.content == file.content]
            if at in lies and lies[at].content == file.content:
                one = lies[at]
            elif at not in lies and same and (old or in_order()[-1].content == file.content):
                one = same[-1]
            elif waiting is not None:
                one = waiting
                one.content = file.content
            else:
                one = DatedAttempt(file.content, run.at)
                found.append(one)
            one.when = file.when or one.when
            one.late = one.late if file.late is None else file.late
            lies[at] = one
    return in_order()


def _content(run: Run, results: dict[int, list[bool]]) -> set[tuple[str, str, str]]:
    return {
        (file.learner, file.problem, file.content)
        for file, done in zip(run.files, results[id(run)], strict=True)
        if done
    }


def _cell(
    problem: str, handed_in: list[tuple[DatedAttempt, int | None]], rules: Rules, names: set[str]
) -> Cell:
    usual = rules.of_problem_2 if problem == "problem2" and rules.of_problem_2 else rules.deadline
    due = usual
    for who, which, until in rules.more_time:
        if due is not None and who.casefold() in names and which in ("", problem):
            due = max(due, until, key=lambda each: each.astimezone(UTC))
    best: tuple[float, bool, Cell] | None = None
    for each, score in handed_in[: rules.limit]:
        late_by, days = _lateness(due, each.when, rules.grace)
        marked = each.when is None and each.late
        penalty = min(rules.cap, rules.per_day * days)
        if marked:
            penalty = min(rules.cap, rules.marked) if due == usual else 0.0
        points = 0.0 if score is None else score * (1 - penalty)
        cell = Cell(points, (), (), each.content, late_by, marked, penalty)
        if best is None or rules.last or (points, score is not None) > best[:2]:
            best = (points, score is not None, cell)
    return Cell(0.0) if best is None else best[2]


def _lateness(due: datetime | None, when: datetime | None, grace: int) -> tuple[timedelta | None, int]:
    """By how much something is late, and how many dates have begun since, by the clocks of the deadline."""
    if due is None or when is None:
        return None, 0
    minutes = timedelta(minutes=grace)
    by = when.astimezone(UTC) - due.astimezone(UTC) - minutes
    if by <= timedelta(0):
        return None, 0
    days = 1
    while (due + timedelta(days=days)).astimezone(UTC) + minutes < when.astimezone(UTC):
        days += 1
    return by, days
