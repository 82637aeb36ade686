"""The service does what a mentor's commands do: without a command line and without Docker."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from tfprep.classroom.roster import read_roster
from tfprep.cohorts.batch.progress import ignore_progress
from tfprep.cohorts.gradebook.regrade import CannotRegrade, CardChange
from tfprep.cohorts.requests import AttemptFilter, GradeRequest
from tfprep.errors import BadCohort, SandboxUnavailable, UnknownProblem
from tfprep.grader import Verdict
from tfprep.reports.cohort.results_json import audit_records
from tfprep.sandbox import Limits

from ..cars import RULES
from ..stand_in import Pool
from .mentors import Mentor
from .submission_files import as_zip, models, write_files

KINDER = "bands = [24.0, 21.0, 18.0, 15.0, 12.0]"
HARSH = "bands = [5.0, 4.0, 3.0, 2.0, 1.0]"


def never_asked(changes: Sequence[CardChange | CannotRegrade]) -> bool:
    raise AssertionError("There is nothing to confirm.")


def test_a_folder_is_graded_once_and_what_is_unmatched_is_listed(mentor: Mentor) -> None:
    assert mentor.grade() == (2, 0, 0, {}, "")
    results = mentor.service.results("spring")
    assert mentor.points() == {"ann": 0.0, "bob": 0.0}
    assert [each.found_at for each in results.unmatched] == ["stray.h5"]
    assert mentor.grade() == (0, 0, 2, {}, "")


def test_new_bands_count_once_they_are_confirmed(mentor: Mentor) -> None:
    mentor.grade()
    assert mentor.service.regrade(None, "Nothing new.", never_asked) is None
    mentor.decide(RULES.replace(HARSH, KINDER))
    shown: list[int] = []

    def confirm(changes: Sequence[CardChange | CannotRegrade]) -> bool:
        shown.append(len(changes))
        return len(shown) > 1

    assert mentor.service.regrade(None, "Kinder.", confirm) == 0
    assert mentor.points() == {"ann": 0.0, "bob": 0.0}
    assert mentor.service.regrade(None, "Kinder.", confirm) == 2
    assert mentor.points() == {"ann": 5.0, "bob": 5.0}
    changes = mentor.service.audit(None).score_changes
    assert sorted((each.learner, each.by, each.why) for each in changes) == [
        ("ann", "m. ortiz", "Kinder."),
        ("bob", "m. ortiz", "Kinder."),
    ]


def test_a_regrading_that_changes_nothing_is_audited_with_what_was_tried(mentor: Mentor) -> None:
    mentor.grade()
    assert mentor.service.regrade(None, "Ann asked.", never_asked) is None
    ann = mentor.service.choose(None, "ann", "1", "invalid")
    assert mentor.service.run_again(None, ann, "She is sure.", Pool, ignore_progress) == (0, ())
    (mentor.folder / "all").rename(mentor.folder / "moved")
    mentor.service.run_again(None, AttemptFilter(learner="ann"), "Once more.", Pool, ignore_progress)
    mentor.service.rename("spring", "summer")
    audit = mentor.service.audit("summer")
    assert not audit.score_changes
    assert [(each.by, each.why, each.count, each.rerun) for each in audit.unchanged_regradings] == [
        ("m. ortiz", "Ann asked.", 2, False),
        ("m. ortiz", "She is sure.", 0, True),
        ("m. ortiz", "Once more.", 1, True),
    ]
    told = [(each["learner"], each["problem"], each["what"]) for each in audit_records(audit)[1:]]
    assert told == [
        ("", "", "2 submissions looked at again: no score changed"),
        ("ann", "problem1", "nothing to regrade"),
        ("ann", "", "1 submission to run again: no new result"),
    ]
    mentor.service.delete("summer")


def test_what_only_a_new_run_can_score_is_audited_as_tried(mentor: Mentor) -> None:
    mentor.grade()
    data = mentor.folder / "cars.csv"
    rows = data.read_text().splitlines()
    data.write_text("\n".join(rows[:201]) + "\n")
    assert mentor.service.regrade(None, "Half was wrong.", lambda found: False) == 0
    (tried,) = mentor.service.audit(None).unchanged_regradings
    assert (tried.count, tried.outdated, tried.why) == (2, 2, "Half was wrong.")


def test_what_a_mentor_declines_is_no_regrading(mentor: Mentor) -> None:
    mentor.grade()
    mentor.decide(RULES.replace(HARSH, KINDER))
    assert mentor.service.regrade(None, "Kinder.", lambda changes: False) == 0
    assert not mentor.service.audit(None).unchanged_regradings


def test_what_cannot_be_placed_in_a_rerun_names_a_command_that_takes_the_list(mentor: Mentor) -> None:
    mentor.grade(name="Spring 2026")
    assert any("and run the same command with --manifest " in each for each in mentor.sentences)
    (mentor.service.report_folder("Spring 2026") / "not-placed.csv").unlink()
    mentor.service.run_again("Spring 2026", AttemptFilter(), "Newer.", Pool, ignore_progress)
    path = mentor.service.report_folder("Spring 2026") / "not-placed.csv"
    command = f"tfprep cohort grade {mentor.folder}/all --manifest {path} --cohort 'Spring 2026'"
    assert any(each.endswith(f"correct it, and run `{command}`.") for each in mentor.sentences)


def numbers(mentor: Mentor) -> dict[str, int]:
    """The number of the submission that each learner has now."""
    attempts = mentor.service.ledger.cohorts.attempts("spring")
    return {each.entry.learner: each.record.number for each in attempts}


def test_regradings_are_taken_back_one_after_the_other_and_each_is_on_record(mentor: Mentor) -> None:
    mentor.grade("id\nann\nbob\ncy\n")
    write_files(mentor.folder / "more", models("cy/problem1/mymodel.h5"))
    mentor.grade("", mentor.folder / "more")
    as_graded = mentor.service.ledger.cohorts.attempts("spring")
    mentor.decide(RULES.replace(HARSH, KINDER))
    assert mentor.service.regrade(None, "Kinder.", lambda changes: True) == 3
    assert mentor.service.run_again(None, AttemptFilter(), "Newer.", Pool, ignore_progress)[0] == 3
    shown: list[tuple[str, list[tuple[int | None, int | None]]]] = []

    def take_back(yes: bool) -> int:
        return mentor.service.undo_regrade(None, "A mistake.", lambda last, others: shown.append(
            (last.why, [(each.attempt.record.card.score, each.card.score) for each in others])
        ) or yes)  # fmt: skip

    rerun = numbers(mentor)
    assert take_back(False) == 0
    assert numbers(mentor) == rerun
    assert take_back(True) == 3, "what ran again from two folders is one regrading"
    assert mentor.points() == {"ann": 5.0, "bob": 5.0, "cy": 5.0}
    assert take_back(True) == 3
    assert mentor.points() == {"ann": 0.0, "bob": 0.0, "cy": 0.0}
    assert mentor.service.ledger.cohorts.attempts("spring") == as_graded
    assert shown[1:] == [("Newer.", [(5, 5)] * 3), ("Kinder.", [(5, 0)] * 3)]
    with pytest.raises(BadCohort, match="Nothing in spring was regraded, or all of it was taken back"):
        take_back(True)
    changes = mentor.service.audit(None).score_changes
    assert [each.why for each in changes[::3]] == ["Kinder.", "Newer.", "A mistake.", "A mistake."]
    assert [each.undoes for each in changes[::3]] == [False, False, True, True]
    assert mentor.service.regrade(None, "Kinder, again.", lambda changes: True) == 3


def test_a_learner_is_known_by_id_or_by_full_name(mentor: Mentor) -> None:
    mentor.grade()
    mentor.service.override(None, "Ann Archer", "regression", 4.0, "Seen on her own machine.")
    assert mentor.points() == {"ann": 4.0, "bob": 0.0}
    mentor.service.override(None, "ann", "1", None, "It was another file.")
    assert mentor.points() == {"ann": 0.0, "bob": 0.0}
    decisions = mentor.service.audit("spring").decisions
    assert [(each.learner, each.override is None) for each in decisions] == [("ann", False), ("ann", True)]


def test_who_or_what_is_not_in_the_cohort_gets_no_score(mentor: Mentor) -> None:
    mentor.grade("id,name\nann,Ann\nbob,Ann\n")
    for learner, problem, error in (
        ("zoe", "1", "nobody called 'zoe'"),
        ("Ann", "1", "2 people called 'Ann'"),
        ("ann", "mnist", "problem2 is not one of the problems"),
    ):
        with pytest.raises(BadCohort, match=error):
            mentor.service.override(None, learner, problem, 5.0, "x")
    with pytest.raises(UnknownProblem):
        mentor.service.override(None, "ann", "flower", 5.0, "x")
    assert not mentor.service.audit(None).decisions


def test_of_several_submissions_each_is_told_with_its_file_and_score(mentor: Mentor) -> None:
    mentor.grade()
    write_files(mentor.folder / "week2", models("ann/problem1/mymodel (2).h5"))
    mentor.grade("", mentor.folder / "week2")
    with pytest.raises(BadCohort, match="ann has several for problem1") as refused:
        mentor.service.find_attempt(None, "ann", "1", None, withdrawn=False)
    told = re.sub(r"\d+ \(", "N (", refused.value.remedy)
    assert told == (
        "There are: N (ann/problem1/mymodel.h5, 0 of 5); N (ann/problem1/mymodel (2).h5, 0 of 5). "
        "Choose with --submission."
    )


def test_pairs_are_found_and_their_data_is_looked_up(mentor: Mentor) -> None:
    write_files(
        mentor.folder / "all", {"bob/problem1/mymodel.h5": models("ann/problem1/mymodel.h5").popitem()[1]}
    )
    assert mentor.grade()[:2] == (1, 1)
    (group,) = mentor.service.similar(mentor.service.results(None))
    assert [each.learner for each in group.members] == ["ann", "bob"]


def test_mistakes_are_not_compared_where_the_data_is_gone_and_the_mentor_reads_so(mentor: Mentor) -> None:
    mentor.grade()
    mentor.sentences.clear()
    (mentor.folder / "cars.csv").write_text("not,cars\n1,2\n")
    mentor.service.similar(mentor.service.results(None))
    assert mentor.sentences == [], "what it was graded on is here still"
    shutil.rmtree(mentor.service.home.data)
    mentor.service.similar(mentor.service.results(None))
    (sentence,) = mentor.sentences
    assert sentence.startswith("The mistakes in problem1 are not compared.")
    assert "is not on this machine" in sentence


def test_a_wrongly_placed_model_is_withdrawn_stays_out_and_can_be_put_back(mentor: Mentor) -> None:
    of_ann = models("ann/problem1/mymodel.h5").popitem()[1]
    write_files(mentor.folder / "all", {"bob/problem1/mymodel (1).h5": of_ann})
    (mentor.folder / "all/bob/problem1/mymodel.h5").unlink()
    mentor.grade("id,name,email\nann,Ann,a@x.org\nbob,Bob,b@x.org\n")
    assert len(mentor.service.similar(mentor.service.results(None))) == 1
    attempt = mentor.service.find_attempt(None, "B@x.org", "1", None, withdrawn=False)
    mentor.service.withdraw(attempt, "It is Ann's.")
    bob = mentor.service.results(None).learners[1].results[0]
    assert (bob.counted, bob.attempts) == (None, ())
    assert mentor.service.similar(mentor.service.results(None)) == ()
    assert mentor.grade("id,name\nann,Ann\nbob,Bob\n")[:3] == (0, 0, 2), "it was taken in again"
    assert mentor.service.results(None).learners[1].results[0].counted is None
    with pytest.raises(BadCohort, match="no submission that counts for problem1"):
        mentor.service.find_attempt(None, "bob", "1", None, withdrawn=False)

    mentor.service.withdraw(
        mentor.service.find_attempt(None, "bob", "1", None, withdrawn=True), "It is his.", undo=True
    )
    assert mentor.service.results(None).learners[1].results[0].counted is not None
    withdrawals = mentor.service.audit(None).withdrawals
    assert [(each.learner, each.withdrawn, each.by, each.reason) for each in withdrawals] == [
        ("bob", True, "m. ortiz", "It is Ann's."),
        ("bob", False, "m. ortiz", "It is his."),
    ]


def test_without_a_roster_a_learner_with_nothing_but_withdrawn_work_is_gone(mentor: Mentor) -> None:
    mentor.grade("")
    attempt = mentor.service.find_attempt(None, "bob", "1", None, withdrawn=False)
    mentor.service.withdraw(attempt, "Nobody is called so.")
    assert mentor.points() == {"ann": 0.0}
    again = mentor.service.find_attempt(None, "bob", "1", None, withdrawn=True)
    mentor.service.withdraw(again, "He is.", undo=True)
    assert mentor.points() == {"ann": 0.0, "bob": 0.0}


def test_a_roster_stays_until_a_new_one_is_given(mentor: Mentor) -> None:
    mentor.grade("id,name\nann,Ann Archer\nbob,Bob\nzoe,Zoe\n")
    mentor.grade("")
    names = [each.learner.shown for each in mentor.service.results(None).learners]
    assert names == ["Ann Archer", "Bob", "Zoe"]
    mentor.grade("id,name\nann,Ann Baker\nbob,Bob\n")
    names = [each.learner.shown for each in mentor.service.results(None).learners]
    assert names == ["Ann Baker", "Bob"]


def test_what_lies_there_last_counts_whatever_was_graded_in_between(mentor: Mentor) -> None:
    mentor.decide(RULES.replace('name = "spring"', 'name = "spring"\nattempts = "last"'))
    first, second = (
        models(name).popitem()[1] for name in ("ann/problem1/mymodel.h5", "bob/problem1/mymodel.h5")
    )
    file = mentor.folder / "all/ann/problem1/mymodel.h5"

    def counted() -> str:
        mentor.grade()
        record = mentor.service.results(None).learners[0].results[0].counted
        return record.digest if record else ""

    digests = []
    for content in (first, second, first, first):
        file.write_bytes(content)
        digests.append(counted())
    assert digests[0] == digests[2] == digests[3] != digests[1]


def test_a_time_that_a_later_manifest_tells_counts(mentor: Mentor) -> None:
    mentor.decide("deadline = 2026-01-31T12:00:00Z\n" + RULES + "\n[late]\nper_day = 0.1\n")
    mentor.grade()
    assert [each.results[0].late_by for each in mentor.service.results(None).learners] == [None, None]
    manifest = mentor.folder / "times.csv"
    manifest.write_text(
        "learner,problem,path,when\nbob,problem1,all/bob/problem1/mymodel.h5,2026-02-02T12:00:00Z\n"
    )
    assert mentor.grade("", source=manifest)[:3] == (0, 0, 1)
    ann, bob = (each.results[0] for each in mentor.service.results(None).learners)
    assert (ann.late_by, bob.penalty) == (None, 0.2)


def test_what_was_unmatched_in_one_source_stays_listed_when_another_is_graded(mentor: Mentor) -> None:
    mentor.grade()
    write_files(mentor.folder / "second", models("ann/problem1/mymodel.h5"))
    mentor.grade("", source=mentor.folder / "second")
    assert [each.found_at for each in mentor.service.results(None).unmatched] == ["stray.h5"]
    (mentor.folder / "all/stray.h5").unlink()
    mentor.grade("")
    assert mentor.service.results(None).unmatched == ()


def test_what_is_known_asks_for_no_engine(mentor: Mentor) -> None:
    mentor.grade()

    def no_engine(limits: Limits) -> Pool:
        raise SandboxUnavailable("No Docker engine answers.", "Start one.")

    request = GradeRequest(mentor.folder / "all", mentor.folder / "cohort.toml")
    assert mentor.service.grade(request, no_engine, ignore_progress)[0].known == 2
    (mentor.folder / "all/ann/problem1/mymodel.h5").write_bytes(b"\x89HDF\r\n\x1a\n another one")
    with pytest.raises(SandboxUnavailable):
        mentor.service.grade(request, no_engine, ignore_progress)


def test_what_could_not_be_read_is_run_again_by_learner_problem_or_verdict(mentor: Mentor) -> None:
    mentor.grade()
    for chosen, count in (
        (mentor.service.choose(None, "ann", "1", None), 1),
        (AttemptFilter(problem="problem2"), 0),
        (AttemptFilter(verdict=Verdict.INVALID), 0),
        (AttemptFilter(), 2),
    ):
        done = mentor.service.run_again(None, chosen, "A newer version.", Pool, ignore_progress)
        assert done == (count, ())
    changes = mentor.service.audit(None).score_changes
    first = changes[0]
    assert (first.learner, first.by, first.why) == ("ann", "m. ortiz", "A newer version.")
    (mentor.folder / "all").rename(mentor.folder / "moved")
    _, gone = mentor.service.run_again(None, AttemptFilter(), "Again.", Pool, ignore_progress)
    assert gone == (str(mentor.folder / "all"),)


def test_what_a_corrected_list_or_a_named_problem_placed_is_run_again_too(mentor: Mentor) -> None:
    mentor.decide(RULES + "[problems.mnist]\n")
    write_files(mentor.folder / "week", models("ann/final.h5", "odd/final.h5"))
    (mentor.folder / "roster.csv").write_text("id\nann\nzoe\n")
    (mentor.folder / "corrected.csv").write_text("learner,problem,path\nzoe,1,odd/final.h5\n")
    request = GradeRequest(
        mentor.folder / "week",
        mentor.folder / "cohort.toml",
        read_roster(mentor.folder / "roster.csv"),
        problem="1",
        manifest=mentor.folder / "corrected.csv",
    )
    assert mentor.service.grade(request, Pool, ignore_progress)[0].graded == 2
    (mentor.folder / "corrected.csv").unlink()
    done = mentor.service.run_again(None, AttemptFilter(), "A newer version.", Pool, ignore_progress)
    assert done == (2, ())


def settle_stray(mentor: Mentor, source: Path) -> None:
    """Grades a source in which Zoe's first model lies at an odd place."""
    (mentor.folder / "roster.csv").write_text("id\nann\nzoe\n")
    (mentor.folder / "corrected.csv").write_text("learner,problem,path\nzoe,1,odd/final.h5\n-,,odd/b.h5\n")
    request = GradeRequest(
        source,
        mentor.folder / "cohort.toml",
        read_roster(mentor.folder / "roster.csv"),
        manifest=mentor.folder / "corrected.csv",
    )
    mentor.service.grade(request, Pool, ignore_progress)
    assert mentor.service.results(None).unmatched == ()


def test_what_a_corrected_list_settled_stays_settled_and_hides_nothing_new(mentor: Mentor) -> None:
    week = write_files(mentor.folder / "week", models("ann/m.h5", "odd/final.h5", "odd/b.h5", "zoe/m.h5"))
    settle_stray(mentor, week)
    assert mentor.grade("", week)[:3] == (0, 0, 2)
    results = mentor.service.results(None)
    assert (results.unmatched, len(results.learners[1].results[0].attempts)) == ((), 1)
    write_files(week, models("zoe/second/m.h5", "other.h5"))
    (week / "zoe/m.h5").unlink()
    assert mentor.grade("", week)[0] == 1
    results = mentor.service.results(None)
    assert [each.found_at for each in results.unmatched] == ["other.h5"]
    assert len(results.learners[1].results[0].attempts) == 2


def test_a_list_says_nothing_of_another_download_of_the_same_name(mentor: Mentor) -> None:
    files = models("ann/m.h5", "odd/final.h5", "odd/b.h5")
    week = as_zip(mentor.folder / "submissions.zip", files)
    settle_stray(mentor, week)
    mentor.grade("", week)
    assert mentor.service.results(None).unmatched == ()
    as_zip(week, {name: content + b"!" for name, content in files.items()})
    mentor.grade("", week)
    assert len(mentor.service.results(None).unmatched) == 2
