"""The clock counts used time rightly, whatever is done to the machine's clocks."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfprep.exams import running_exams
from tfprep.exams.running_exams import read_clock
from tfprep.grader.records.exam import Clock, ClockReading, elapsed

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def reading(minutes: float, steady: float | None = None, boot: str = "one") -> ClockReading:
    """The clocks `minutes` after noon by the calendar; by the counter too, unless `steady` says otherwise."""
    counted = 60 * (1_000 + minutes) if steady is None else steady
    return ClockReading(NOON + minutes * MINUTE, boot, counted)


def started(minutes: float = 300, boot: str = "one") -> Clock:
    return Clock(minutes * MINUTE, reading(0, boot=boot))


class SixMinutesAgo:
    """What a program's calendar says that was started by `faketime -f -6m`."""

    fromtimestamp = datetime.fromtimestamp

    @staticmethod
    def now(zone: tzinfo) -> datetime:
        return datetime.now(zone) - 6 * MINUTE


@pytest.mark.skipif(sys.platform != "linux", reason="other kernels stamp no datagram between two sockets")
def test_a_program_that_is_given_another_calendar_than_the_kernel_s_tells_it_whatever_files_are_covered(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Root can mount a file over each of /proc: none is asked for the calendar."""
    assert abs(read_clock(tmp_path).off) < timedelta(seconds=5)
    monkeypatch.setattr(running_exams, "datetime", SixMinutesAgo)
    monkeypatch.setattr(Path, "read_text", lambda *_: "0.0")
    assert abs(read_clock(tmp_path).off + 6 * MINUTE) < timedelta(seconds=5)
    assert abs(started().at(read_clock(tmp_path)).gap) >= 5 * MINUTE


@pytest.mark.parametrize("folder", ["", "logs"])
def test_a_calendar_that_was_set_back_is_behind_what_was_written_in_the_home_before(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, folder: str
) -> None:
    (tmp_path / folder).mkdir(exist_ok=True)
    (tmp_path / folder / "tfprep.log").write_text("A command of before.")
    monkeypatch.setattr(running_exams, "_stamps_of_the_kernel", lambda: ())  # the whole machine's was set
    assert read_clock(tmp_path).off == timedelta()
    monkeypatch.setattr(running_exams, "datetime", SixMinutesAgo)
    assert abs(read_clock(tmp_path).off + 6 * MINUTE) < timedelta(seconds=5)


def test_a_restart_is_counted_and_a_calendar_that_was_set_back_over_it_is_a_gap() -> None:
    clock = started().at(reading(60)).at(reading(61, steady=30, boot="two"))
    assert (clock.restarts, clock.gap) == (1, timedelta())
    clock = clock.at(reading(21, steady=30, boot="three"))
    assert (clock.restarts, clock.gap) == (2, 40 * MINUTE)


def test_time_goes_by_while_the_terminal_is_closed() -> None:
    assert started().at(reading(200)).left == 100 * MINUTE


def test_time_is_up_exactly_when_all_of_it_is_used() -> None:
    assert not started().at(reading(299.99)).over
    assert started().at(reading(300)).over
    assert started().at(reading(5_000)).left == timedelta()


def test_setting_the_clock_back_wins_no_time() -> None:
    clock = started().at(reading(100))
    back = clock.at(reading(-600, steady=60 * 1_101))
    assert back.left == 199 * MINUTE


def test_setting_the_clock_forward_loses_no_time() -> None:
    assert started().at(reading(9_000, steady=60 * 1_010)).left == 290 * MINUTE


def test_a_restart_is_bridged_by_the_calendar() -> None:
    assert started().at(reading(120, steady=30, boot="two")).left == 180 * MINUTE


def test_setting_the_clock_back_over_a_restart_costs_at_least_the_time_since_the_restart() -> None:
    clock = started().at(reading(100))
    assert clock.at(reading(-600, steady=60 * 20, boot="two")).left == 180 * MINUTE


def test_a_machine_that_names_no_start_is_held_to_calendar_and_counter() -> None:
    clock = started(boot="")
    assert clock.at(reading(60, boot="")).left == 240 * MINUTE
    assert clock.at(reading(-60, steady=60 * 1_030, boot="")).left == 270 * MINUTE
    assert clock.at(reading(90, steady=5, boot="")).left == 210 * MINUTE


def test_another_time_zone_changes_nothing() -> None:
    later = reading(30, boot="two", steady=0)
    elsewhere = ClockReading(later.when.astimezone(timezone(timedelta(hours=9))), "two", 0)
    assert started().at(elsewhere).left == started().at(later).left


def test_a_paused_clock_stands_still_and_goes_on_where_it_stood() -> None:
    clock = started().pause(reading(10)).at(reading(500))
    assert clock.left == 290 * MINUTE
    assert clock.resume(reading(600)).at(reading(605)).left == 285 * MINUTE


def test_time_given_back_is_left_again_and_never_more_than_was_used() -> None:
    clock = started().at(reading(10))
    assert clock.give_back(4 * MINUTE).left == 294 * MINUTE
    assert clock.give_back(40 * MINUTE).left == 300 * MINUTE
    assert clock.give_back(-4 * MINUTE).left == 290 * MINUTE


def test_the_end_by_the_calendar_follows_what_is_left() -> None:
    for minutes in (20, 90):
        now = reading(minutes)
        assert started(60).at(now).end(now.when) == NOON + 60 * MINUTE


def test_a_calendar_that_is_put_right_again_costs_nothing_twice() -> None:
    clock = started().at(reading(100)).at(reading(-50_000, steady=60, boot="two"))
    assert clock.at(reading(110, steady=5, boot="three")).left == 189 * MINUTE


readings = st.builds(
    reading,
    st.floats(-1e5, 1e5),
    st.floats(0, 1e7),
    st.sampled_from(["", "one", "two"]),
)


@given(st.lists(readings, max_size=20))
def test_whatever_the_clocks_say_what_is_left_never_grows(moments: list[ClockReading]) -> None:
    clock = started()
    for moment in moments:
        later = clock.at(moment)
        assert later.left <= clock.left
        clock = later


@given(readings, readings)
def test_time_between_two_readings_is_never_negative(before: ClockReading, after: ClockReading) -> None:
    assert elapsed(before, after) >= timedelta()


@given(readings, st.floats(0, 1e5), st.floats(0, 1e5), st.booleans())
def test_a_clock_is_read_back_as_it_was_written(
    seen: ClockReading, used: float, returned: float, paused: bool
) -> None:
    clock = Clock(300 * MINUTE, seen, timedelta(seconds=used), timedelta(seconds=returned), paused)
    assert Clock.from_values(json.loads(json.dumps(clock.to_values()))) == clock


def test_the_machine_s_own_clocks_run_forward(tmp_path: Path) -> None:
    before = read_clock(tmp_path)
    after = read_clock(tmp_path)
    assert after.steady >= before.steady
    assert after.boot == before.boot
    assert before.when.tzinfo is UTC


@pytest.mark.skipif(not Path("/proc/uptime").exists(), reason="this is no Linux")
def test_the_counter_is_the_kernel_s_whatever_the_program_s_clocks_say(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = read_clock(tmp_path)
    monkeypatch.setattr("time.clock_gettime", lambda which: 0.0)
    monkeypatch.setattr("time.monotonic", lambda: 0.0)
    assert read_clock(tmp_path).steady >= before.steady > 1
