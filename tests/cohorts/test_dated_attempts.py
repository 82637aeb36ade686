"""What came last is what lies there last, and grading an old download again moves nobody's grade."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st

from tfprep.cohorts.gradebook.dated_attempts import dated_attempts
from tfprep.grader import Record, ScoreCard, Verdict
from tfprep.grader.records.cohort_runs import Attempt, CohortEntry, FoundFile, Run

DAY_ONE = datetime(2026, 3, 1, 12, tzinfo=UTC)


def attempt(number: int, digest: str, *, withdrawn: bool = False) -> Attempt:
    card = ScoreCard("problem2", "package", Verdict.PASSED, "So it is.", 5)
    record = Record(number, "ann", "mymodel.h5", "h5", digest, 10, DAY_ONE, card)
    entry = CohortEntry("spring", "ann", "problem2", digest, "ann/mymodel.h5", "", "")
    return Attempt(number, entry, record, withdrawn)


A, B, C = attempt(1, "a"), attempt(2, "b"), attempt(3, "c")


def found(digest: str, path: str = "ann/mymodel.h5", when: datetime | None = None) -> FoundFile:
    return FoundFile("ann", "problem2", path, digest, when)


def run(day: int, source: str, *files: FoundFile) -> Run:
    return Run(source, DAY_ONE + timedelta(days=day), files)


def story(*runs: Run, attempts: Sequence[Attempt] = (A, B, C)) -> str:
    """The digests in the order in which they were handed in."""
    order = dated_attempts(attempts, runs).get(("ann", "problem2"), ())
    seen = {file.digest for each in runs for file in each.files}
    return "".join(each.attempt.entry.digest for each in order if each.attempt.entry.digest in seen)


def test_what_lies_there_last_came_last_also_when_it_lay_there_before() -> None:
    assert story(*(run(day, "class", found(digest)) for day, digest in enumerate("aba"))) == "aba"


def test_the_same_folder_graded_again_and_again_tells_nothing_new() -> None:
    assert story(*(run(day, "class", found("a")) for day in range(5))) == "a"


def test_an_old_download_graded_again_is_no_hand_in_whatever_it_is_called() -> None:
    first, second = run(0, "week1.zip", found("a")), run(1, "week2.zip", found("b"))
    assert story(first, second, run(2, "week1.zip", found("a"))) == "ab"
    assert story(first, second, run(2, "old/week1 (1).zip", found("a", "x/mymodel.h5"))) == "ab"


def test_a_new_download_in_which_a_learner_is_back_at_the_first_file_is_a_hand_in() -> None:
    other = FoundFile("bo", "problem2", "bo/mymodel.h5", "z", None)
    week1, week2 = run(0, "week1.zip", found("a")), run(1, "week2.zip", found("b"))
    assert story(week1, week2, run(2, "week3.zip", found("a"), other)) == "aba"


def test_a_file_that_moved_is_the_same_hand_in() -> None:
    assert story(run(0, "class", found("a", "old/m.h5")), run(1, "class", found("a", "new/m.h5"))) == "a"


def test_times_that_are_told_go_before_when_something_was_found() -> None:
    early, late = DAY_ONE - timedelta(days=9), DAY_ONE - timedelta(days=8)
    assert story(run(0, "class", found("b", "1", late), found("a", "2", early))) == "ab"


def test_a_time_that_is_learned_later_counts() -> None:
    early, late = DAY_ONE - timedelta(days=9), DAY_ONE - timedelta(days=8)
    runs = (run(0, "class", found("b", "1"), found("a", "2")), run(1, "class", found("b", "1", late)))
    told = run(2, "times.csv", found("a", "elsewhere", early), found("b", "1", late))
    assert story(*runs, told) == "ab"
    (first, second) = dated_attempts((A, B), (*runs, told))["ann", "problem2"]
    assert (first.when, second.when) == (early, late)


def test_files_of_one_run_come_in_the_order_of_the_source_whichever_was_graded_first() -> None:
    one = run(0, "class", found("c", "1"), found("a", "2"), found("b", "3"))
    for attempts in ((A, B, C), (C, B, A), (B, A, C)):
        assert story(one, attempts=attempts) == "cab"


def test_files_that_a_killed_program_had_listed_came_when_it_listed_them() -> None:
    killed = run(0, "class", found("", "1"), found("b", "2"))
    assert story(killed, run(1, "class", found("a", "1"), found("b", "2"))) == "ab"


def test_what_was_withdrawn_is_no_hand_in() -> None:
    gone = attempt(2, "b", withdrawn=True)
    assert story(run(0, "x", found("a")), run(1, "x", found("b")), attempts=(A, gone)) == "a"


def test_an_attempt_of_an_older_ledger_came_when_it_was_graded() -> None:
    (one,) = dated_attempts((A,), ())["ann", "problem2"]
    assert (one.when, one.seen) == (None, DAY_ONE)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), min_size=1, max_size=8))
def test_one_folder_tells_what_a_person_who_watched_it_would_tell(days: list[tuple[str, bool]]) -> None:
    """Each day a file lies there, and on some days the folder is graded once more without a change."""
    runs, clock = [], 0
    for digest, again in days:
        for _ in range(1 + again):
            runs.append(run(clock, "class", found(digest)))
            clock += 1
    watched = "".join(digest for digest, _ in groupby(digest for digest, _ in days))
    assert story(*runs) == watched


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=6), st.integers(0, 5))
def test_grading_any_earlier_download_once_more_moves_nothing(weeks: list[str], which: int) -> None:
    runs = [run(day, f"week{day}.zip", found(digest)) for day, digest in enumerate(weeks)]
    again = runs[which % len(runs)]
    assert story(*runs, run(99, again.source, *again.files)) == story(*runs)
