"""A cohort's pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tfprep.cohorts import Cohort, Learner, Pending, Unmatched
from tfprep.cohorts.gradebook.item_analysis import analyse_cohort
from tfprep.cohorts.integrity.look_alikes import find_groups
from tfprep.cohorts.integrity.similarity import Evidence, Pair, Similarity
from tfprep.grader import Finding
from tfprep.reports.cohort.gradebook_table import Cell, cell_of, tabulate
from tfprep.reports.cohort.page import render_cohort, write_cohort
from tfprep.reports.cohort.sections import MOST
from tfprep.reports.cohort.summary import SHOWN, first_to_help, itemise, summarise
from tfprep.reports.wording import moment

from .cards import HOSTILE, INVALID, PARTIAL
from .classes import generated, look_alikes
from .cohorts import PROBLEMS, learner_result, many, nothing, result, small, strangers
from .test_page import Reader


def read(cohort: Cohort, out: Path) -> Reader:
    return Reader(write_cohort(cohort, out).read_text("utf-8"))


def test_the_page_shows_everybody_and_every_total(tmp_path: Path) -> None:
    text = read(small(), tmp_path).text
    for words in ("Spring 2026", "Ada Okonkwo", "100.0", "Cem Öztürk-Oyelaran de la Fuente", "20.0", "Dee"):
        assert words in text


def test_what_could_not_be_matched_or_graded_is_listed_with_its_reason(tmp_path: Path) -> None:
    text = read(small(), tmp_path).text
    for words in (
        "misc/model(3).h5",
        "Neither its name nor its folder",
        "c-17/problem5",
        "The engine went away.",
    ):
        assert words in text


def test_the_contents_lead_to_every_section_and_what_could_not_be_placed_stands_first() -> None:
    cohort = generated(40)
    page = Reader(render_cohort(cohort, tabulate(cohort), look_alikes(cohort)))
    inside = [link.removeprefix("#") for link in page.links if link.startswith("#")]
    assert inside == ["gradebook", *(each for each in page.ids if each in inside and each != "gradebook")]
    assert {"not-placed", "not-graded", "help", "nothing", "class", "problems", "invalid", "alike"} < set(
        inside
    )
    headings = (
        f"Could not be placed: {len(cohort.unmatched)}",
        "Who needs help first",
        "Problem by problem",
        "The gradebook",
    )
    places = [page.text.rindex(each) for each in headings]
    assert places == sorted(places)


def test_who_handed_in_nothing_is_listed_and_who_waits_is_not(tmp_path: Path) -> None:
    cohort = replace(small(), learners=small().learners[2:])
    assert "Handed in nothing: 1" in read(cohort, tmp_path).text
    waits = replace(cohort, pending=(Pending("dee", PROBLEMS[0], "dee/mymodel.h5", "Not graded yet."),))
    text = read(waits, tmp_path).text
    assert "Handed in nothing" not in text
    assert "1 not tried yet" in text


def test_reasons_of_invalid_work_are_gathered_with_names(tmp_path: Path) -> None:
    text = read(small(), tmp_path).text
    assert "Invalid work, by reason: 1" in text
    assert "1 in mnist" in text


def test_a_page_is_no_archive_of_ten_thousand_cases() -> None:
    lost = tuple(Unmatched(f"misc/{number}.h5", "It names nobody.") for number in range(MOST + 7))
    cohort = replace(small(), unmatched=lost)
    page = render_cohort(cohort, tabulate(cohort))
    assert page.count("It names nobody.") == MOST
    assert "And 7 more." in page
    assert f"Could not be placed: {MOST + 7}" in page


def test_every_page_of_a_cohort_names_the_zone_of_its_times(tmp_path: Path) -> None:
    cohort = generated(16)
    page = write_cohort(cohort, tmp_path)
    for each in (page, *(tmp_path / "learners").iterdir()):
        assert "in the time zone Europe/Berlin" in each.read_text("utf-8")
    tried = next(
        row.page
        for row, one in zip(tabulate(cohort).rows, cohort.learners, strict=True)
        if any(len(result.attempts) > 1 for result in one.results)
    )
    assert "Handed in (Europe/Berlin)" in (tmp_path / tried).read_text("utf-8")


def test_lateness_and_a_mentors_own_score_are_marked() -> None:
    late = replace(result(PARTIAL, 1, "bo"), late_by=timedelta(hours=2), penalty=0.125, points=3.5)
    assert cell_of(late) == Cell("3.5", "p3", ("late -12.5%",))
    by_hand = small().learners[1].results[2]
    assert cell_of(by_hand) == Cell("4", "p4", ("by hand",))


def test_an_invalid_file_is_no_zero() -> None:
    assert cell_of(result(INVALID, 1, "cem")) == Cell("-", "invalid", ("invalid",))
    assert cell_of(nothing(PROBLEMS[0])) == Cell("-", "none")
    assert cell_of(nothing(PROBLEMS[0]), waiting=True) == Cell("-", "waiting", ("waiting",))


def test_the_spread_counts_every_learner_once() -> None:
    for each in itemise(small(), analyse_cohort(small())):
        assert sum(bar.count for bar in each.bars) == len(small().learners)


def test_those_with_the_least_come_first_with_the_reason() -> None:
    needs = first_to_help(small(), analyse_cohort(small()))
    # Dee handed in nothing, and stands in a list of such people.
    assert [need.name for need in needs] == ["Cem Öztürk-Oyelaran de la Fuente", "bo"]
    assert {("flowers", "no submission"), ("forecast", "no result yet")} <= set(needs[0].why)
    assert ("imdb", "1 of 5. The loss was still falling when training stopped.") in needs[1].why
    assert len(first_to_help(many(60), analyse_cohort(many(60)))) == SHOWN


def test_the_summary_says_how_much_is_there() -> None:
    facts = dict(summarise(small()))
    assert facts["Graded"] == "13 of 20"
    assert facts["Waiting"] == facts["Not placed"] == "1"


def test_every_learner_has_a_page_of_their_own(tmp_path: Path) -> None:
    links = [link for link in read(small(), tmp_path).links if link.startswith("learners/")]
    assert links
    assert {(tmp_path / link).is_file() for link in links} == {True}
    bo = Reader((tmp_path / "learners" / "0002-bo.html").read_text("utf-8")).text
    for words in (
        "Scored by hand: 4 of 5 instead of the grader's 2 of 5. The file was saved by the old lab machines.",
        "Handed in 26 hours late, which costs 20%: 3.2 of 5 count.",
        "2 attempts",
        "Train longer.",
    ):
        assert words in bo


def test_a_page_of_somebody_who_left_is_removed(tmp_path: Path) -> None:
    write_cohort(small(), tmp_path)
    cohort = small()
    write_cohort(replace(cohort, learners=cohort.learners[:1]), tmp_path)
    assert [page.name for page in (tmp_path / "learners").iterdir()] == ["0001-ada.html"]


def test_hostile_names_stay_text_and_inside_the_folder(tmp_path: Path) -> None:
    page = read(strangers(), tmp_path / "out")
    (own,) = (tmp_path / "out" / "learners").iterdir()
    for reader in (page, Reader(own.read_text("utf-8"))):
        # The cohort's page has one script, which is not theirs: see browser/test_safety.py.
        assert reader.tags.count("script") == (reader is page)
        assert HOSTILE.split("\x1b", maxsplit=1)[0] in reader.text
        assert all(link.startswith(("learners/", "../cohort.html", "#")) for link in reader.links)
    assert sorted(path.name for path in tmp_path.rglob("*.html")) == [own.name, "cohort.html"]


def test_no_name_turns_the_direction_of_a_page_or_certificate() -> None:
    assert Learner("rtl", "Ada \u202eecalevoL\u2066 \x1b[31mRed").shown == "Ada ecalevoL Red"
    assert Learner("\u202eid", "\u202e").shown == "id"


@pytest.mark.parametrize("name", ["..", "", "日本", "CON", "a/b", "a" * 300])
def test_any_id_makes_a_plain_file_name(name: str) -> None:
    cohort = small()
    book = tabulate(replace(cohort, learners=(learner_result(Learner(name), cohort.learners[0].results),)))
    page = book.rows[0].page.removeprefix("learners/")
    assert page.startswith("0001-")
    assert len(page) < 60
    assert all(each.isascii() and (each.isalnum() or each in "-.") for each in page)


def test_an_empty_cohort_has_a_page(tmp_path: Path) -> None:
    cohort = small()
    empty = Cohort("Nobody yet", cohort.problems, cohort.weights, ())
    assert "Nobody yet" in read(empty, tmp_path).text


def test_a_problem_this_installation_does_not_know_is_shown_by_its_id(tmp_path: Path) -> None:
    card = replace(PARTIAL, problem="problem99")
    cohort = Cohort("Old", ("problem99",), (1,), (learner_result(Learner("ada"), (result(card, 1, "ada"),)),))
    assert "problem99" in read(cohort, tmp_path).text


def test_similar_submissions_are_shown_with_their_evidence_and_no_verdict(tmp_path: Path) -> None:
    pair = Pair(
        "problem2", ("ada", "bo"), (1, 2), (Evidence(Similarity.FILE, "The same file, byte by byte."),)
    )
    text = Reader(write_cohort(small(), tmp_path, find_groups([pair])).read_text("utf-8")).text
    for words in (
        "Ada Okonkwo and bo",
        "The same file, byte by byte.",
        "Did these 2 people work together?",
        "not a verdict",
    ):
        assert words in text
    assert "work together" not in read(small(), tmp_path).text


def test_a_model_that_may_know_the_hidden_test_set_is_named_with_numbers(tmp_path: Path) -> None:
    known = Finding("memorised", "It predicts these inputs far better.", "0.31 instead of 1.00.")
    cohort = small()
    results = (result(replace(PARTIAL, problem=PROBLEMS[0], findings=(known,)), 1, "ada"),)
    results += cohort.learners[0].results[1:]
    ada = learner_result(cohort.learners[0].learner, results)
    text = read(replace(cohort, learners=(ada, *cohort.learners[1:])), tmp_path).text
    assert "Models that may know the hidden test set" in text
    assert "0.31 instead of 1.00." in text


def test_a_problem_s_findings_are_shown_with_share_and_learners(tmp_path: Path) -> None:
    text = read(small(), tmp_path).text
    assert "The loss was still falling when training stopped." in text
    assert "33%" in text


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("UTC", "2026-06-30 23:59 UTC"),
        ("Europe/Berlin", "2026-06-30 23:59 (Europe/Berlin), 21:59 UTC"),
        ("Asia/Kolkata", "2026-06-30 23:59 (Asia/Kolkata), 18:29 UTC"),
        ("America/New_York", "2026-06-30 23:59 (America/New_York), 2026-07-01 03:59 UTC"),
    ],
)
def test_the_deadline_is_shown_in_its_own_zone_and_in_utc(tmp_path: Path, zone: str, shown: str) -> None:
    deadline = datetime(2026, 6, 30, 23, 59, tzinfo=ZoneInfo(zone))
    assert f"Deadline {shown}" in read(replace(small(), deadline=deadline), tmp_path).text


def test_other_moments_are_shown_in_utc_whatever_zone_they_are_given_in() -> None:
    assert moment(datetime(2026, 6, 30, 23, 59, tzinfo=ZoneInfo("Asia/Kolkata"))) == "2026-06-30 18:29 UTC"


def test_a_cell_of_the_gradebook_names_the_likely_scores() -> None:
    best = small().learners[0].results[0]
    assert best.counted is not None
    unsure = replace(best.counted, card=replace(best.counted.card, scores_in_interval=(4, 5)))
    assert cell_of(replace(best, counted=unsure)).likely == "4 or 5"
    certain = replace(best.counted, card=replace(best.counted.card, scores_in_interval=(5,)))
    assert not cell_of(replace(best, counted=certain)).likely


def test_what_the_results_stand_under_and_who_is_marked_late_are_on_the_page(tmp_path: Path) -> None:
    first, *others = small().learners
    marked = replace(first.results[0], marked_late=True, penalty=0.1, points=4.5, late_by=None)
    one = replace(first, results=(marked, *first.results[1:]))
    note = "cohort.toml was edited since."
    cohort = replace(small(), learners=(one, *others), notes=(note,))
    assert note in read(cohort, tmp_path).text
    pages = [path.read_text("utf-8") for path in sorted((tmp_path / "learners").iterdir())]
    assert "The platform marks it as late, which costs 10%: 4.5 of 5 count." in pages[0]
    assert "marked late -10%" in cell_of(marked).marks
