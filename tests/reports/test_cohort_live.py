"""The page of a cohort while its batch runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tfprep.classroom.rules import CohortRules
from tfprep.cohorts import Cohort
from tfprep.cohorts.batch.progress import Progress
from tfprep.grader import Verdict
from tfprep.grader.ledger import Ledger
from tfprep.reports.cohort import live
from tfprep.reports.cohort.batch_status import BatchStatus, Phase
from tfprep.reports.cohort.gradebook_table import tabulate
from tfprep.reports.cohort.live import LONGEST, SECONDS, SHARE, LivePage, live_page
from tfprep.reports.cohort.page import PAGE, render_cohort

from ..cohorts.results import read_cohort
from ..cohorts.text_models import hand_in, make_setup
from .cohorts import small
from .test_page import Reader

WHEN = datetime(2026, 6, 30, 21, 30, 5, tzinfo=UTC)


def read(path: Path) -> str:
    return Reader(path.read_text("utf-8")).text


@dataclass
class Clock:
    """Seconds that pass when they are told to."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Pages:
    """Counts how often the results are read for a page, which takes `each` seconds."""

    clock: Clock
    each: float
    names: list[str] = field(default_factory=list)

    def read(self, name: str) -> Cohort:
        self.names.append(name)
        self.clock.now += self.each
        return small()


def test_while_a_batch_runs_its_page_says_how_far_it_is_and_is_always_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "SECONDS", 0.0)
    monkeypatch.setattr(live, "SHARE", 0.0)
    setup, seen = make_setup(tmp_path), []

    def results(name: str) -> Cohort:
        with Ledger.open(setup.where) as ledger:
            return read_cohort(ledger, name, CohortRules())

    with live_page(results, lambda name: tmp_path / "out", print) as on_progress:

        def look(progress: Progress) -> None:
            on_progress(progress)
            seen.append((progress.done, (tmp_path / "out" / PAGE).read_text("utf-8")))
            if progress.done == 3:
                setup.pool.calls.stop.set()

        setup.on_progress = look
        setup.grade(hand_in("dee", "sleeps"), *(hand_in(f"learner{n}", f"right {n}") for n in range(3)))
    assert {done for done, _ in seen} >= {3, 4}
    for done, page in seen:
        assert f"Grading: {done} of 4 done, {4 - done} left" in page
        assert page.rstrip().endswith("</html>")
        # The one that had no result in the end still waits for one.
        assert page.count("<small>waiting</small>") == max(4 - done, 1)
    assert "Look-alikes are being compared." in read(tmp_path / "out" / PAGE)


def test_pages_are_seconds_apart_and_take_a_twentieth_of_the_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "render_cohort", lambda *values, **more: "")
    for each, apart in ((0.01, SECONDS), (2.0, 2.0 * SHARE), (30.0, LONGEST + 30.0)):
        clock = Clock()
        pages = Pages(clock, each)
        page = LivePage(pages.read, lambda name: tmp_path, print, clock)
        while clock.now < 5 * apart:
            page.show(Progress(40, 3, cohort="Spring 2026"))
            clock.now += 0.25
        assert len(pages.names) == pytest.approx(5, abs=1)
        assert set(pages.names) == {"Spring 2026"}


def test_a_page_is_written_anew_where_nothing_was_finished(tmp_path: Path) -> None:
    """So that a page that stays old means a program that has ended."""
    clock = Clock()
    pages = Pages(clock, 0.0)
    page = LivePage(pages.read, lambda name: tmp_path, print, clock)
    for _ in range(5):
        page.show(Progress(40, 3, cohort="Spring 2026"))
        clock.now += SECONDS
    assert len(pages.names) == 5


def test_a_batch_that_a_person_stops_leaves_a_page_that_says_so(tmp_path: Path) -> None:
    def stopped() -> None:
        with live_page(lambda name: small(), lambda name: tmp_path, print) as on_progress:
            on_progress(Progress(40, 12, cohort="Spring 2026"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    text = read(tmp_path / "cohort.html")
    assert "Grading was stopped: 12 of 40 done, 28 left. Run the same command again to go on." in text
    assert "refresh" not in (tmp_path / "cohort.html").read_text("utf-8")


def test_a_batch_without_a_folder_of_its_own_keeps_the_page_where_report_writes_it(tmp_path: Path) -> None:
    told: list[str] = []
    usual = (lambda name: small(), lambda name: tmp_path / name, told.append)
    with live_page(*usual, last=Phase.GRADED) as on_progress:
        on_progress(Progress(3, 3, cohort="spring"))
    assert (told, list(tmp_path.iterdir())) == ([], []), "nothing was graded: what lies there is left alone"
    with live_page(*usual, last=Phase.GRADED) as on_progress:
        on_progress(Progress(3, 1, {Verdict.PASSED: 1}, cohort="spring"))
        page = tmp_path / "spring" / PAGE
        assert "Grading: 1 of 3 done, 2 left" in read(page)
        on_progress(Progress(3, 3, {Verdict.PASSED: 3}, cohort="spring"))
    assert told == [f"While this runs, {page} shows how far it has come."]
    assert "Graded: 3 of 3 done, 0 left." in read(page)
    assert "`tfprep cohort report` writes learners' own pages" in read(page)
    assert "refresh" not in page.read_text("utf-8")


def test_what_a_killed_program_leaves_names_the_time_that_it_was_true() -> None:
    text = Reader(render(Phase.GRADING)).text
    assert "So it was when this page was last updated: 2026-06-30 21:30:05 UTC." in text
    assert "If that is long ago, grading has ended without saying so" in text


def test_names_are_links_once_the_learners_pages_are_written() -> None:
    assert not [link for link in Reader(render(Phase.GRADING)).links if "learners/" in link]


def test_only_a_page_that_another_one_follows_loads_itself_again() -> None:
    for phase, follows in (
        (Phase.GRADING, True),
        (Phase.COMPARING, True),
        (Phase.GRADED, False),
        (Phase.STOPPED, False),
    ):
        page = render(phase)
        assert ('http-equiv="refresh"' in page) is follows
        assert ("data-reload" in page) is follows
    finished = render_cohort(small(), tabulate(small()))
    assert "refresh" not in finished
    assert "data-written" not in finished


def test_a_page_that_cannot_be_written_is_told_once_and_ends_no_batch(tmp_path: Path) -> None:
    told: list[str] = []
    (no_folder := tmp_path / "out").write_text("")
    clock = Clock()
    page = LivePage(lambda name: small(), lambda name: no_folder, told.append, clock)
    for _ in range(3):
        page.show(Progress(40, 3))
        clock.now += SECONDS
    assert len(told) == 1
    assert told[0].endswith("Grading goes on.")


def render(phase: Phase) -> str:
    return render_cohort(small(), tabulate(small()), batch_status=BatchStatus(phase, Progress(40, 12), WHEN))
