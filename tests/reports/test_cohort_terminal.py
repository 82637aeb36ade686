"""How far a batch has come: a line every so often where nobody can watch a bar."""

import io
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from rich.console import Console

from tfprep.cohorts import Cohort, Learner, Pending, Unmatched
from tfprep.cohorts.batch.progress import BatchCounts, Progress
from tfprep.grader import Verdict
from tfprep.grader.parallel.worker_threads import Fault
from tfprep.grader.records.cohort import ExamTotal
from tfprep.grader.records.cohort_runs import CohortSummary
from tfprep.reports.cohort.gradebook_table import tabulate
from tfprep.reports.cohort.terminal import (
    show_audit,
    show_batch_counts,
    show_batch_progress,
    show_cohort,
    show_cohorts,
)

from .cohorts import PROBLEMS, learner_result, nothing, small, strangers


def piped(width: int = 200) -> tuple[Console, io.StringIO]:
    written = io.StringIO()
    return Console(file=written, width=width), written


def test_piped_progress_is_a_plain_line_every_ten_seconds_and_at_the_end() -> None:
    console, written = piped()
    now = [0.0]
    with show_batch_progress(console, clock=lambda: now[0]) as watch:
        for done in range(1, 101):
            now[0] = done * 0.5
            watch(Progress(100, done, {Verdict.PASSED: done - 1, Verdict.INVALID: 1}, now[0]))
    lines = written.getvalue().splitlines()
    assert len(lines) == 6
    assert lines[0] == "Graded 1 of 100  2.0 a second, 0:50 left  (1 invalid)"
    assert lines[-1] == "Graded 100 of 100  2.0 a second, 0:00 left  (1 invalid, 99 passed)"


def test_a_slow_batch_tells_its_rate_by_the_minute() -> None:
    console, written = piped()
    with show_batch_progress(console, clock=lambda: 0.0) as watch:
        watch(Progress(200, 2, {Verdict.OUR_FAULT: 2}, 60.0))
    assert written.getvalue() == "Graded 2 of 200  2.0 a minute, 1:39:00 left  (2 no result)\n"


def test_a_terminal_gets_a_bar() -> None:
    written = io.StringIO()
    console = Console(file=written, force_terminal=True, width=120)
    with show_batch_progress(console) as watch:
        watch(Progress(10, 10, {Verdict.PASSED: 10}, 1.0))
    assert "10/10" in written.getvalue()


def test_a_tally_names_what_has_no_result_and_what_stopped_it() -> None:
    console, written = piped()
    fault = Fault("The engine went away. [red]Start it.[/red]")
    show_batch_counts(console, BatchCounts(3, 1, 2, 1, {"ann/mymodel.h5": fault}, stopped=fault.why))
    text = written.getvalue()
    for words in ("3 graded", "1 with the same model", "2 known already", "1 without a result"):
        assert words in text
    assert "  ann/mymodel.h5: The engine went away. [red]Start it.[/red]" in text
    assert "Stopped: The engine went away." in text
    assert "tfprep cohort regrade" in text


def test_what_many_have_in_common_is_told_once() -> None:
    console, written = piped()
    faults = {f"{name}/mymodel.h5": Fault("The image is stale.") for name in ("ann", "bob", "cy")}
    show_batch_counts(console, BatchCounts(0, 0, 0, 0, {**faults, "dee/mymodel.h5": Fault("Too large.")}))
    text = written.getvalue()
    assert "4 without a result" in text
    assert "  ann/mymodel.h5 and 2 more: The image is stale.\n  dee/mymodel.h5: Too large.\n" in text


def test_a_command_to_copy_ends_its_line() -> None:
    console, written = piped()
    show_batch_counts(
        console, BatchCounts(0, 0, 0, 0, {}, stopped="The image is stale. Run: tfprep sandbox build")
    )
    assert "tfprep sandbox build\nRun the same command again to go on.\n" in written.getvalue()


def test_the_gradebook_is_readable_in_eighty_columns() -> None:
    console, written = piped(80)
    show_cohort(console, small())
    assert max(map(len, written.getvalue().splitlines())) <= 80
    assert "Ada Okonkwo" in written.getvalue()


def test_a_total_of_which_something_waits_is_not_told_as_a_number() -> None:
    nobody = learner_result(Learner("eve", "Eve"), tuple(nothing(problem) for problem in PROBLEMS))
    waits = (Pending("eve", PROBLEMS[0], "eve/mymodel.h5", "The engine went away."),)
    unplaced = (Unmatched("x/mymodel.h5", "Which problem?", "eve"),)
    for cohort, shown in (
        (Cohort("A", PROBLEMS, (1,) * 5, (nobody,)), "0.0"),
        (Cohort("A", PROBLEMS, (1,) * 5, (nobody,), pending=waits), "-"),
        (Cohort("A", PROBLEMS, (1,) * 5, (nobody,), unmatched=unplaced), "-"),
    ):
        console, written = piped()
        show_cohort(console, cohort)
        (line,) = (line for line in written.getvalue().splitlines() if line.strip().startswith("Eve"))
        assert line.split()[-1] == shown
        assert tabulate(cohort).rows[0].total == shown


def test_where_everybody_waits_it_says_why_and_how_to_go_on() -> None:
    stopped = tuple(
        Pending(one.learner.id, PROBLEMS[0], f"{one.learner.id}/mymodel.h5", "Not graded yet.")
        for one in small().learners
    )
    console, written = piped()
    show_cohort(console, replace(small(), pending=stopped))
    assert "Not graded yet." in written.getvalue()
    assert "`tfprep cohort grade` with the same source goes on" in written.getvalue()
    console, written = piped()
    show_cohort(console, replace(small(), pending=()))
    assert "goes on" not in written.getvalue()


def test_status_shows_exam_totals_and_what_does_not_count() -> None:
    exam = ExamTotal("ada", "e1", 91.5, passed=True, points={}, file="ada.json", digest="1", signer="a")
    other = replace(exam, learner="bo", file="bo.json", digest="2", signer="b", remarks=("It came late.",))
    console, written = piped()
    show_cohort(console, replace(small(), exams=(exam, other)))
    lines = [line.split() for line in written.getvalue().splitlines() if line.strip()]
    assert next(line for line in lines if "Total" in line)[-2:] == ["Exam", "total"]
    assert next(line for line in lines if line[:2] == ["Ada", "Okonkwo"])[-1] == "91.5"
    assert next(line for line in lines if line[0] == "bo")[-1] == "-"
    assert "bo, exam e1 (bo.json): It came late." in written.getvalue()


def test_every_time_in_a_table_names_its_zone() -> None:
    when = datetime(2026, 6, 30, 23, 59, tzinfo=timezone(timedelta(hours=2)))
    console, written = piped()
    show_cohorts(console, [CohortSummary("spring", when, 3, 4, "week1.zip")])
    assert "2026-06-30 21:59 UTC" in written.getvalue()
    decided = {"when": "2026-06-30T21:59:00+00:00", "by": "m. ortiz", "learner": "bo", "problem": "problem2"}
    console, written = piped()
    show_audit(console, [{**decided, "what": "withdrawn", "reason": "Somebody else's."}])
    assert "When, UTC" in written.getvalue()
    assert "2026-06-30 21:59" in written.getvalue()
    console, written = piped()
    audited = [{**decided, "what": "withdrawn", "reason": "Somebody else's."}]
    show_audit(console, audited, zone=ZoneInfo("Europe/Berlin"))
    assert "When, Europe/Berlin" in written.getvalue()
    assert "2026-06-30 23:59" in written.getvalue()


def test_a_regrading_is_one_line_of_the_audit_and_every_submission_one_on_request() -> None:
    shared = {"when": "2026-06-30T21:59:00+00:00", "by": "m. ortiz", "reason": "Kinder.", "what": "regraded"}
    regraded = [
        {
            **shared,
            "learner": f"learner{each % 30}",
            "problem": "problem2",
            "before": each,
            "after": each + 40,
            "score_before": 3,
            "score_after": 3 + each % 2,
        }
        for each in range(40)
    ]
    acts = [{**each, "act": "a"} for each in regraded] + [{**regraded[0], "act": "b"}]
    shown = {}
    for each in (False, True):
        console, written = piped()
        show_audit(console, acts, each=each)
        shown[each] = [" ".join(line.split()) for line in written.getvalue().splitlines() if "Kinder" in line]
    first = "2026-06-30 21:59 m. ortiz"
    assert shown[False] == [
        f"{first} 30 learners problem2 40 submissions regraded, 20 scores changed Kinder.",
        f"{first} learner0 problem2 submission 0 → 40: score 3 as before Kinder.",
    ]
    assert len(shown[True]) == 41


def test_names_of_strangers_are_shown_as_text() -> None:
    console, written = piped()
    show_cohort(console, strangers())
    assert "\x1b" not in written.getvalue()
    assert "\x07" not in written.getvalue()
