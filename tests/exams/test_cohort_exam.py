"""A mentor's exam: handed out, sat under its rules, and collected."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tfprep.classroom.rules import CohortRules, ProblemRules
from tfprep.classroom.rules_file import read_rules
from tfprep.classroom.signing import public_key, sign, verify
from tfprep.cohorts import Learner
from tfprep.errors import BadCohort, ExamError, NotGenuine
from tfprep.exams.collect import Collection, collect
from tfprep.exams.config import ExamConfig
from tfprep.exams.exam_pack import Packer, check_scoring, open_pack
from tfprep.exams.result import CategoryResult, ExamResult
from tfprep.grader.records.exam import ExamEnding
from tfprep.grader.scoring.specification import ScoringSpec
from tfprep.problems import Band, Dataset, DataStore, Split, find

from ..grader.examples import make_mnist

MENTOR, ADA, BOB = (bytes([each]) * 32 for each in (1, 2, 3))
LEARNERS = (Learner("ada"), Learner("bob"))
OPENS = datetime(2026, 6, 30, 9, tzinfo=UTC)
CLOSES = OPENS + timedelta(hours=7)


def rules_in(folder: Path, table: str) -> CohortRules:
    path = folder / "cohort.toml"
    path.write_text(f'name = "Spring"\n[exam]\n{table}\n[problems.mnist]\nweight = 15\n', "utf-8")
    return read_rules(path)


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    """The packs of Ada and Bob."""
    root = tmp_path_factory.mktemp("mentor")
    store = DataStore(root / "data", b"the mentor's")
    known = store.import_pack(find("mnist"), unkeyed(root))
    rules = rules_in(root, "opens = 2026-06-30T09:00:00Z\ncloses = 2026-06-30T16:00:00Z\nminutes = 120")
    rules = replace(rules, problems=(ProblemRules(find("mnist"), 15.0, data_source=known.data_source),))
    return Packer(rules, store, b"secret", MENTOR).pack(root / "packs", LEARNERS, print)


def unkeyed(root: Path) -> Path:
    """Small data for problem 2 that belongs to no home yet."""
    folder = make_mnist(root / "digits").folder
    note = json.loads((folder / "dataset.json").read_text())
    (folder / "dataset.json").write_text(json.dumps(note | {"key_id": ""}))
    return folder


def opened(pack: Path, home: Path) -> tuple[ExamConfig, str, Dataset]:
    found = open_pack(pack, DataStore(home / "data", b"a learner's"))
    return found.config, found.text, found.datasets[0]


def result_of(given: ExamConfig, text: str, **other: object) -> ExamResult:
    """A result as an honest session of the config would give it."""
    categories = tuple(
        CategoryResult(
            problem=each.problem,
            name="mnist",
            title="",
            weight=each.weight,
            score=5,
            points=100.0,
            possible=100.0,
            reason="",
            submissions=1,
            seconds=1.0,
            counted=1,
            automatic=False,
            data_source="",
            data=each.data,
            artifact="",
            scoring="",
            environment="",
        )
        for each in given.categories
    )
    result = ExamResult(
        exam=1,
        learner=given.learner,
        started=OPENS + timedelta(hours=1),
        ended=OPENS + timedelta(hours=2),
        ending=ExamEnding.FINISHED,
        allowed_seconds=60 * given.minutes,
        spent_seconds=3600.0,
        returned=(),
        practice=False,
        categories=categories,
        config=text,
    )
    return result.model_copy(update=other)


def collected(folder: Path, *results: tuple[ExamResult, bytes]) -> Collection:
    place = folder / "results"
    place.mkdir()
    for number, (result, key) in enumerate(results):
        (place / f"{number}.json").write_bytes(sign(result.to_values(), key))
    return collect(place, LEARNERS, public_key(MENTOR))


def test_each_learner_gets_the_same_rules_and_examples_of_their_own(
    packs: tuple[Path, ...], tmp_path: Path
) -> None:
    (ada, _, hers), (bob, _, his) = (opened(pack, tmp_path) for pack in packs)
    assert (ada.learner, bob.learner) == ("ada", "bob")
    assert (ada.exam, ada.minutes, ada.opens, ada.closes) == (bob.exam, 120.0, OPENS, CLOSES)
    assert hers.fingerprint != his.fingerprint
    assert hers.counts.hidden == his.counts.hidden == 140
    assert not (hers.labels(Split.HIDDEN).values == his.labels(Split.HIDDEN).values).all()


def test_a_pack_names_the_scoring_specification_and_an_earlier_version_s_need_not(
    packs: tuple[Path, ...], tmp_path: Path
) -> None:
    given, text, dataset = opened(packs[0], tmp_path)
    assert given.scoring == {"problem2": ScoringSpec.of(dataset).digest}
    values = {name: value for name, value in verify(text.encode()).values.items() if name != "scoring"}
    earlier, signer = ExamConfig.read(sign(values, MENTOR).decode())
    assert (earlier, signer) == (given.model_copy(update={"scoring": {}}), verify(text.encode()).key)


def test_a_pack_with_a_changed_setting_is_refused(packs: tuple[Path, ...], tmp_path: Path) -> None:
    import zipfile

    changed = tmp_path / "changed.tfexam"
    with zipfile.ZipFile(packs[0]) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content.replace(b"120.0", b"999.0") if name == "exam.json" else content)
    with pytest.raises(NotGenuine):
        opened(changed, tmp_path)


@pytest.mark.parametrize("name", ["../escape", "/absolute", "a/../../b"])
def test_a_pack_that_reaches_beyond_itself_is_refused(tmp_path: Path, name: str) -> None:
    import zipfile

    with zipfile.ZipFile(tmp_path / "bad.tfexam", "w") as bad:
        bad.writestr(name, "x")
    with pytest.raises(ExamError, match="pack"):
        opened(tmp_path / "bad.tfexam", tmp_path)


def test_an_exam_is_sat_within_its_window_and_ends_with_it(packs: tuple[Path, ...], tmp_path: Path) -> None:
    config, _, _ = opened(packs[0], tmp_path)
    assert config.allowed(OPENS) == timedelta(hours=2)
    assert config.allowed(CLOSES - timedelta(minutes=30)) == timedelta(minutes=30)
    with pytest.raises(ExamError, match="opens"):
        config.allowed(OPENS - timedelta(seconds=1))
    with pytest.raises(ExamError, match="closed"):
        config.allowed(CLOSES)


def test_honest_results_are_collected_without_a_remark(packs: tuple[Path, ...], tmp_path: Path) -> None:
    (ada, her_text, _), (bob, his_text, _) = (opened(pack, tmp_path / "home") for pack in packs)
    found = collected(tmp_path, (result_of(ada, her_text), ADA), (result_of(bob, his_text), BOB))
    assert [each.remarks for each in found.collected] == [(), ()]
    assert [each.learner for each in found.collected] == ["ada", "bob"]
    assert found.missing == ()


@pytest.mark.parametrize(
    ("other", "word"),
    [
        ({"practice": True}, "practice"),
        ({"allowed_seconds": 10800.0}, "It allowed"),
        ({"started": OPENS - timedelta(minutes=1)}, "before the window"),
        ({"started": CLOSES + timedelta(minutes=1)}, "after the window"),
        ({"learner": "bob"}, "made for ada"),
        ({"learner": "eve"}, "roster"),
        ({"categories": ()}, "not those of"),
        ({"config": ""}, "no mentor's"),
    ],
)
def test_what_breaks_the_mentor_s_rules_is_remarked(
    packs: tuple[Path, ...], tmp_path: Path, other: dict[str, object], word: str
) -> None:
    config, text, _ = opened(packs[0], tmp_path / "home")
    found = collected(tmp_path, (result_of(config, text, **other), ADA))
    assert any(word in remark for remark in found.collected[0].remarks)
    assert "ada" in found.missing


def test_a_setting_that_the_learner_signed_is_remarked(packs: tuple[Path, ...], tmp_path: Path) -> None:
    config, _, _ = opened(packs[0], tmp_path / "home")
    longer = config.model_copy(update={"minutes": 900.0})
    found = collected(tmp_path, (result_of(longer, longer.signed(ADA)), ADA))
    assert any("this home's key" in remark for remark in found.collected[0].remarks)


def test_one_key_under_two_names_is_remarked(packs: tuple[Path, ...], tmp_path: Path) -> None:
    (ada, her_text, _), (bob, his_text, _) = (opened(pack, tmp_path / "home") for pack in packs)
    found = collected(tmp_path, (result_of(ada, her_text), ADA), (result_of(bob, his_text), ADA))
    assert all("same key" in each.remarks[0] for each in found.collected)


def test_a_second_result_of_one_learner_is_remarked(packs: tuple[Path, ...], tmp_path: Path) -> None:
    config, text, _ = opened(packs[0], tmp_path / "home")
    found = collected(tmp_path, (result_of(config, text), ADA), (result_of(config, text, exam=2), ADA))
    assert all("2 results" in each.remarks[0] for each in found.collected)


def test_a_result_of_another_exam_is_remarked(packs: tuple[Path, ...], tmp_path: Path) -> None:
    (ada, her_text, _), (bob, his_text, _) = (opened(pack, tmp_path / "home") for pack in packs)
    older = ada.model_copy(update={"exam": "0123456789abcdef", "learner": "bob"})
    found = collected(
        tmp_path,
        (result_of(ada, her_text), ADA),
        (result_of(bob, his_text), BOB),
        (result_of(older, older.signed(MENTOR)), BOB),
    )
    assert any("another exam" in remark for remark in found.collected[2].remarks)


def test_a_tampered_result_is_nobody_s(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("{}")
    found = collect(tmp_path, LEARNERS, public_key(MENTOR))
    assert found.collected[0].result is None
    assert found.missing == ("ada", "bob")


def test_an_exam_that_closes_before_it_opens_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadCohort, match="closes"):
        rules_in(tmp_path, "opens = 2026-06-30T09:00:00Z\ncloses = 2026-06-30T08:00:00Z")


def test_an_exam_on_unknown_problems_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadCohort, match="flowers"):
        rules_in(tmp_path, 'problems = ["flwers"]')


def test_an_exam_is_scored_by_the_bands_that_its_mentor_wrote(tmp_path: Path) -> None:
    """They stand in cohort.toml, travel in the pack, and are part of what is signed."""
    store = DataStore(tmp_path / "data", b"the mentor's")
    known = store.import_pack(find("mnist"), unkeyed(tmp_path))
    own = (Band(5, at_least=0.6), Band(1, at_least=0.3))
    rules = rules_in(tmp_path, "minutes = 120")
    chosen = ProblemRules(find("mnist"), 15.0, data_source=known.data_source, bands=own)
    packer = Packer(replace(rules, problems=(chosen,)), store, b"secret", MENTOR)
    config, _, dataset = opened(packer.pack(tmp_path / "packs", LEARNERS[:1], print)[0], tmp_path / "ada")
    assert dataset.bands == own
    assert config.scoring["problem2"] == ScoringSpec.of(dataset).digest


def test_an_exam_does_not_start_where_this_tfprep_scores_otherwise(
    packs: tuple[Path, ...], tmp_path: Path
) -> None:
    config, _, dataset = opened(packs[0], tmp_path)
    other = config.model_copy(update={"scoring": {"problem2": "ab" * 32}})
    with pytest.raises(
        ExamError, match=r"would score problem2 otherwise than your mentor's: .*No time has passed"
    ):
        check_scoring(other, [dataset])
    check_scoring(config.model_copy(update={"scoring": {}}), [dataset])


def test_a_pack_does_not_open_under_a_tfprep_whose_intervals_are_made_otherwise(
    packs: tuple[Path, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original: Callable[[Path], bytes] = Path.read_bytes

    def altered(path: Path) -> bytes:
        return original(path) + (b"# another version" if path.name == "interval.py" else b"")

    monkeypatch.setattr(Path, "read_bytes", altered)
    with pytest.raises(ExamError, match="Install the version of tfprep that your mentor uses"):
        opened(packs[0], tmp_path)


def test_a_result_that_was_scored_otherwise_is_named(packs: tuple[Path, ...], tmp_path: Path) -> None:
    """As where a learner's tfprep changed while the exam ran."""
    config, text, _ = opened(packs[0], tmp_path / "ada")
    honest = result_of(config, text)
    for number, (scoring, remarks) in enumerate([(config.scoring["problem2"], 0), ("cd" * 32, 1)]):
        folder = tmp_path / str(number)
        folder.mkdir()
        scored = honest.model_copy(
            update={"categories": (honest.categories[0].model_copy(update={"scoring": scoring}),)}
        )
        (found,) = collected(folder, (scored, ADA)).collected
        assert len(found.remarks) == remarks
        assert all("problem2 was scored otherwise" in remark for remark in found.remarks)
