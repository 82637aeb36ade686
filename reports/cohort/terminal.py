"""A cohort in the terminal: the progress of a batch, results, look-alikes, regrading and the audit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from time import monotonic
from typing import Any, Final

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from ...cohorts import Cohort
from ...cohorts.batch.progress import BatchCounts, OnProgress
from ...cohorts.batch.progress import Progress as BatchProgress
from ...cohorts.gradebook.regrade import CannotRegrade, OtherCard
from ...cohorts.integrity.look_alikes import Group
from ...cohorts.rules_in_force import RulesPreview
from ...files.text import counted
from ...grader import Verdict
from ...grader.records.cohort import NO_COHORT
from ...grader.records.cohort_runs import CohortSummary
from ..terminal import VERDICT_STYLE, plain
from ..wording import minute, moment
from . import look_alikes
from .exam_results import exam_columns, exam_refusals
from .gradebook_table import NOTHING, points_text, tabulate

LINE_SECONDS: Final = 10.0
"""Between two lines where there is no terminal to draw on."""
LISTED: Final = 20
"""So many lines of a list are shown."""
GRADES: Final = 200
"""So many grades that other rules would change are shown."""
_COUNTED: Final = {
    Verdict.PASSED: "passed",
    Verdict.PARTIAL: "partial",
    Verdict.INVALID: "invalid",
    Verdict.OUR_FAULT: "no result",
}


@contextmanager
def show_batch_progress(console: Console, clock: Callable[[], float] = monotonic) -> Iterator[OnProgress]:
    """Shows how far a batch has come: a bar on a terminal, else a line every ten seconds."""
    if not console.is_terminal:
        yield _lines(console, clock)
        return
    columns = (TextColumn("Grading"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[text]}"))
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None, text="")
        yield lambda progress: bar.update(
            task, total=progress.total, completed=progress.done, text=_speed(progress) + _counts(progress)
        )


def show_batch_counts(console: Console, tally: BatchCounts) -> None:
    """What came of a batch, in a few lines."""
    parts = [f"{tally.graded:,} graded"]
    if tally.copied:
        parts.append(f"{tally.copied:,} with the same model as another")
    if tally.known:
        parts.append(f"{tally.known:,} known already")
    if tally.faults:
        parts.append(f"{len(tally.faults):,} without a result for now")
    console.print(", ".join(parts) + ".", highlight=False)
    for line in _by_reason([(found_at, fault.why) for found_at, fault in tally.faults.items()])[:LISTED]:
        console.print(plain(f"  {line}"), style="magenta")
    if tally.changed:
        console.print(
            f"{tally.changed:,} of the known were graded on other data, under other rules or by another "
            "version. `tfprep cohort regrade` shows what that changes.",
            highlight=False,
        )
    if tally.stopped:
        # In a line of its own: the sentence before may end with a command to copy, and without a full stop.
        console.print(plain(f"Stopped: {tally.stopped}"), style="bold magenta")
        console.print("Run the same command again to go on.", style="bold magenta")


def show_cohort(console: Console, cohort: Cohort) -> None:
    """The gradebook, the files that could not be placed, and the submissions without a result."""
    book = tabulate(cohort)
    table = Table(box=box.SIMPLE_HEAD, title=plain(cohort.name), title_justify="left", title_style="bold")
    table.add_column("Learner", overflow="fold")
    for heading in book.headings:
        table.add_column(plain(heading.name), justify="right")
    table.add_column("Total", justify="right", style="bold")
    exams = exam_columns(cohort)
    for name, _ in exams:
        table.add_column(plain(name[0].upper() + name[1:]), justify="right")
    for row, one in zip(book.rows, cohort.learners, strict=True):
        cells = [Text(" ".join((cell.points, *cell.marks))) for cell in row.cells]
        # What `override` and `withdraw` ask for stands below the name: there is no room beside it.
        who = plain(row.name)
        if row.id:
            who.append_text(Text("\n")).append_text(plain(row.id))
        totals = (by_learner.get(one.learner.id) for _, by_learner in exams)
        table.add_row(who, *cells, row.total, *(NOTHING if each is None else f"{each:g}" for each in totals))
    console.print(table)
    for note in cohort.notes:
        console.print(plain(note), style="yellow")
    _list(
        console,
        "Could not be placed, of all sources",
        [f"{each.found_at}: {each.why}" for each in cohort.unmatched],
    )
    waiting = [(f"{each.learner}, {each.problem} ({each.found_at})", each.why) for each in cohort.pending]
    _list(console, "Exam results that do not count", list(exam_refusals(cohort)))
    _list(console, "Without a result for now", _by_reason(waiting), len(waiting))
    if waiting:
        console.print(
            "`tfprep cohort grade` with the same source goes on with these: nothing of theirs is lost."
        )


def show_cohorts(console: Console, summaries: Sequence[CohortSummary]) -> None:
    """A line for each cohort."""
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("Cohort", "Learners", "Submissions", "Used", "Graded last"):
        right = name in ("Learners", "Submissions")
        table.add_column(name, justify="right" if right else "left", overflow="fold")
    for each in summaries:
        counts = f"{each.learners:,}", f"{each.attempts:,}"
        table.add_row(plain(each.name), *counts, moment(each.used), plain(each.folder))
    console.print(table if summaries else NO_COHORT)


def show_review(console: Console, changes: Sequence[OtherCard | CannotRegrade]) -> None:
    """Whose score would change and by how much; and what cannot be scored again."""
    moving = [each for each in changes if isinstance(each, OtherCard) and each.moves]
    staying = sum(isinstance(each, OtherCard) and not each.moves for each in changes)
    if moving:
        table = Table(box=box.SIMPLE_HEAD)
        for name in ("Learner", "Problem", "Submission", "Before", "After"):
            table.add_column(name, justify="right" if name in ("Before", "After") else "left")
        for change in moving:
            record, card = change.attempt.record, change.card
            table.add_row(
                plain(change.attempt.entry.learner),
                card.problem,
                str(record.number),
                _score(record.card.score),
                Text(_score(card.score), VERDICT_STYLE[card.verdict]),
            )
        console.print(table)
    stay = counted(staying, "keeps its score", "keep their score")
    console.print(f"{len(moving):,} would get another score; {stay}.", highlight=False)
    others = [(each.attempt.entry, each.why) for each in changes if isinstance(each, CannotRegrade)]
    lines = [f"{entry.learner}, {entry.problem}: {why}" for entry, why in others]
    _list(console, "Cannot be scored again from stored predictions", lines)


def show_rule_changes(console: Console, preview: RulesPreview) -> None:
    """Which rules a file changes, and whose grades that changes."""
    if not preview.rules:
        return console.print("No rule has changed.")
    rules = _table("Rule", "Before", "After")
    for each in preview.rules:
        rules.add_row(*map(plain, (each.key, each.before, each.after)))
    console.print(rules)
    grades = _table("Learner", "Problem", "Before", "After")
    for change in preview.grades[:GRADES]:
        cells = (change.learner, change.problem, _grade(change.before), _grade(change.after))
        grades.add_row(*map(plain, cells))
    if preview.grades:
        console.print(grades)
    if len(preview.grades) > GRADES:
        console.print(f"and {len(preview.grades) - GRADES:,} more", highlight=False)
    console.print(_of_grades(preview), highlight=False)
    if preview.are_for_grading:
        console.print(
            "Some of these rules change how models are graded. Recorded scores stay: `tfprep cohort "
            "regrade` shows what would change.",
            highlight=False,
        )
    return None


def _of_grades(preview: RulesPreview) -> str:
    learners = {each.learner for each in preview.grades}
    if not learners:
        return "Nobody's grade changes."
    return f"The grades of {counted(len(learners), 'learner')} change."


def _grade(points: float | None) -> str:
    return "-" if points is None else points_text(points)


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for name in columns:
        table.add_column(name, overflow="fold")
    return table


def show_groups(
    console: Console, groups: Sequence[Group], names: Mapping[str, str], zone: tzinfo = UTC
) -> None:
    """A question for each group, and its evidence. `names`: the learners', by their ids."""
    if not groups:
        return console.print("No two submissions are more alike than independent work can be.")
    for group in groups:
        told = look_alikes.tell(group, names, zone)
        console.print(f"{group.problem}: {plain(told.learners)}", style="bold", highlight=False)
        for line in (told.question, told.first):
            console.print(f"  {plain(line)}", highlight=False)
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for column in look_alikes.COLUMNS:
            table.add_column(column, overflow="fold")
        for row in told.rows:
            table.add_row(*map(plain, row))
        console.print(table)
    return console.print(f"{look_alikes.NOTE} {look_alikes.base_rate()}", highlight=False)


def show_audit(
    console: Console, records: Sequence[Mapping[str, Any]], *, each: bool = True, zone: tzinfo = UTC
) -> None:
    """Everything that was decided, a line each.

    Args:
        console: where to.
        records: as `audit_records` gives them.
        each: whether all submissions of one regrading have a line; else they share one.
        zone: of the times.
    """
    table = _table(f"When, {zone}", "By", "Learner", "Problem", "What", "Reason")
    for record in records if each else _by_act(records):
        what = record["what"]
        if "before" in record:
            undone = "" if what == "regraded" else f" ({what})"
            what = f"submission {record['before']} → {record['after']}: {_move(record)}{undone}"
        if "submission" in record:
            what = f"submission {record['submission']} {what}"
        if record.get("score") is not None:
            what = f"{record['score']:g} of 5 by hand"
        when = minute(datetime.fromisoformat(record["when"]), zone)
        cells = (when, record["by"], record["learner"], record["problem"])
        table.add_row(*map(plain, cells), plain(what), plain(record["reason"]))
    console.print(table if table.row_count else "Nothing was decided yet.")


def _move(record: Mapping[str, Any]) -> str:
    """From which score to which."""
    before, after = (_score(record[key]) for key in ("score_before", "score_after"))
    return f"score {before} as before" if before == after else f"score {before} → {after}"


def _by_act(records: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """One record for all that one regrading changed, at the place of its first."""
    acts: dict[object, list[Mapping[str, Any]]] = {}
    for place, record in enumerate(records):
        together = "before" in record and (record["act"] or record["when"], record["what"])
        acts.setdefault(together or place, []).append(record)
    return [act[0] if len(act) == 1 else _as_one(act) for act in acts.values()]


def _as_one(act: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    first, count = act[0], counted(len(act), "submission")
    told = {key: {one[key] for one in act} for key in ("learner", "problem")}
    shared = {
        key: counted(len(names), key) if len(names) > 1 else next(iter(names)) for key, names in told.items()
    }
    moved = sum(one["score_before"] != one["score_after"] for one in act)
    moves = f"{counted(moved, 'score')} changed" if moved else "no score changed"
    what = f"{count} regraded" if first["what"] == "regraded" else f"{first['what']}: {count}"
    return {
        "when": first["when"],
        "by": first["by"],
        **shared,
        "what": f"{what}, {moves}",
        "reason": first["reason"],
    }


def _lines(console: Console, clock: Callable[[], float]) -> OnProgress:
    shown: list[tuple[float, int]] = []

    def show(progress: BatchProgress) -> None:
        last, done = shown[-1] if shown else (-LINE_SECONDS, -1)
        finished = progress.done == progress.total
        if progress.done != done and (finished or clock() - last >= LINE_SECONDS):
            shown[:] = [(clock(), progress.done)]
            line = f"Graded {progress.done:,} of {progress.total:,}{_speed(progress)}{_counts(progress)}"
            console.print(line, highlight=False, soft_wrap=True)

    return show


def _speed(progress: BatchProgress) -> str:
    left = progress.seconds_left
    if left is None:
        return ""
    rate = f"{progress.rate:.1f} a second" if progress.rate >= 1 else f"{60 * progress.rate:.1f} a minute"
    return f"  {rate}, {_duration(left)} left"


def _counts(progress: BatchProgress) -> str:
    verdicts = sorted(progress.verdicts.items())
    counted = [f"{count:,} {_COUNTED[verdict]}" for verdict, count in verdicts if count]
    return f"  ({', '.join(counted)})" if counted else ""


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _score(score: int | None) -> str:
    return "invalid" if score is None else points_text(float(score))


def _by_reason(told: Sequence[tuple[str, str]]) -> list[str]:
    """A line for each reason. What many have in common, such as an engine that is gone, is told once."""
    having: dict[str, list[str]] = {}
    for who, why in told:
        having.setdefault(why, []).append(who)
    return [
        f"{who[0]}{f' and {len(who) - 1:,} more' if len(who) > 1 else ''}: {why}"
        for why, who in having.items()
    ]


def _list(console: Console, title: str, lines: Sequence[str], count: int | None = None) -> None:
    if not lines:
        return
    console.print(f"{title}: {count or len(lines):,}", style="bold", highlight=False)
    for line in lines[:LISTED]:
        console.print(plain(f"  {line}"))
    if len(lines) > LISTED:
        console.print(f"  and {len(lines) - LISTED:,} more", highlight=False)
