"""A mentor's exam: packed, sat, handed in, graded, certified, verified."""

from __future__ import annotations

import base64
import io
import json
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from rich.console import Console

from tfprep.classroom.cohort_data import load_dataset, load_whole, mentor_store
from tfprep.classroom.exam_pool import for_exam
from tfprep.classroom.exam_totals import exam_results
from tfprep.cohorts.requests import GradeRequest
from tfprep.cohorts.service import CohortService
from tfprep.errors import ExamError, Interrupted, NotGenuine
from tfprep.exams.certificate import read_certificate
from tfprep.exams.config import ExamConfig
from tfprep.exams.exam_pack import open_pack
from tfprep.exams.mentor_service import warn_of_overlap
from tfprep.grader import Submission
from tfprep.grader.ledger import Ledger
from tfprep.problems import DataStore, Split
from tfprep.reports.exam.outcome import outcome_record, show_outcome, write_certificates
from tfprep.reports.exam.render import show_session
from tfprep.sandbox import ArtifactKind

from ..stand_in import stand_in_pool
from .exam_class import CLOSES, OPENS, ExamClass, model, of, total_of
from .forged import forge


@pytest.fixture
def spring(tmp_path: Path, blank: Path) -> ExamClass:
    return ExamClass(tmp_path, blank)


def test_three_learners_take_an_exam_and_get_certificates(spring: ExamClass) -> None:
    packs = spring.pack()
    spring.sit("ada", packs["ada"], 5)
    spring.sit("bob", packs["bob"], 3)
    done = spring.grade()
    assert (total_of(done, "ada"), total_of(done, "bob")) == (100.0, 60.0)
    assert (done.missing, done.refused) == (("eve",), ())
    assert all(not each.hand_in.against and not each.remarks for each in done.hand_ins)
    given = done.hand_ins[0].certificate
    assert given is not None
    again, signed = read_certificate(given.signed(spring.key))
    assert again == given
    assert given.passed
    assert given.problems[0].reason.startswith("Mean absolute error 0.500 mpg on ")
    with pytest.raises(NotGenuine):
        read_certificate(given.signed(spring.key).replace(b"A", b"B", 1))
    with Ledger.open(spring.home.root / "ledger.db") as ledger:
        (exam,) = exam_results(ledger.cohorts.read("spring").exams)
    assert {who: total.total for who, total in exam.counted.items()} == {"ada": 100.0, "bob": 60.0}
    assert signed.key


def test_a_pack_is_a_text_without_an_example_and_the_data_beside_it_has_no_hidden_one(
    spring: ExamClass,
) -> None:
    packs = spring.pack()
    assert {path.name for path in packs["ada"].parent.iterdir()} == {
        "001-ada.tfexam",
        "002-bob.tfexam",
        "003-eve.tfexam",
        "packs.csv",
        "spring-problem1_regression.zip",
    }
    assert packs["ada"].stat().st_size < 4_000
    listed = (packs["ada"].parent / "packs.csv").read_text("utf-8-sig").splitlines()
    assert listed[:2] == ["file,learner,name,email", "001-ada.tfexam,ada,,"]
    pack = open_pack(packs["ada"], DataStore(spring.root / "data", b"s" * 32), print)
    (dataset,) = pack.datasets
    assert not dataset.has(Split.HIDDEN)
    assert pack.config.learner == "ada"
    assert dataset.bands == pack.config.problems[0].own_bands


def test_everybody_has_the_same_exam_and_hidden_examples_of_their_own(spring: ExamClass) -> None:
    configs = [ExamConfig.verified(path.read_text())[0] for path in spring.pack().values()]
    assert len({each.exam for each in configs}) == 1
    assert {(each.minutes, each.opens, each.closes) for each in configs} == {(120.0, OPENS, CLOSES)}
    assert len({each.problems[0].data for each in configs}) == 1


def test_a_pack_that_was_changed_does_not_start(spring: ExamClass) -> None:
    path = spring.pack()["ada"]
    envelope = json.loads(path.read_text())
    longer = base64.b64decode(envelope["payload"]).replace(b"120.0", b"999.0")
    path.write_text(json.dumps(envelope | {"payload": base64.b64encode(longer).decode()}))
    with pytest.raises(NotGenuine):
        open_pack(path, DataStore(spring.root / "data", b"s" * 32), print)


def test_a_pack_without_its_data_says_what_to_do(spring: ExamClass) -> None:
    path = spring.pack()["ada"]
    next(path.parent.glob("*.zip")).unlink()
    with pytest.raises(ExamError, match=r"Put its zip.* No time has passed"):
        open_pack(path, DataStore(spring.root / "data", b"s" * 32), print)


def test_a_pack_of_an_earlier_version_is_named_as_that(tmp_path: Path) -> None:
    (tmp_path / "old.tfexam").write_bytes(b"PK\x03\x04" + bytes(range(200, 255)))
    with pytest.raises(ExamError, match=r"an earlier tfprep made it\. Ask your mentor for a new one"):
        open_pack(tmp_path / "old.tfexam", DataStore(tmp_path / "data", b"s" * 32), print)


def test_the_data_beside_a_pack_is_named_as_that(spring: ExamClass) -> None:
    data = next(spring.pack()["ada"].parent.glob("*.zip"))
    with pytest.raises(ExamError, match=r"it is the data of one\. Start from the \.tfexam file"):
        open_pack(data, DataStore(spring.root / "data", b"s" * 32), print)


def test_an_exam_starts_in_its_window_and_ends_with_it(spring: ExamClass) -> None:
    home_exam = spring.home_exam("ada", spring.pack()["ada"])
    home_exam.machine.calendar = OPENS - timedelta(seconds=1)
    with pytest.raises(ExamError, match="opens"):
        home_exam.start()
    home_exam.machine.calendar = CLOSES
    with pytest.raises(ExamError, match="closed"):
        home_exam.start()
    home_exam.machine.calendar = CLOSES - timedelta(minutes=30)
    assert home_exam.start().clock.left == timedelta(minutes=30)


def test_who_began_from_a_pack_sees_their_exam_under_their_own_name_too(spring: ExamClass) -> None:
    home_exam = spring.home_exam("ada", spring.pack()["ada"])
    session = home_exam.start("account7")
    assert home_exam.service.current("account7").number == session.number
    assert home_exam.service.current("ada").number == session.number
    assert home_exam.service.finish("account7").ended


def test_the_last_model_that_can_be_scored_is_handed_in(spring: ExamClass) -> None:
    home_exam = spring.home_exam("ada", spring.pack()["ada"])
    home_exam.start()
    home_exam.submit(model(2))
    home_exam.submit(model(4))
    home_exam.hand_in(spring.handed_in)
    assert total_of(spring.grade(), "ada") == 80.0


def test_a_model_that_lay_in_its_folder_is_handed_in_with_a_remark(spring: ExamClass) -> None:
    home_exam = spring.home_exam("ada", spring.pack()["ada"])
    home_exam.start()
    home_exam.machine.wait(90)
    home_exam.save(model(5))
    home_exam.machine.wait(60)
    home_exam.hand_in(spring.handed_in)
    done = spring.grade()
    assert total_of(done, "ada") == 100.0
    (remark,) = of(done, "ada")[0].remarks
    assert "nobody submitted this model" in remark
    assert "saved at 2026-03-01 13:30:00 UTC as the file system says" in remark


def test_who_submits_nothing_gets_a_certificate_of_nothing(spring: ExamClass) -> None:
    home_exam = spring.home_exam("ada", spring.pack()["ada"])
    home_exam.start()
    home_exam.hand_in(spring.handed_in)
    (each,) = of(spring.grade(), "ada")
    assert each.certificate is not None
    assert (each.certificate.total, each.certificate.problems[0].reason) == (0.0, "Nothing was handed in.")


def test_an_own_exam_has_nothing_to_hand_in(spring: ExamClass) -> None:
    home_exam = spring.home_exam("ada", spring.pack()["ada"])
    done = home_exam.finish() if home_exam.start() else None
    assert done is not None
    own = replace(done, plan=replace(done.plan, mentor=""))
    with pytest.raises(ExamError, match="your own"):
        home_exam.service.hand_in(own)


def test_without_the_data_of_the_exam_nobody_gets_a_zero(spring: ExamClass) -> None:
    packs = spring.pack()
    spring.sit("ada", packs["ada"], 5)
    (spring.place / "cars.csv").write_text(
        (spring.place / "cars.csv").read_text() + "\n4,90,70,2000,15,80,1,0,0,30\n"
    )
    done = spring.grade()
    (each,) = of(done, "ada")
    assert each.certificate is None
    assert "not what this exam was packed with" in each.pending[0]
    assert done.missing == ("ada", "bob", "eve")


def test_the_list_and_the_certificates_say_the_same(spring: ExamClass, tmp_path: Path) -> None:
    packs = spring.pack()
    spring.sit("ada", packs["ada"], 5)
    (spring.handed_in / "notes.tfexam").write_text("not a hand-in")
    done = spring.grade()
    out = io.StringIO()
    show_outcome(Console(file=out, width=120), done)
    lines = [" ".join(line.split()) for line in out.getvalue().splitlines() if line.strip()]
    assert any(line.startswith("ada 100 passed exam-") for line in lines)
    assert lines[-3] == "! notes.tfexam: This is not a hand-in of an exam."
    assert lines[-2].startswith("problem1: everybody is asked the same ")
    assert lines[-1] == "Without a result: bob, eve"
    assert outcome_record(done)["results"][0]["certificate"]["total"] == 100.0
    (file,) = write_certificates(done, tmp_path / "out")
    page = file.with_suffix(".html").read_text("utf-8")
    assert "100<small>of 100" in page
    assert read_certificate(file.read_bytes())[1].signer in page


def test_the_cohort_s_problems_are_graded_on_the_examples_that_the_exam_does_not_ask(
    spring: ExamClass,
) -> None:
    rules, store = spring.rules, mentor_store(spring.home, spring.rules)
    whole = load_whole(store, rules, "problem1", print)
    for_them, for_it = load_dataset(store, rules, "problem1", print), for_exam(whole, store.key_for)
    assert for_them.places is not None
    assert for_it.places is not None
    assert not set(for_them.places.tolist()) & set(for_it.places.tolist())
    assert for_them.counts.hidden + for_it.counts.hidden == whole.counts.hidden
    without = replace(rules, has_exam=False)
    assert load_dataset(store, without, "problem1", print).fingerprint == whole.fingerprint


def test_a_cohort_that_was_graded_on_the_exam_s_examples_is_told_so(spring: ExamClass) -> None:
    work = spring.root / "work" / "ada" / "problem1"
    work.mkdir(parents=True)
    (work / "mymodel.h5").write_bytes(model(4))
    file, with_exam = spring.place / "cohort.toml", spring.rules
    text = file.read_text()
    file.write_text(text[: text.index("[exam]")] + text[text.index("[problems") :])
    with Ledger.open(spring.home.root / "ledger.db") as ledger:
        service = CohortService(ledger, spring.home, "m. ortiz", print)
        request = GradeRequest(spring.root / "work", rules=file)
        service.grade(request, lambda limits: stand_in_pool(limits, None, None), lambda progress: None)
        assert "spring: 1 submission was graded on all hidden examples" in warn_of_overlap(service, with_exam)
        file.write_text(text)
        again = replace(request, rerun_changed=True, reason="the exam", confirm_rules=lambda preview: True)
        tally, _ = service.grade(
            again, lambda limits: stand_in_pool(limits, None, None), lambda progress: None
        )
        assert tally.graded == 1
        assert warn_of_overlap(service, with_exam) == ""


def test_a_script_is_refused_at_once_where_the_mentor_takes_models_only(spring: ExamClass) -> None:
    home_exam = spring.home_exam("ada", spring.pack()["ada"])
    session = home_exam.start()
    script = Submission("problem1", "ada", "a.py", ArtifactKind.SCRIPT, b"x = 1", "a" * 64, 5)
    with pytest.raises(ExamError, match="trained models only"):
        home_exam.service.keep(session, script)
    assert not (home_exam.home / "exams").exists()


def test_a_folder_that_is_gone_is_told_to_learner_and_mentor(spring: ExamClass) -> None:
    home_exam = spring.home_exam("ada", spring.pack()["ada"])
    home_exam.start()
    home_exam.submit(model(4))
    shutil.rmtree(home_exam.folder)
    home_exam.machine.wait(200)
    home_exam.hand_in(spring.handed_in)
    out = io.StringIO()
    show_session(Console(file=out, width=200), home_exam.service.current("ada"))
    assert "is not there any more: only what was submitted counts" in out.getvalue()
    assert "`tfprep exam hand-in` makes the file for your mentor" in out.getvalue()
    (each,) = of(spring.grade(), "ada")
    assert each.certificate is not None
    assert each.certificate.total == 80.0
    assert "Its machine says: The folder" in each.remarks[0]


def test_a_mentor_lets_a_hand_in_count_and_the_certificate_says_so(spring: ExamClass) -> None:
    rules = spring.pack()["ada"].read_text()
    late = forge(rules, model(4), spring.key, allowed_seconds=36_000.0)
    (spring.handed_in / "ada.tfexam").write_bytes(late)
    assert total_of(spring.grade(), "ada") is None
    done = spring.grade(accepted=("ada",))
    assert total_of(done, "ada") == 80.0
    (each,) = of(done, "ada")
    assert each.certificate is not None
    assert each.certificate.remarks[0].startswith("The mentor let it count although: It allowed 10 h")


def test_nobody_can_let_rules_of_a_stranger_count_nor_two_sittings_at_once(spring: ExamClass) -> None:
    packs = spring.pack()
    own = ExamConfig.verified(packs["ada"].read_text())[0].signed(b"a stranger's own key".ljust(32))
    (spring.handed_in / "ada.tfexam").write_bytes(forge(own, model(5), spring.key))
    for number in (1, 2):
        file = spring.handed_in / f"bob {number}.tfexam"
        file.write_bytes(forge(packs["bob"].read_text(), model(number), spring.key, bytes([number]) * 32))
    done = spring.grade(accepted=("ada", "bob"))
    assert [each.certificate for each in done.hand_ins] == [None, None, None]


def test_a_grading_that_a_person_stops_leaves_what_was_recorded_before(spring: ExamClass) -> None:
    packs = spring.pack()
    spring.sit("ada", packs["ada"], 3)
    spring.grade()
    spring.sit("bob", packs["bob"], 5)

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(Interrupted, match="Nothing was recorded"):
        spring.grade(on_progress=stop)
    with Ledger.open(spring.home.root / "ledger.db") as ledger:
        assert [each.learner for each in ledger.cohorts.read("spring").exams] == ["ada"]
