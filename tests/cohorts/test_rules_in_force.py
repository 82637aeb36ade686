"""Rules count from when somebody said so: whatever becomes of their file, nobody's grade moves by itself."""

from __future__ import annotations

import shutil
import socket
from dataclasses import replace

import pytest

from tfprep.cohorts.batch.progress import ignore_progress
from tfprep.cohorts.decisions import Audit
from tfprep.cohorts.gradebook.regrade import CannotRegrade, CardChange
from tfprep.cohorts.requests import GradeRequest
from tfprep.cohorts.rules_in_force import RulesPreview
from tfprep.errors import BadCohort
from tfprep.reports.cohort.results_json import audit_records
from tfprep.sandbox import Limits

from ..cars import RULES
from ..stand_in import Pool
from .mentors import Mentor
from .test_service import HARSH, KINDER

WITH_TIMES = "learner,problem,path,when\nann,1,all/ann/problem1/mymodel.h5,2026-02-02T12:00:00Z\n"
LATE = "deadline = 2026-02-01T12:00:00Z\n" + RULES.replace(HARSH, KINDER) + "\n[late]\nper_day = 0.1\n"


@pytest.fixture
def late(mentor: Mentor) -> Mentor:
    """One with whom Ann was a day late, which costs a tenth."""
    mentor.decide(LATE)
    (mentor.folder / "times.csv").write_text(WITH_TIMES)
    mentor.grade(source=mentor.folder / "times.csv")
    return mentor


def refuse(preview: RulesPreview) -> bool:
    return False


def agree(preview: RulesPreview) -> bool:
    return True


def notes(mentor: Mentor) -> str:
    return "\n".join(mentor.service.results(None).notes)


def test_an_edited_file_moves_no_grade_and_the_results_say_so(late: Mentor) -> None:
    assert (late.points(), notes(late)) == ({"ann": 4.5, "bob": 0.0}, "")
    late.decide(LATE.replace("0.1", "0.5"))
    assert late.points() == {"ann": 4.5, "bob": 0.0}
    assert "cohort.toml was edited since" in notes(late)
    assert "the file has others: late.per_day. `tfprep cohort rules` shows" in notes(late)


def test_comments_and_keys_that_say_what_held_anyway_are_no_edit(late: Mentor) -> None:
    late.decide("# For the second half.\ngrace_minutes = 0\n" + LATE)
    assert notes(late) == ""


def test_what_a_file_would_change_is_shown_before_it_counts(late: Mentor) -> None:
    late.decide(LATE.replace("0.1", "0.5"))
    preview = late.service.preview_file(None, None)
    assert [(each.key, each.before, each.after) for each in preview.rules] == [("late.per_day", "0.1", "0.5")]
    assert [(each.learner, each.problem, each.before, each.after) for each in preview.grades] == [
        ("ann", "problem1", 4.5, 2.5),
        ("ann", "total", 90.0, 50.0),
    ]
    assert late.service.apply_rules(None, None, "Stricter.", refuse) is None
    assert late.points()["ann"] == 4.5
    assert late.service.apply_rules(None, None, "Stricter.", agree) == preview
    assert (late.points()["ann"], notes(late)) == (2.5, "")


def test_a_run_with_other_rules_asks_and_a_no_changes_nothing(late: Mentor) -> None:
    late.decide(LATE.replace("0.1", "0.5"))
    with pytest.raises(BadCohort, match="Nothing was graded"):
        late.grade(confirm_rules=refuse)
    assert late.points()["ann"] == 4.5
    late.grade()
    assert late.points()["ann"] == 2.5


def test_rules_stay_where_a_run_names_none(late: Mentor) -> None:
    request = GradeRequest(late.folder / "all", name="spring", confirm_rules=refuse)
    _, cohort = late.service.grade(request, Pool, ignore_progress)
    assert cohort.learners[0].results[0].points == 4.5


def test_every_change_of_rules_is_audited_and_can_be_taken_back(late: Mentor) -> None:
    late.decide(LATE.replace("0.1", "0.5"))
    late.service.apply_rules(None, None, "Stricter.", agree)
    undone = late.service.undo_rules(None, "Too strict.", agree)
    assert undone is not None
    assert [each.after for each in undone.rules] == ["0.1"]
    assert late.points()["ann"] == 4.5
    assert "was edited since" in notes(late)
    applied = late.service.audit(None).rules
    assert [(each.by, each.reason) for each in applied] == [
        ("m. ortiz", "Graded by these rules."),
        ("m. ortiz", "Stricter."),
        ("m. ortiz", "Too strict."),
    ]
    assert applied[0].rules.digest == applied[2].rules.digest != applied[1].rules.digest
    assert "per_day = 0.5" in (applied[1].rules.text or "")
    told = [each["what"] for each in audit_records(Audit(rules=applied))]
    assert told[1:] == ["rules: late.per_day 0.1 → 0.5", "rules: late.per_day 0.5 → 0.1"]


def test_the_first_rules_have_none_before_them(late: Mentor) -> None:
    with pytest.raises(BadCohort, match="had no other rules before"):
        late.service.undo_rules(None, "", agree)


def test_a_file_that_is_gone_takes_nothing_with_it_and_its_new_place_is_named(late: Mentor) -> None:
    (late.folder / "cohort.toml").rename(late.folder / "rules.toml")
    assert late.points()["ann"] == 4.5
    assert "cohort.toml is gone. These results stand under the rules of" in notes(late)
    applied = late.service.apply_rules(None, late.folder / "rules.toml", "Moved.", refuse)
    assert applied is not None
    assert applied.rules == (), "there is nothing to ask about"
    assert notes(late) == ""


def test_a_file_that_became_wrong_stops_no_results(late: Mentor) -> None:
    late.decide("attempts = 7")
    assert late.points()["ann"] == 4.5
    assert "The file cannot be used as it is now" in notes(late)


def test_another_cohort_toml_where_the_mentor_stands_is_told_where_it_is_of_this_cohort(late: Mentor) -> None:
    here = late.folder / "elsewhere.toml"
    here.write_text(LATE.replace("0.1", "0.2"))
    service = replace(late.service, here=here)
    (note,) = service.results("spring").notes
    assert "elsewhere.toml is not the file of this cohort's rules" in note
    here.write_text(LATE.replace("0.1", "0.2").replace('"spring"', '"autumn"'))
    assert service.results("spring").notes == ()


def test_an_edited_table_of_extensions_is_an_edit(late: Mentor) -> None:
    table = late.folder / "extensions.csv"
    table.write_text("learner,deadline\nann,2026-02-01T12:30:00Z\n")
    late.decide('extensions_file = "extensions.csv"\n' + LATE)
    late.service.apply_rules(None, None, "", agree)
    assert late.points()["ann"] == 4.5
    table.write_text("learner,deadline\nann,2026-02-09T12:00:00Z\n")
    assert late.points()["ann"] == 4.5
    assert "extensions.ann" in notes(late)
    table.unlink()
    assert late.points()["ann"] == 4.5
    assert "cannot be used as it is now" in notes(late)


@pytest.mark.parametrize(
    "line",
    [
        'secret = "a sentence that nobody guesses"',
        '"secret" = """a sentence\nthat nobody guesses"""  # of ours',
        "secret='a sentence that nobody guesses'\r",
    ],
)
def test_a_secret_is_never_on_record_and_another_one_is_an_edit(mentor: Mentor, line: str) -> None:
    mentor.decide(f"{line}\n{RULES}")
    mentor.grade()
    (applied,) = mentor.service.audit(None).rules
    assert "guesses" not in str(applied)
    assert "[problems.regression]" in (applied.rules.text or "")
    mentor.decide(f"{line.replace('nobody', 'no one')}\n{RULES}")
    assert "the file has others: secret." in notes(mentor)
    with pytest.raises(BadCohort, match="another secret"):
        mentor.service.rules_for_data(mentor.service.note(None))


def test_scores_under_older_bands_are_counted_until_they_are_regraded(mentor: Mentor) -> None:
    mentor.grade()
    mentor.decide(RULES.replace(HARSH, KINDER))
    preview = mentor.service.apply_rules(None, None, "Kinder.", agree)
    assert preview is not None
    assert (preview.are_for_grading, preview.grades) == (True, ())
    assert "2 results were graded under older rules" in notes(mentor)

    def confirm(changes: object) -> bool:
        return True

    assert mentor.service.regrade(None, "Kinder.", confirm) == 2
    assert notes(mentor) == ""


def test_a_regrading_with_an_edited_file_asks_about_it_first(mentor: Mentor) -> None:
    mentor.grade()
    mentor.decide(RULES.replace(HARSH, KINDER))

    def never(changes: list[CardChange | CannotRegrade]) -> bool:
        raise AssertionError("The rules were refused.")

    assert mentor.service.regrade(None, "Kinder.", never, refuse) == 0  # type: ignore[arg-type]
    assert mentor.points() == {"ann": 0.0, "bob": 0.0}


def test_nothing_but_a_model_to_run_asks_for_data_engine_or_network(
    late: Mentor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rules' file, the mentor's data and the home's are gone, and nobody answers."""
    late.grade()
    shutil.rmtree(late.service.home.data)
    (late.folder / "cars.csv").unlink()
    (late.folder / "cohort.toml").unlink()

    def no_network(*where: object, **how: object) -> None:
        raise AssertionError("The network was asked.")

    def no_engine(limits: Limits) -> Pool:
        raise AssertionError("A worker was started.")

    monkeypatch.setattr(socket, "create_connection", no_network)
    monkeypatch.setattr(socket.socket, "connect", no_network)
    request = GradeRequest(late.folder / "all", name="spring")
    tally, _ = late.service.grade(request, no_engine, ignore_progress)
    assert (tally.known, tally.faults) == (2, {})
    assert late.points()["ann"] == 4.5
    late.service.similar(late.service.results(None))
