"""Folders of programs are not entered, however large they are; the starter's name and equal bytes decide."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfprep.classroom.sources import source as sources

from .submission_files import H5, as_zip, do_import, matched, models, reasons, write_files

WORK = models("ada/problem3/mymodel.h5")
PLACED = {("ada", "problem3"): ["ada/problem3/mymodel.h5"]}
UNWANTED = (
    *(
        ".git/objects",
        ".venv/lib",
        "node_modules/x",
        "my env/lib",
        "conda/lib",
        "lib/site-packages/h5py/tests",
    ),
    *("__pycache__", ".ipynb_checkpoints", "logs/train", "checkpoints", ".cache/keras"),
)


@pytest.mark.parametrize("folder", UNWANTED)
def test_a_folder_of_a_program_is_neither_read_nor_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    monkeypatch.setattr(sources, "MAX_FILES", 12)
    files = WORK | models(*(f"ada/{folder}/{number}.h5" for number in range(40)))
    files |= {"ada/my env/pyvenv.cfg": b"home = /usr/bin", "ada/conda/conda-meta/history": b""}
    for source in (write_files(tmp_path / "all", files), as_zip(tmp_path / "all.zip", files)):
        found = do_import(source, tmp_path / f"from-{source.name}")
        assert matched(found) == PLACED
        assert not found.unmatched


def test_an_environment_alone_is_nobodys_model(tmp_path: Path) -> None:
    files = {"ada/problem3/venv/pyvenv.cfg": b"", "ada/problem3/venv/lib/h5py/vlen_string_dset.h5": H5}
    for source in (write_files(tmp_path / "all", files), as_zip(tmp_path / "all.zip", files)):
        assert not do_import(source, tmp_path / f"from-{source.name}").files


def test_a_model_that_is_only_among_checkpoints_is_told(tmp_path: Path) -> None:
    files = models(
        "ada/problem3/checkpoints/best.h5", "ada/problem3/checkpoints/last.h5", "grace/problem3/m.h5"
    )
    for source in (write_files(tmp_path / "all", files), as_zip(tmp_path / "all.zip", files)):
        found = do_import(source, tmp_path / f"from-{source.name}")
        assert set(matched(found)) == {("grace", "problem3")}
        assert "not looked into" in reasons(found)["ada/problem3/checkpoints"]


HIDDEN = ".0/problem3/mymodel.h5", ".Ben/mymodel_problem3.keras", ".x/problem3/saved_model.pb"


def test_a_learners_folder_that_begins_with_a_dot_is_listed(tmp_path: Path) -> None:
    programs = [
        f"{name}/problem3/mymodel.h5" for name in (".git", ".Trash-1000", ".cache", ".ipynb_checkpoints")
    ]
    files = (
        WORK | models(*HIDDEN, *programs, "ada/.old/problem3/m.h5", ".notes/.venv/m.h5") | {".y/a.txt": b""}
    )
    files |= models("grace/problem3/mymodel.h5")
    for above in ("", "week 1/", "problem3/"):
        lying = {above + name: content for name, content in files.items()}
        sources = write_files(tmp_path / f"all {above}", lying), as_zip(tmp_path / f"{above[:-1]}.zip", lying)
        for source in sources:
            found = do_import(source, tmp_path / f"from-{source.name}")
            assert set(matched(found)) == {("ada", "problem3"), ("grace", "problem3")}
            assert {name for name, why in reasons(found).items() if "begins with a dot" in why} == {
                above + name.partition("/")[0] for name in HIDDEN
            }


def test_the_name_that_every_starter_saves_to_wins(tmp_path: Path) -> None:
    files = WORK | models("ada/problem3/best.keras", "ada/problem3/old/mymodel_v1.h5")
    found = do_import(write_files(tmp_path / "all", files), tmp_path)
    assert matched(found) == PLACED
    assert not found.unmatched


@pytest.mark.parametrize(
    "copy", ["mymodel (1).h5", "Copy of mymodel.h5", "mymodel - Kopie.keras", "mymodel copy 2.h5"]
)
def test_a_copy_of_the_starters_file_is_asked_about_as_it_may_be_newer(tmp_path: Path, copy: str) -> None:
    found = do_import(write_files(tmp_path / "all", WORK | models(f"ada/problem3/{copy}")), tmp_path)
    assert not found.files
    assert len(found.drafts) == 2


def test_two_of_that_name_are_a_conflict_that_names_their_folders(tmp_path: Path) -> None:
    files = models("ada/problem3/a/mymodel.h5", "ada/problem3/b/mymodel.h5")
    found = do_import(write_files(tmp_path / "all", files), tmp_path)
    assert not found.files
    assert "problem3/a/mymodel.h5" in reasons(found)["ada/problem3/a/mymodel.h5"]


def test_equal_bytes_are_no_conflict(tmp_path: Path) -> None:
    files = {"ada/problem3/final.h5": H5 + b"1", "ada/problem3/copy/final (1).h5": H5 + b"1"}
    for source in (write_files(tmp_path / "all", files), as_zip(tmp_path / "all.zip", files)):
        found = do_import(source, tmp_path / f"from-{source.name}")
        assert matched(found) == {("ada", "problem3"): ["ada/problem3/final.h5"]}
        assert not found.unmatched


def test_equal_saved_models_are_no_conflict_and_different_ones_are(tmp_path: Path) -> None:
    def saved(folder: str, graph: bytes) -> dict[str, bytes]:
        return {f"{folder}/saved_model.pb": graph, f"{folder}/variables/variables.index": b"i"}

    same = saved("ada/problem3/a", b"g") | saved("ada/problem3/b", b"g")
    other = saved("ada/problem3/a", b"g") | saved("ada/problem3/b", b"h")
    assert len(do_import(as_zip(tmp_path / "same.zip", same), tmp_path).files) == 1
    assert not do_import(as_zip(tmp_path / "other.zip", other), tmp_path).files


def test_a_keras_file_that_was_unpacked_is_one_model(tmp_path: Path) -> None:
    parts = {"config.json": b"{}", "metadata.json": b"{}", "model.weights.h5": H5}
    files = {f"ada/problem3/mymodel/{name}": content for name, content in parts.items()}
    for source in (write_files(tmp_path / "all", files), as_zip(tmp_path / "all.zip", files)):
        found = do_import(source, tmp_path / f"from-{source.name}")
        assert matched(found) == {("ada", "problem3"): ["ada/problem3/mymodel"]}
        assert {path.name for path in found.files[0].path.iterdir()} == set(parts)


def test_a_model_that_was_compressed_is_a_model(tmp_path: Path) -> None:
    found = do_import(write_files(tmp_path / "all", {"ada/mymodel_problem3.h5.gz": b"\x1f\x8b"}), tmp_path)
    assert set(matched(found)) == {("ada", "problem3")}
