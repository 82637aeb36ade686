"""The index of every attempt, and the folder where pages are kept."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from tfprep.grader import Record, ScoreCard, Verdict
from tfprep.grader.services import ReportData
from tfprep.problems import usual_problems
from tfprep.reports.page import render_page
from tfprep.reports.page_store import AT_ONCE, MOST_AT_ONCE, PageStore, render_index
from tfprep.reports.plots import draw_metric

from .cards import HOSTILE, INVALID, PARTIAL, recorded, untold

PASSED = replace(PARTIAL, verdict=Verdict.PASSED, score=5, problem="problem3")


def no_report_data(record: Record) -> ReportData:
    return ReportData()


def test_every_problem_stands_in_the_index_tried_or_not() -> None:
    page = render_index([recorded(PARTIAL)], ())
    for problem in usual_problems():
        assert problem.title in page
    assert page.count("Not tried yet") == len(usual_problems()) - 1


def test_every_attempt_is_listed_and_linked_where_it_has_a_page() -> None:
    records = [recorded(card, number=number) for number, card in enumerate((PARTIAL, INVALID, PASSED), 1)]
    page = render_index(records, {1, 3})
    assert re.findall(r'href="(\d+\.html)"', page) == ["1.html", "3.html"]
    assert "Not scored" in page
    assert "1 of 5 categories passed" in page


def test_the_exams_that_have_a_page_are_listed(tmp_path: Path) -> None:
    store = PageStore(tmp_path)
    for name in ("exam-10.html", "exam-2.html", "exam-x.html", "exam-.html"):
        (tmp_path / name).write_text("")
    page = store.put_index([recorded(PARTIAL)]).read_text("utf-8")
    assert re.findall(r'href="(exam-.*?)"', page) == ["exam-2.html", "exam-10.html"]


def test_an_attempt_at_a_problem_that_is_gone_is_listed_all_the_same() -> None:
    assert "problem99" in render_index([recorded(replace(PARTIAL, problem="problem99"))], ())


def test_learners_are_named_where_there_are_several() -> None:
    alone = render_index([recorded(PARTIAL)], ())
    both = render_index([recorded(PARTIAL), recorded(PARTIAL, learner="bob", number=8)], ())
    assert '<th scope="col">Learner</th>' not in alone
    assert '<td translate="no">bob</td>' in both


def test_a_stranger_s_name_stays_text_in_the_index() -> None:
    records = [recorded(PARTIAL), recorded(PARTIAL, learner=HOSTILE, number=8)]
    page = render_index(records, ())
    assert "<script" not in page
    assert "<img" not in page


def test_five_thousand_attempts_stay_usable() -> None:
    records = [recorded(PARTIAL, number=number) for number in range(1, 5001)]
    page = render_index(records, range(1, 5001))
    before, *folded = page.split("<details>")
    assert before.count("<tr>") - 1 == AT_ONCE
    assert len(folded) == 50
    assert max(part.count("<tr>") - 1 for part in folded) <= 100
    assert page.count('<th scope="row"') == 5000
    assert len(page) < 2_000_000


def test_the_shelf_writes_the_newest_missing_pages_and_no_more_at_once(tmp_path: Path) -> None:
    store = PageStore(tmp_path)
    records = [recorded(PARTIAL, number=number) for number in range(1, MOST_AT_ONCE + 6)]
    index = store.put_all(records, no_report_data)
    assert store.kept() == frozenset(range(6, MOST_AT_ONCE + 6))
    assert 'href="5.html"' not in index.read_text("utf-8")
    store.put_all(records, no_report_data)
    assert store.kept() == frozenset(range(1, MOST_AT_ONCE + 6))


def test_a_page_that_is_there_is_left_alone(tmp_path: Path) -> None:
    store = PageStore(tmp_path)
    store.put(recorded(PARTIAL), ReportData()).write_text("mine", "utf-8")
    store.put_all([recorded(PARTIAL)], no_report_data)
    assert (tmp_path / "7.html").read_text("utf-8") == "mine"


def test_no_page_is_kept_of_what_a_running_exam_tells(tmp_path: Path) -> None:
    in_exam = ScoreCard(
        problem="problem2", data_source="package", verdict=Verdict.PARTIAL, reason="4 of 5.", score=4
    )
    store = PageStore(tmp_path)
    store.put_all([recorded(in_exam)], no_report_data)
    assert store.kept() == frozenset()


def test_pages_lead_to_the_index_to_the_attempts_around_and_from_their_table(tmp_path: Path) -> None:
    store = PageStore(tmp_path)
    records = tuple(recorded(PARTIAL, number=number) for number in (3, 5, 8))
    for count, record in enumerate(records, 1):
        for _ in range(2):
            store.put(record, ReportData(attempts=records[:count]))
    store.put_index(records)
    first, middle, last = ((tmp_path / f"{number}.html").read_text("utf-8") for number in (3, 5, 8))
    assert re.findall(r'<a href="([^"]+)">([a-z]+)', first) == [("index.html", "all"), ("5.html", "next")]
    ways = [("index.html", "all"), ("3.html", "previous"), ("8.html", "next")]
    assert re.findall(r'<a href="([^"]+)">([a-z]+)', middle) == ways
    assert re.findall(r'<a href="([^"]+)">([0-9]+)', last) == [("5.html", "5"), ("3.html", "3")]
    linked = set(re.findall(r'href="([^"#]+)"', first + middle + last))
    assert {name for name in linked if not (tmp_path / name).is_file()} == set()


def test_a_page_alone_leads_nowhere() -> None:
    assert "href" not in render_page(recorded(PARTIAL), ReportData(attempts=(recorded(PARTIAL),)))


def test_the_metric_is_drawn_from_attempt_to_attempt_where_it_was_told() -> None:
    told = [recorded(replace(PARTIAL, value=value), number=n) for n, value in enumerate((0.52, 0.96), 1)]
    plot = draw_metric(told)
    assert plot is not None
    assert "From 0.520 to 0.960" in plot.caption
    assert draw_metric(told[:1]) is None
    assert draw_metric([*told[:1], replace(told[1], figures_of=1)]) is None


def test_a_page_of_what_changed_nothing_is_not_a_page_of_a_pass() -> None:
    page, index = render_page(untold(), ReportData()), render_index([untold()], {7})
    assert 'class="hero sheet tone-no_change"' in page
    assert "is still your best" in page
    assert 'class="word tone-passed"' not in index
    assert "as 1" in index
