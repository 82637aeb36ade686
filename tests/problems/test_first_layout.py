"""What the first version of tfprep wrote is read as before: built data, workspaces, packs."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tfprep.problems import Dataset, DataStore, Split, find
from tfprep.problems.data_pack import write_pack
from tfprep.problems.dataset import check_files
from tfprep.problems.workspace import Workspace, make_workspace

from .conftest import SECRET
from .own import MAKERS

CARS = find("regression")
KEYS = {"data_source": "edition", "key_id": "secret"}
FOLDERS = {"inputs": "questions", "labels": "answers"}


def old_name(name: str) -> str:
    top, _, below = name.partition("/")
    return f"{FOLDERS.get(top, top)}/{below}"


def old_manifest(manifest: dict[str, Any]) -> dict[str, Any]:
    files = {old_name(name): entry for name, entry in manifest["files"].items()}
    return {KEYS.get(key, key): value for key, value in manifest.items()} | {"layout": 1, "files": files}


def age(folder: Path) -> None:
    """Turns a data set on disk into what the first version would have written."""
    manifest = json.loads((folder / "dataset.json").read_text())
    (folder / "dataset.json").write_text(json.dumps(old_manifest(manifest)))
    for new, old in FOLDERS.items():
        (folder / new).rename(folder / old)


@pytest.fixture
def own(store: DataStore, tmp_path: Path) -> Dataset:
    examples = MAKERS["regression"].make(np.random.default_rng(0), 200)
    return store.load(CARS, str(MAKERS["regression"].one_pool(tmp_path, examples)))


def test_data_that_was_built_is_read_under_its_fingerprint(store: DataStore, own: Dataset) -> None:
    labels = own.labels(Split.HIDDEN).values
    age(own.folder)
    read = store.load(CARS, own.data_source)
    assert read == own
    assert np.array_equal(read.labels(Split.HIDDEN).values, labels)
    assert sorted(path.name for path in own.folder.iterdir()) == [
        "dataset.json",
        "inputs",
        "labels",
        "public",
    ]
    check_files(read)


def test_an_upgrade_that_was_killed_halfway_is_finished(store: DataStore, own: Dataset) -> None:
    age(own.folder)
    (own.folder / "questions").rename(own.folder / "inputs")
    assert store.load(CARS, own.data_source) == own
    assert store.list() == (own,)


def test_a_workspace_stays_usable(own: Dataset, tmp_path: Path) -> None:
    made = make_workspace(tmp_path / "work", own)
    file = made.folder / ".tfprep.toml"
    file.write_text(file.read_text().replace("data_source =", "edition ="))
    assert Workspace.open(made.folder) == made


def test_a_pack_that_a_mentor_handed_out_is_read(own: Dataset, tmp_path: Path) -> None:
    write_pack(own, "spring", tmp_path / "new.zip")
    with zipfile.ZipFile(tmp_path / "new.zip") as new, zipfile.ZipFile(tmp_path / "old.zip", "w") as old:
        for name in new.namelist():
            content = new.read(name)
            if name == "pack.json":
                about = json.loads(content)
                about |= {"pack": 1, "dataset": old_manifest(about.pop("manifest"))}
                content = json.dumps(about).encode()
            in_check = name.startswith("check/")
            old.writestr(f"check/{old_name(name.removeprefix('check/'))}" if in_check else name, content)
    learners = DataStore(tmp_path / "learner", SECRET)
    read = [learners.load(CARS, str(tmp_path / f"{age}.zip")) for age in ("old", "new")]
    assert read[0] == read[1]
    assert np.array_equal(read[0].labels(Split.VALIDATION).values, own.labels(Split.VALIDATION).values)
