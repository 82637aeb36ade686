"""What a mentor gives each learner for an exam: one zip with the signed setting and the learner's own data.

exam.json      the setting, signed by the mentor
problemN/      the data of one category, as `problems.dataset` keeps an edition

The hidden answers are in it, for the exam tells scores on the learner's own machine: a learner who takes a
pack apart sees their own examples and nobody else's. Who needs more grades the models again at home.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..classroom.rules import CohortRules, ProblemRules
from ..errors import BadData, ExamError, NotGenuine, UnsafeArchive
from ..files.archives import Bounds, unpack_zip
from ..grader.records.cohort import Learner
from ..problems import Dataset, DataStore, Split, find
from .config import Asked, ExamConfig
from .variant import choose_variant, write_variant

SETTING: Final = "exam.json"
_BOUNDS: Final = Bounds(total_bytes=16 * 2**30)


@dataclass(frozen=True)
class Pack:
    """An opened pack: its setting, whose it is, and the data, kept in this home."""

    setting: ExamConfig
    text: str
    """The setting as it was signed."""
    mentor: str
    """The signer's public key."""
    datasets: tuple[Dataset, ...]
    """In the order of the setting's categories."""


@dataclass(frozen=True)
class Packer:
    """Makes the packs of one exam."""

    rules: CohortRules
    store: DataStore
    secret: bytes
    """Decides each learner's variant."""
    private: bytes
    """Signs the settings."""

    def pack(self, into: Path, learners: Sequence[Learner], tell: Callable[[str], None]) -> tuple[Path, ...]:
        """One zip for each learner in a new folder.

        Raises:
            ExamError: where the folder is there already.
            DataUnavailable, BadData: as the store.
        """
        if into.exists():
            raise ExamError(f"{into} is there already. Choose another place with --into.")
        asked = asked_problems(self.rules)
        datasets = [self.store.load(one.problem, one.data_source, tell) for one in asked]
        exam = exam_id(self.rules, datasets)
        into.mkdir(parents=True)
        return tuple(
            self._pack_one(into, number, learner, exam, datasets)
            for number, learner in enumerate(learners, 1)
        )

    def _pack_one(
        self, into: Path, number: int, learner: Learner, exam: str, datasets: Sequence[Dataset]
    ) -> Path:
        weights = [one.weight for one in asked_problems(self.rules)]
        with tempfile.TemporaryDirectory() as scratch:
            variants = [self._variant(Path(scratch), exam, learner, dataset) for dataset in datasets]
            setting = ExamConfig(
                exam=exam,
                cohort=self.rules.name,
                learner=learner.id,
                minutes=self.rules.exam.minutes,
                categories=tuple(
                    Asked(variant.problem.id, variant.fingerprint, weight)
                    for variant, weight in zip(variants, weights, strict=True)
                ),
                opens=self.rules.exam.opens,
                closes=self.rules.exam.closes,
            )
            return _write(into / _file_name(number, learner), setting.signed(self.private), variants)

    def _variant(self, scratch: Path, exam: str, learner: Learner, dataset: Dataset) -> Dataset:
        purpose = json.dumps(["exam variant", exam, learner.id, dataset.problem.id, dataset.fingerprint])
        key = hmac.digest(self.secret, purpose.encode(), "sha256")
        folder = scratch / dataset.problem.id
        folder.mkdir()
        chosen = choose_variant(dataset.labels(Split.HIDDEN), key, self.rules.exam.share)
        return write_variant(folder, dataset, chosen)


def asked_problems(rules: CohortRules) -> tuple[ProblemRules, ...]:
    """The problems of a cohort's exam. Raises ExamError for one that is not the cohort's."""
    try:
        return tuple(rules.of(problem) for problem in rules.exam.problems or rules.ids)
    except KeyError as error:
        raise ExamError(f"[exam] asks {error.args[0]}, which is none of the cohort's problems.") from error


def exam_id(rules: CohortRules, datasets: Sequence[Dataset]) -> str:
    """The same for everyone in one exam: sixteen digits over its rules and data."""
    exam = rules.exam
    window = [None if moment is None else moment.isoformat() for moment in (exam.opens, exam.closes)]
    told = [rules.name, exam.minutes, exam.share, window, [dataset.fingerprint for dataset in datasets]]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


def open_pack(file: Path, store: DataStore) -> Pack:
    """Checks a pack's signature, and keeps its data in this home.

    Raises:
        ExamError: where it is no pack, or its data is not what its setting says.
        NotGenuine: where the setting was changed.
        BadData, DataUnavailable: as the store.
    """
    with _unpacked(file) as folder:
        text = (folder / SETTING).read_text("ascii")
        setting, mentor = ExamConfig.read(text)
        datasets = tuple(_import_data(folder, asked, store) for asked in setting.categories)
    return Pack(setting, text, mentor, datasets)


def _import_data(folder: Path, asked: Asked, store: DataStore) -> Dataset:
    dataset = store.import_pack(find(asked.problem), folder / asked.problem)
    if dataset.fingerprint != asked.data:
        raise NotGenuine(f"The data of {asked.problem} is not what the mentor signed.")
    return dataset


@contextmanager
def _unpacked(file: Path) -> Iterator[Path]:
    """A pack's files in a scratch folder: regular files below it, and nothing else."""
    try:
        with tempfile.TemporaryDirectory() as scratch:
            unpack_zip(file, Path(scratch), _BOUNDS)
            yield Path(scratch)
    except (OSError, ValueError, UnsafeArchive, BadData) as error:
        raise ExamError(f"{file} is no exam's pack, or is damaged: {error}") from error


def _write(path: Path, setting: str, variants: Sequence[Dataset]) -> Path:
    with zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        packed.writestr(SETTING, setting)
        for variant in variants:
            for file in sorted(each for each in variant.folder.rglob("*") if each.is_file()):
                packed.write(file, f"{variant.problem.id}/{file.relative_to(variant.folder).as_posix()}")
    path.chmod(0o600)
    return path


def _file_name(number: int, learner: Learner) -> str:
    """Ids are a stranger's text: only what is safe everywhere stays, and the number keeps names apart."""
    safe = "".join(
        sign if sign.isascii() and (sign.isalnum() or sign in "-_") else "_" for sign in learner.id
    )
    return f"{number:03d}-{safe[:40]}.tfexam"
