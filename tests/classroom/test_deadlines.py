"""A deadline is one moment, whatever the zone and the clocks; an extension only gives time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tfprep.classroom.deadlines import Lateness
from tfprep.classroom.rules import CohortRules
from tfprep.classroom.rules_file import read_rules

from .test_rules import refusal, written


def test_a_deadline_without_a_zone_gets_the_one_that_is_named(tmp_path: Path) -> None:
    rules = read_rules(written(tmp_path, 'timezone = "Europe/Berlin"\ndeadline = 2026-01-31T23:59:00\n'))
    assert rules.deadlines.cohort == datetime(2026, 1, 31, 22, 59, tzinfo=UTC)


def test_a_deadline_without_any_zone_is_refused(tmp_path: Path) -> None:
    assert "timezone" in refusal(tmp_path, "deadline = 2026-01-31T23:59:00")


def test_lateness_begins_after_the_grace_and_costs_for_each_day_begun(tmp_path: Path) -> None:
    rules = read_rules(
        written(
            tmp_path,
            "deadline = 2026-01-31T12:00:00Z\ngrace_minutes = 30\n[late]\nper_day = 0.1\ncap = 0.25",
        )
    )
    noon = datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert lateness(rules, noon + timedelta(minutes=30)) is None
    assert lateness(rules, None) is None
    assert late_by(rules, noon + timedelta(minutes=31)) == timedelta(minutes=1)
    for late, cost in (
        (timedelta(minutes=1), 0.1),
        (timedelta(days=1), 0.1),
        (timedelta(days=1, seconds=1), 0.2),
        (timedelta(days=9), 0.25),
    ):
        assert rules.late.cost(lateness(rules, noon + timedelta(minutes=30) + late)) == cost
    assert rules.late.cost(None) == 0.0


@pytest.mark.parametrize(
    ("zone", "deadline", "in_utc"),
    [
        ("Asia/Kolkata", "2026-06-30T23:59:00", datetime(2026, 6, 30, 18, 29, tzinfo=UTC)),
        ("America/New_York", "2026-01-31T23:59:00", datetime(2026, 2, 1, 4, 59, tzinfo=UTC)),
        ("America/New_York", "2026-06-30T23:59:00", datetime(2026, 7, 1, 3, 59, tzinfo=UTC)),
        ("Europe/Berlin", "2026-03-28T23:59:00", datetime(2026, 3, 28, 22, 59, tzinfo=UTC)),
        ("Europe/Berlin", "2026-03-29T23:59:00", datetime(2026, 3, 29, 21, 59, tzinfo=UTC)),
        ("Europe/Berlin", "2026-10-25T23:59:00", datetime(2026, 10, 25, 22, 59, tzinfo=UTC)),
        ("Europe/Berlin", "2026-06-30T23:59:00-04:00", datetime(2026, 7, 1, 3, 59, tzinfo=UTC)),
    ],
)
def test_a_deadline_is_one_moment_in_summer_and_in_winter(
    tmp_path: Path, zone: str, deadline: str, in_utc: datetime
) -> None:
    rules = read_rules(written(tmp_path, f'timezone = "{zone}"\ndeadline = {deadline}'))
    assert rules.deadlines.cohort == in_utc
    assert lateness(rules, in_utc) is None
    assert late_by(rules, in_utc + timedelta(minutes=1)) == timedelta(minutes=1)


def lateness(rules: CohortRules, handed_in: datetime | None) -> Lateness | None:
    return rules.deadlines.lateness(rules.deadlines.of("problem1", "ada"), handed_in)


def late_by(rules: CohortRules, handed_in: datetime) -> timedelta:
    found = lateness(rules, handed_in)
    assert found is not None
    return found.by


def late(folder: Path, zone: str, deadline: str) -> CohortRules:
    text = f'timezone = "{zone}"\ndeadline = {deadline}\n[late]\nper_day = 0.1'
    return read_rules(written(folder, text))


@pytest.mark.parametrize(
    ("zone", "deadline"),
    [
        ("Asia/Kolkata", "2026-06-30T23:59:00"),
        ("America/New_York", "2026-06-30T23:59:00"),
        ("Europe/Berlin", "2026-06-30T23:59:00"),
    ],
)
def test_a_file_of_the_next_day_costs_one_day_in_every_zone(tmp_path: Path, zone: str, deadline: str) -> None:
    rules = late(tmp_path, zone, deadline)
    handed_in = datetime.fromisoformat(deadline).replace(tzinfo=ZoneInfo(zone)) + timedelta(hours=23)
    assert rules.late.cost(lateness(rules, handed_in)) == 0.1


def test_lateness_is_measured_in_elapsed_time_over_a_clock_change(tmp_path: Path) -> None:
    """A file and its deadline in one time zone, subtracted as wall clocks, would come out an hour off."""
    rules = late(tmp_path, "Europe/Berlin", "2026-10-24T23:59:00")
    after = datetime(2026, 10, 25, 3, 59, tzinfo=UTC)
    assert late_by(rules, after) == timedelta(hours=6)
    assert late_by(rules, after.astimezone(ZoneInfo("Asia/Kolkata"))) == timedelta(hours=6)


def test_nor_does_it_matter_that_the_file_s_time_is_in_the_deadline_s_zone(tmp_path: Path) -> None:
    rules = late(tmp_path, "Europe/Berlin", "2026-10-24T23:59:00")
    after = datetime(2026, 10, 25, 3, 59, tzinfo=UTC).astimezone(rules.zone)
    assert late_by(rules, after) == timedelta(hours=6)


@pytest.mark.parametrize(
    ("zone", "deadline", "handed_in"),
    [
        ("Europe/Berlin", "2026-10-24T23:59:00", "2026-10-25T23:30:00+01:00"),
        ("America/New_York", "2026-10-31T23:59:00", "2026-11-01T23:30:00-05:00"),
    ],
)
def test_the_day_of_25_hours_is_one_day(tmp_path: Path, zone: str, deadline: str, handed_in: str) -> None:
    rules = late(tmp_path, zone, deadline)
    assert rules.late.cost(lateness(rules, datetime.fromisoformat(handed_in))) == 0.1


def test_the_day_of_23_hours_is_one_day_and_what_comes_after_it_is_the_next(tmp_path: Path) -> None:
    rules = late(tmp_path, "Europe/Berlin", "2026-03-28T23:59:00")
    handed_in = datetime.fromisoformat("2026-03-30T00:30:00+02:00")
    assert rules.late.cost(lateness(rules, handed_in)) == 0.2


@pytest.mark.parametrize(
    ("moment", "came", "first", "second"),
    [
        ("2026-10-25T02:30:00", "twice", "2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"),
        ("2026-03-29T02:30:00", "not at all", "2026-03-29T01:30:00+01:00", "2026-03-29T03:30:00+02:00"),
    ],
)
def test_a_time_that_came_twice_or_never_is_refused_with_the_two_choices(
    tmp_path: Path, moment: str, came: str, first: str, second: str
) -> None:
    for key in (
        f"deadline = {moment}",
        f"[problems.mnist]\ndeadline = {moment}",
        f"[exam]\ncloses = {moment}",
    ):
        sentence = refusal(tmp_path, f'timezone = "Europe/Berlin"\n{key}')
        assert f"came {came} in Europe/Berlin" in sentence
        assert f"Write {first} or {second}." in sentence
    for choice in (first, second):
        chosen = read_rules(written(tmp_path, f'timezone = "Europe/Berlin"\ndeadline = {choice}'))
        assert chosen.deadlines.cohort == datetime.fromisoformat(choice)


@pytest.mark.parametrize(
    ("name", "offered"),
    [
        ("CEST", "Europe/Berlin"),
        ("cet", "Europe/Berlin"),
        ("EST", "America/New_York"),
        ("PDT", "America/Los_Angeles"),
        ("IST", "Asia/Kolkata"),
        ("WIB", "Asia/Jakarta"),
        ("KST", "Asia/Seoul"),
        ("Europe/Berlln", "Europe/Berlin"),
    ],
)
def test_an_abbreviation_is_refused_with_a_zone_of_the_same_clocks(
    tmp_path: Path, name: str, offered: str
) -> None:
    assert offered in refusal(tmp_path, f'timezone = "{name}"')


def test_a_date_without_a_time_is_told_as_such(tmp_path: Path) -> None:
    assert "found 2026-06-30, which has no time of day" in refusal(tmp_path, "deadline = 2026-06-30")


WEEKS = """timezone = "Europe/Berlin"
deadline = 2026-06-30T23:59:00
grace_minutes = 10
[problems.regression]
deadline = 2026-06-09T23:59:00
[problems.mnist]
"""


def test_each_problem_may_have_a_deadline_of_its_own(tmp_path: Path) -> None:
    deadlines = read_rules(written(tmp_path, WEEKS)).deadlines
    assert deadlines.of("problem1", "ada") == datetime(2026, 6, 9, 21, 59, tzinfo=UTC)
    assert deadlines.of("problem2", "ada") == datetime(2026, 6, 30, 21, 59, tzinfo=UTC)


def test_an_extension_is_given_to_an_id_a_name_or_an_address_and_takes_no_time_away(tmp_path: Path) -> None:
    text = WEEKS + "[extensions]\nada = 2026-06-16T12:00:00\n'Ben Okri' = {regression = 2026-06-10T08:00:00}"
    deadlines = read_rules(written(tmp_path, text)).deadlines
    longer = datetime(2026, 6, 16, 10, tzinfo=UTC)
    assert deadlines.of("problem1", "ada", "ada@x.org", "Ada L.") == longer
    assert deadlines.of("problem1", "7", "ADA", "Ada L.") == longer
    assert deadlines.of("problem2", "ada") == deadlines.of("problem2", "zoe")
    assert deadlines.of("problem1", "7", "", "Ben Okri") == datetime(2026, 6, 10, 6, tzinfo=UTC)
    assert deadlines.of("problem2", "7", "", "Ben Okri") == deadlines.of("problem2", "zoe")
    assert deadlines.without_learner(["ada", "zoe"]) == ("Ben Okri",)


def test_extensions_may_stand_in_a_csv(tmp_path: Path) -> None:
    (tmp_path / "more.csv").write_text(
        "learner;problem;deadline\nada;1;2026-06-16 12:00\nzoe;;2026-07-07 23:59\n"
    )
    text = WEEKS.replace("grace_minutes = 10", 'extensions_file = "more.csv"')
    deadlines = read_rules(written(tmp_path, text)).deadlines
    assert deadlines.of("problem1", "ada") == datetime(2026, 6, 16, 10, tzinfo=UTC)
    assert deadlines.of("problem2", "zoe") == datetime(2026, 7, 7, 21, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("extension", "sentence"),
    [
        ("ada = 2026-06-01T12:00:00", "is no later than the deadline"),
        ("ada = {mnist = 2026-06-20T12:00:00}", "is no later than the deadline"),
        ('ada = "next week"', "expected a date and time without quotes"),
        ("ada = 2026-07-01", "which has no time of day"),
        ("ada = {mnits = 2026-07-20T12:00:00}", "mnist"),
        ("ada = 2026-10-25T02:30:00", "came twice"),
    ],
)
def test_an_extension_that_cannot_be_meant_is_refused(tmp_path: Path, extension: str, sentence: str) -> None:
    refused = refusal(tmp_path, f"{WEEKS}[extensions]\n{extension}")
    assert sentence in refused
    assert "extensions.ada" in refused
