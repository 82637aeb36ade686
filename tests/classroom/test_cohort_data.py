"""A pack lets learners work and check, and holds nothing of what is hidden."""

from __future__ import annotations

import csv
import io
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tfprep.classroom.cohort_data import load_dataset, mentor_store, write_data_pack, write_data_packs
from tfprep.classroom.rules import CohortRules
from tfprep.classroom.rules_file import read_rules
from tfprep.errors import BadCohort, BadData
from tfprep.home import Home
from tfprep.problems import Band, Dataset, DataStore, Split, find
from tfprep.problems.data_pack import is_pack, problem_of
from tfprep.problems.workspace import Workspace, make_workspace

from ..problems.own import MAKERS

NAMES = [
    "regression",
    *(pytest.param(name, marks=pytest.mark.slow) for name in ("mnist", "flowers", "imdb", "forecast")),
]
COUNTS = {"regression": 60, "mnist": 120, "flowers": 60, "imdb": 60, "forecast": 200}
LEARNERS = bytes(range(32))


def ignore(line: str) -> None:
    """Nobody listens."""


def home(folder: Path) -> Home:
    return Home(folder / "home", str(folder / "home" / "ledger.db"), "mentor")


def rules_of(folder: Path, name: str, extra: str = "") -> CohortRules:
    maker = MAKERS[name]
    pool = maker.one_pool(folder, maker.make(np.random.default_rng(3), COUNTS[name]))
    path = folder / "cohort.toml"
    path.write_text(
        f'name = "Spring / 2026"\nsecret = "nobody guesses this one"\n'
        f"[problems.{name}]\ndata = {json.dumps(str(pool))}\n{extra}"
    )
    return read_rules(path)


def mentors(folder: Path, name: str, extra: str = "") -> Dataset:
    rules = rules_of(folder, name, extra)
    return load_dataset(mentor_store(home(folder), rules), rules, find(name).id, ignore)


def packed(folder: Path, name: str, extra: str = "") -> tuple[Dataset, Path]:
    dataset = mentors(folder, name, extra)
    return dataset, write_data_pack(dataset, "Spring / 2026", folder / "out")


def learners(folder: Path) -> DataStore:
    return DataStore(folder / "learner", LEARNERS)


def members(pack: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(pack) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("name", NAMES)
def test_a_pack_holds_nothing_hidden(tmp_path: Path, name: str) -> None:
    dataset, pack = packed(tmp_path, name)
    inside = members(pack)
    assert not [place for place in inside if "hidden" in place.casefold()]
    everything = b"\0".join(inside.values())
    for path in (dataset.folder / "labels" / "hidden").iterdir():
        assert path.read_bytes() not in everything
    public = public_examples(inside)
    assert examples(dataset, Split.VALIDATION) <= public, "the search finds what is there"
    hidden = examples(dataset, Split.HIDDEN)
    assert len(hidden) >= 5
    assert not hidden & public
    if name == "imdb":
        assert not [text for text in hidden if text in everything]


def examples(dataset: Dataset, part: Split) -> set[bytes]:
    """Each input as the learner's files hold it; of a series, the last half-hour that is seen."""
    ((form, inputs),) = list(dataset.inputs(part).items())[-1:]
    if not isinstance(inputs, np.ndarray):
        return {text.encode() for text in inputs}
    if form == "pixels":
        return {as_pixels(picture) for picture in inputs}
    return {np.asarray(one[-1] if one.ndim == 2 else one, np.float32).tobytes() for one in inputs}


def public_examples(inside: dict[str, bytes]) -> set[bytes]:
    """Every example in a pack, in any of its files."""
    found: set[bytes] = set()
    for place, content in inside.items():
        if place.endswith(".png"):
            found.add(np.asarray(Image.open(io.BytesIO(content))).tobytes())
        elif place.endswith(".npy"):
            found |= {as_pixels(one) for one in np.load(io.BytesIO(content)) if one.ndim >= 2}
        elif place.endswith(".npz"):
            found |= {one.tobytes() for array in np.load(io.BytesIO(content)).values() for one in array}
        elif place.endswith(".csv"):
            for row in list(csv.reader(io.StringIO(content.decode())))[1:]:
                found |= {row[0].encode(), *as_numbers(row)}
        elif place.endswith(".json") and place != "pack.json":
            found |= {str(text).encode() for text in json.loads(content)}
    return found


def as_pixels(one: Any) -> bytes:
    return np.rint(np.clip(one, 0, 1) * 255).astype(np.uint8).tobytes()


def as_numbers(row: list[str]) -> list[bytes]:
    """A table's row with its label and without."""
    try:
        numbers = np.array(row, np.float32)
    except ValueError:
        return []
    return [numbers.tobytes(), numbers[:-1].tobytes()]


def test_a_pack_tells_no_secret(tmp_path: Path) -> None:
    _, pack = packed(tmp_path, "regression")
    rules = read_rules(tmp_path / "cohort.toml")
    assert rules.secret is not None
    everything = b"".join(members(pack).values())
    assert b"nobody guesses" not in everything
    assert rules.secret not in everything
    assert rules.secret.hex().encode() not in everything
    assert json.loads(members(pack)["pack.json"])["manifest"]["key_id"] == ""
    assert str(tmp_path).encode() not in everything


@pytest.mark.parametrize("name", NAMES)
def test_a_learner_starts_and_checks_from_a_pack(tmp_path: Path, name: str) -> None:
    mentor, pack = packed(tmp_path, name)
    assert is_pack(pack)
    assert problem_of(pack).id == mentor.problem.id
    store = learners(tmp_path)
    got = store.load(mentor.problem, str(pack))
    workspace = make_workspace(tmp_path / "work", got)
    assert content(workspace.folder / "data") == content(mentor.public)
    again = store.load(mentor.problem, Workspace.open(workspace.folder).data_source)
    assert again.fingerprint == got.fingerprint == workspace.fingerprint
    assert got.classes == mentor.classes
    for part in (Split.VALIDATION, Split.TRAINING):
        np.testing.assert_array_equal(got.labels(part).values, mentor.labels(part).values)
    assert not got.has(Split.HIDDEN)


def content(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_the_hidden_part_is_with_the_mentor(tmp_path: Path) -> None:
    mentor, pack = packed(tmp_path, "regression")
    got = learners(tmp_path).load(mentor.problem, str(pack))
    with pytest.raises(BadData, match=r"with your mentor.*Spring / 2026"):
        got.require(Split.HIDDEN)
    got.require(Split.VALIDATION)
    mentor.require(Split.HIDDEN)


def test_a_mentors_bands_travel_with_the_pack(tmp_path: Path) -> None:
    mentor, pack = packed(tmp_path, "regression", "bands = [9, 8, 7, 6, 5]")
    got = learners(tmp_path).load(mentor.problem, str(pack))
    assert got.bands == mentor.bands
    assert got.bands[0] == Band(5, at_most=5.0)
    texts = [members(pack)[f"problem1_regression/{name}"].decode() for name in ("starter.py", "statement.md")]
    folder = make_workspace(tmp_path / "work", got).folder
    texts += [(folder / name).read_text("utf-8") for name in ("starter.py", "statement.md")]
    assert all("a mean absolute error of at most 5 mpg" in text and "2.4" not in text for text in texts)


def test_a_second_writing_leaves_no_pack_of_a_problem_that_is_gone(tmp_path: Path) -> None:
    rules = rules_of(tmp_path, "regression")
    into, told = tmp_path / "out", list[str]()
    (pack,) = write_data_packs(home(tmp_path), rules, into, told.append)
    for name in ("Spring-2026-problem3_flowers.zip", "Autumn-problem3_flowers.zip"):
        shutil.copy(pack, into / name)
    (into / "Spring-2026-problem2_mnist.zip").write_text("notes of the mentor's own")
    list(write_data_packs(home(tmp_path), rules, into, told.append))
    assert {path.name for path in into.iterdir()} == {
        pack.name, "Autumn-problem3_flowers.zip", "Spring-2026-problem2_mnist.zip"
    }  # fmt: skip
    assert any("problem3_flowers.zip was handed out before and is removed" in line for line in told)


def test_an_unpacked_pack_is_a_place_to_work_in(tmp_path: Path) -> None:
    _, pack = packed(tmp_path, "regression")
    with zipfile.ZipFile(pack) as archive:
        archive.extractall(tmp_path / "colab")
    place = tmp_path / "colab" / "problem1_regression"
    assert {path.name for path in place.iterdir()} == {"starter.py", "statement.md", "data"}
    assert (place / "data" / "train.csv").is_file()


def test_two_secrets_have_two_stores_and_two_divisions(tmp_path: Path) -> None:
    first = mentors(tmp_path, "regression")
    path = tmp_path / "cohort.toml"
    path.write_text(path.read_text().replace("nobody guesses this", "nobody guesses that"))
    rules = read_rules(path)
    second = load_dataset(mentor_store(home(tmp_path), rules), rules, "problem1", ignore)
    assert first.folder != second.folder
    assert first.fingerprint != second.fingerprint


def test_without_a_secret_the_homes_own_divides(tmp_path: Path) -> None:
    store = mentor_store(home(tmp_path), CohortRules())
    assert store.root == tmp_path / "home" / "data"


def test_a_mentor_cannot_grade_on_another_mentors_pack(tmp_path: Path) -> None:
    _, pack = packed(tmp_path, "regression")
    path = tmp_path / "cohort.toml"
    path.write_text(f"[problems.regression]\ndata = {json.dumps(str(pack))}")
    rules = read_rules(path)
    with pytest.raises(BadData, match="with your mentor"):
        load_dataset(mentor_store(home(tmp_path), rules), rules, "problem1", ignore)


def test_a_pack_for_another_problem_is_refused(tmp_path: Path) -> None:
    _, pack = packed(tmp_path, "regression")
    with pytest.raises(BadData, match="is for problem1, not problem2"):
        learners(tmp_path).load(find("mnist"), str(pack))


def altered(pack: Path, change: Any) -> Path:
    """A copy of a pack whose members went through `change`."""
    inside = members(pack)
    change(inside)
    copy = pack.with_name("altered.zip")
    with zipfile.ZipFile(copy, "w") as archive:
        for place, content in inside.items():
            archive.writestr(place, content)
    return copy


def renote(change: Any) -> Any:
    def apply(inside: dict[str, bytes]) -> None:
        about = json.loads(inside["pack.json"])
        change(about)
        inside["pack.json"] = json.dumps(about).encode()

    return apply


def lengthen(inside: dict[str, bytes]) -> None:
    inside["problem1_regression/data/train.csv"] += b"1" * 100


def lose(inside: dict[str, bytes]) -> None:
    del inside["problem1_regression/data/train.csv"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lengthen, "not what its manifest says"),
        (lose, "train.csv"),
        (renote(lambda about: about["manifest"]["files"].update({"../evil": [1, "x"]})), "does not belong"),
        (renote(lambda about: about["manifest"]["files"].update({"/etc/x": [1, "x"]})), "does not belong"),
        (renote(lambda about: about["manifest"]["files"].update({"dataset.json": [1, "x"]})), "not belong"),
        (renote(lambda about: about["manifest"]["files"].update({"labels/hidden/x": [1, ""]})), "not belong"),
        (renote(lambda about: about["manifest"]["files"].update({"public/x": [2**50, ""]})), "no room"),
        (
            renote(lambda about: about["manifest"]["files"].update({"public/x": [-9, ""]})),
            "negative size",
        ),
        (renote(lambda about: about["manifest"].update(fingerprint="0" * 64)), "fingerprint"),
        (renote(lambda about: about["manifest"].update(problem="problem77")), "lacks"),
        (renote(lambda about: about.update(pack=3)), "another version"),
        (renote(lambda about: about.pop("manifest")), "manifest"),
    ],
)
def test_a_pack_that_was_tampered_with_is_refused(tmp_path: Path, change: Any, why: str) -> None:
    mentor, pack = packed(tmp_path, "regression")
    store = learners(tmp_path)
    with pytest.raises(BadData, match=why):
        store.load(mentor.problem, str(altered(pack, change)))
    assert not store.list()
    assert not (tmp_path / "evil").exists()


def test_a_zip_that_is_no_pack_is_no_pack(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK\x03\x04")
    assert not is_pack(tmp_path / "x.zip")
    assert not is_pack(tmp_path)
    with pytest.raises(BadData, match="no data pack that can be used"):
        problem_of(tmp_path / "x.zip")


def test_a_pack_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    dataset = mentors(tmp_path, "regression")
    (tmp_path / "file").write_text("")
    with pytest.raises(BadCohort, match="cannot be written"):
        write_data_pack(dataset, "x", tmp_path / "file")
