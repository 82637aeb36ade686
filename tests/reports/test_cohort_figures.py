"""The figures on a cohort's page: histograms, the time line, discrimination, reasons, kinds of learners."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from tfprep.classroom.rule_changes import changed_rules
from tfprep.classroom.rules import CohortRules
from tfprep.classroom.rules_file import read_rules
from tfprep.cohorts import Cohort, Learner, Result
from tfprep.grader.records.exam import TO_PASS
from tfprep.reports.cohort.charts import COLUMNS, Mark, chart_times, chart_totals
from tfprep.reports.cohort.discrimination import ENOUGH, discriminate
from tfprep.reports.cohort.gradebook_table import KINDS, tabulate
from tfprep.reports.cohort.invalid_work import gather_reasons
from tfprep.reports.cohort.results_json import results_record
from tfprep.reports.cohort.summary import summarise

from .cards import INVALID, PARTIAL, recorded
from .classes import generated, look_alikes
from .cohorts import PROBLEMS, learner_result, many, nothing, passed, result, small

CLASS = generated(100)
BERLIN = ZoneInfo("Europe/Berlin")


def handed_in(*moments: datetime, deadline: datetime | None = None) -> Cohort:
    """A cohort of one learner, with an attempt at each of these moments."""
    records = tuple(recorded(PARTIAL, "ada", number) for number, _ in enumerate(moments, 1))
    one = Result(
        PARTIAL.problem, records[0], records, times=dict(enumerate(moments, 1)), deadline=deadline, points=4.0
    )
    return Cohort("A", (PARTIAL.problem,), (1,), (learner_result(Learner("ada"), (one,)),), deadline=deadline)


def test_the_histogram_of_totals_counts_everybody_who_handed_something_in_once() -> None:
    chart = chart_totals(small())
    assert chart is not None
    assert sum(column.count for column in chart.columns) == 3
    assert chart.columns[-1].label == "90 to 100: 1 learner"
    assert chart.note == "3 learners handed something in; 1 of them has 90 of 100 or more."
    assert chart_totals(replace(small(), learners=small().learners[3:])) is None


def test_the_pass_line_is_the_exams_where_the_rules_name_no_other_mark() -> None:
    chart = chart_totals(small())
    assert chart is not None
    assert chart.mark is not None
    assert chart.mark.label == f"pass line {TO_PASS}"
    assert chart.columns[int(len(chart.columns) * chart.mark.at)].tick == str(TO_PASS)


def test_a_pass_mark_of_the_rules_decides_who_is_shown_as_passed(tmp_path: Path) -> None:
    (tmp_path / "cohort.toml").write_text("pass_mark = 55.5")
    rules = read_rules(tmp_path / "cohort.toml")
    cohort = replace(totals_of(55.0, 55.5, 58.0, 90.0), pass_mark=rules.pass_mark)
    chart = chart_totals(cohort)
    assert chart is not None
    assert chart.mark == Mark("pass line 55.5", pytest.approx(0.555))
    assert chart.note == "4 learners handed something in; 3 of them have 55.5 of 100 or more."
    assert [(part.tone, part.share) for part in chart.columns[5].parts] == [
        ("one", pytest.approx(1 / 3)),
        ("passed", pytest.approx(2 / 3)),
    ]
    assert ("At 55.5 or more", "3") in summarise(cohort)
    assert ["below" in row.kinds for row in tabulate(cohort).rows] == [True, False, False, False]
    assert results_record(cohort)["pass_mark"] == 55.5
    assert [each.key for each in changed_rules(CohortRules(), rules)] == ["pass_mark"]


def totals_of(*totals: float) -> Cohort:
    """A cohort of learners with these totals, each of one submission."""
    ada = small().learners[0]
    several = enumerate(totals)
    return replace(
        small(),
        learners=tuple(replace(ada, learner=Learner(f"l{number}"), total=total) for number, total in several),
    )


def test_the_time_line_has_the_days_of_the_cohorts_zone_and_what_came_late() -> None:
    deadline = datetime(2026, 6, 30, 23, 59, tzinfo=BERLIN)
    late, early = deadline + timedelta(minutes=5), deadline - timedelta(days=3)
    # By UTC's calendar the late one would be of the deadline's own day.
    chart = chart_times(handed_in(early, deadline, late.astimezone(UTC), deadline=deadline))
    assert chart is not None
    assert [column.count for column in chart.columns] == [1, 0, 0, 1, 1]
    assert chart.columns[-1].label == "Wed 01 Jul: 1 attempt, 1 after the deadline"
    assert [part.tone for part in chart.columns[-1].parts] == ["two"]
    assert "Europe/Berlin" in chart.note
    assert chart.mark is not None
    assert chart.mark.label == "deadline 2026-06-30 23:59 Europe/Berlin"
    assert 3.99 < 5 * chart.mark.at < 4.0


def test_one_evening_is_shown_hour_by_hour_also_when_clocks_change() -> None:
    # That night 2 o'clock came twice.
    began = datetime(2026, 10, 25, 0, 30, tzinfo=BERLIN)
    utc = [began.astimezone(UTC) + timedelta(hours=hour) for hour in range(5)]
    chart = chart_times(replace(handed_in(*utc), zone=BERLIN))
    assert chart is not None
    assert [column.count for column in chart.columns] == [1] * 5
    ticks = [column.label.split("from ")[1][:5] for column in chart.columns]
    assert ticks == ["00:00", "01:00", "02:00", "02:00", "03:00"]


def test_a_file_of_1970_does_not_make_a_chart_of_twenty_thousand_columns() -> None:
    chart = chart_times(handed_in(datetime(1970, 1, 1, tzinfo=UTC), datetime(2026, 6, 30, tzinfo=UTC)))
    assert chart is not None
    assert len(chart.columns) <= COLUMNS
    assert sum(column.count for column in chart.columns) == 2


def test_attempts_whose_time_is_not_known_are_counted_and_not_guessed() -> None:
    cohort = handed_in(datetime(2026, 6, 30, tzinfo=UTC), datetime(2026, 6, 29, tzinfo=UTC))
    (one,) = cohort.learners
    (only,) = one.results
    told = replace(only, times={1: only.times[1]})
    chart = chart_times(replace(cohort, learners=(replace(one, results=(told,)),)))
    assert chart is not None
    assert "Of 1 more it is not known" in chart.note
    assert chart_times(small()) is None


def test_discrimination_is_the_correlation_with_the_total_without_the_problem() -> None:
    cohort = CLASS
    found = discriminate(cohort)
    points = np.array([[each.points for each in one.results] for one in cohort.learners])
    scored = np.array(
        [
            [each.machine is not None or each.override is not None for each in one.results]
            for one in cohort.learners
        ]
    )
    for index, each in enumerate(found):
        rows = points[scored[:, index]]
        rest = rows.sum(axis=1) - rows[:, index]
        assert each is not None
        assert each.n == len(rows)
        assert each.r == pytest.approx(np.corrcoef(rows[:, index], rest)[0, 1])
        # Fisher: the interval is even in z, with a standard error of 1 / sqrt(n - 3).
        half = (np.arctanh(each.high) - np.arctanh(each.low)) / 2
        assert half == pytest.approx(1.96 / np.sqrt(each.n - 3))


def test_discrimination_is_told_of_enough_learners_with_different_points_only() -> None:
    cohort = many(ENOUGH)
    everybody = tuple(replace(one, results=tuple(map(_with_points, one.results))) for one in cohort.learners)
    whole = replace(cohort, learners=everybody)
    assert any(discriminate(whole))
    assert not any(discriminate(replace(whole, learners=everybody[1:])))
    same = tuple(
        learner_result(Learner(f"s{n}"), tuple(result(passed(problem), 1, "s") for problem in PROBLEMS))
        for n in range(ENOUGH)
    )
    assert not any(discriminate(replace(whole, learners=same)))


def test_reasons_that_differ_in_names_and_numbers_only_are_one() -> None:
    texts = (
        "The layer 'lambda_3' holds a function.",
        "The layer 'lambda_17' holds a function.",
        "The model takes (28, 28, 3), and this problem's inputs are (28, 28).",
        "The model takes (64, 64), and this problem's inputs are (28, 28).",
        "The file is empty.",
    )
    learners = tuple(
        learner_result(
            Learner(f"s{n}"), (result(replace(INVALID, reason=text), n, f"s{n}"), nothing(PROBLEMS[0]))
        )
        for n, text in enumerate(texts)
    )
    found = gather_reasons(Cohort("A", (INVALID.problem, PROBLEMS[0]), (1, 1), learners))
    assert [(each.text, each.count, each.learners) for each in found] == [
        (texts[0], 2, ("s0", "s1")),
        (texts[2], 2, ("s2", "s3")),
        (texts[4], 1, ("s4",)),
    ]


def test_a_learner_is_of_every_kind_that_a_mentor_may_look_for() -> None:
    kinds = {row.name: row.kinds for row in tabulate(small()).rows}
    assert kinds["Ada Okonkwo"] == ()
    assert kinds["bo"] == ("below", "late", "hand")
    assert kinds["Cem Öztürk-Oyelaran de la Fuente"] == ("below", "missing", "invalid", "waiting")
    assert kinds["Dee"] == ("below", "nothing", "missing")
    assert {kind for row in tabulate(CLASS).rows for kind in row.kinds} == set(KINDS)


def test_times_are_in_the_zone_of_the_rules_else_of_the_deadline_else_in_utc() -> None:
    cohort = small()
    assert str(replace(cohort, deadline=None).shown_zone) == "UTC"
    assert replace(cohort, deadline=datetime(2026, 6, 30, tzinfo=BERLIN)).shown_zone is BERLIN
    assert replace(cohort, zone=BERLIN).shown_zone is BERLIN


def test_a_generated_class_is_the_same_each_time() -> None:
    assert generated(40) == generated(40)
    assert len(look_alikes(generated(40))) == 2


def _with_points(each: Result) -> Result:
    return each if each.machine is not None else replace(result(PARTIAL, 1, "s"), problem=each.problem)
