"""What a mentor gives each learner for an exam: one zip with the signed rules and the learner's own data.

exam.json      the exam configuration, signed by the mentor
problemN/      the data of one category, as `problems.dataset` stores it

The hidden labels are in it, because the exam shows scores on the learner's own machine: a learner who takes a
pack apart sees their own examples and nobody else's. A mentor who needs more grades the models again.
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

from ..classroom.handout import load_dataset
from ..classroom.rules import CohortRules, ProblemRules
from ..errors import BadData, ExamError, NotGenuine, UnsafeArchive
from ..files.archives import Bounds, unpack_zip
from ..grader.records.cohort import Learner
from ..grader.scoring.specification import ScoringSpec
from ..problems import Dataset, DataStore, Split, find
from .config import ExamConfig, ExamProblem
from .variant import choose_variant, write_variant

CONFIG_FILE: Final = "exam.json"
_BOUNDS: Final = Bounds(total_bytes=16 * 2**30)


@dataclass(frozen=True)
class Pack:
    """An opened pack: its configuration, who signed it, and the data, which is in this home's store now."""

    config: ExamConfig
    text: str
    """The configuration as it was signed."""
    mentor: str
    """The signer's public key."""
    datasets: tuple[Dataset, ...]
    """In the order of the configuration's categories."""


@dataclass(frozen=True)
class Packer:
    """Makes the packs of one exam."""

    rules: CohortRules
    store: DataStore
    secret: bytes
    """Decides each learner's hidden test set."""
    private: bytes
    """Signs the configurations."""

    def pack(self, into: Path, learners: Sequence[Learner], tell: Callable[[str], None]) -> tuple[Path, ...]:
        """Write one zip for each learner into a new folder.

        Args:
            into: the folder to make.
            learners: who takes the exam.
            tell: gets a sentence where data is fetched.

        Returns:
            The paths of the zips, in the order of the learners.

        Raises:
            ExamError: the folder exists.
            DataUnavailable, BadData: a problem's data cannot be had.
        """
        if into.exists():
            raise ExamError(f"{into} exists already. Choose another place with --into.")
        problems = exam_problems(self.rules)
        datasets = [load_dataset(self.store, self.rules, one.problem.id, tell) for one in problems]
        exam = exam_id(self.rules, datasets)
        into.mkdir(parents=True)
        return tuple(
            self._pack_one(into, number, learner, exam, datasets)
            for number, learner in enumerate(learners, 1)
        )

    def _pack_one(
        self, into: Path, number: int, learner: Learner, exam: str, datasets: Sequence[Dataset]
    ) -> Path:
        weights = [one.weight for one in exam_problems(self.rules)]
        with tempfile.TemporaryDirectory() as scratch:
            variants = [self._variant(Path(scratch), exam, learner, dataset) for dataset in datasets]
            config = ExamConfig(
                exam=exam,
                cohort=self.rules.name or "cohort",
                learner=learner.id,
                minutes=self.rules.exam.minutes,
                categories=tuple(
                    ExamProblem(problem=variant.problem.id, data=variant.fingerprint, weight=weight)
                    for variant, weight in zip(variants, weights, strict=True)
                ),
                opens=self.rules.exam.opens,
                closes=self.rules.exam.closes,
                scoring={each.problem.id: ScoringSpec.of(each).digest for each in variants},
            )
            return _write(into / _file_name(number, learner), config.signed(self.private), variants)

    def _variant(self, scratch: Path, exam: str, learner: Learner, dataset: Dataset) -> Dataset:
        purpose = json.dumps(["exam variant", exam, learner.id, dataset.problem.id, dataset.fingerprint])
        key = hmac.digest(self.secret, purpose.encode(), "sha256")
        folder = scratch / dataset.problem.id
        folder.mkdir()
        chosen = choose_variant(dataset.labels(Split.HIDDEN), key, self.rules.exam.share)
        return write_variant(folder, dataset, chosen)


def exam_problems(rules: CohortRules) -> tuple[ProblemRules, ...]:
    """The problems of a cohort's exam. Raises ExamError for one that the cohort does not have."""
    try:
        return tuple(rules.of(problem) for problem in rules.exam.problems or rules.ids)
    except KeyError as error:
        raise ExamError(f"[exam] names {error.args[0]}, which is none of the cohort's problems.") from error


def exam_id(rules: CohortRules, datasets: Sequence[Dataset]) -> str:
    """The same for everyone in one exam: sixteen digits over its rules and data."""
    exam = rules.exam
    window = [None if moment is None else moment.isoformat() for moment in (exam.opens, exam.closes)]
    values = [rules.name, exam.minutes, exam.share, window, [dataset.fingerprint for dataset in datasets]]
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:16]


def open_pack(file: Path, store: DataStore) -> Pack:
    """Check a pack's signature, and import its data into this home's store.

    Raises:
        ExamError: it is no pack, or is damaged; or this tfprep scores otherwise than the mentor's.
        NotGenuine: its configuration was changed, or its data is not what was signed.
        BadData: its data is damaged.
    """
    with _unpacked(file) as folder:
        text = (folder / CONFIG_FILE).read_text("ascii")
        config, mentor = ExamConfig.read(text)
        datasets = tuple(_import_data(folder, problem, store) for problem in config.categories)
    check_scoring(config, datasets)
    return Pack(config, text, mentor, datasets)


def check_scoring(config: ExamConfig, datasets: Sequence[Dataset]) -> None:
    """Nothing, where this tfprep scores as the mentor's, or the pack is of a version that did not say how.

    Raises:
        ExamError: naming the first problem that is scored otherwise.
    """
    for dataset in datasets:
        problem = dataset.problem.id
        meant, here = config.scoring.get(problem), ScoringSpec.of(dataset).digest
        if meant is not None and meant != here:
            raise ExamError(
                f"Your tfprep would score {problem} otherwise than your mentor's: the digest of its scoring "
                f"is {here[:12]}, and the pack is signed for {meant[:12]}. Install the version of tfprep "
                "that your mentor uses, and start again. No time has passed."
            )


def _import_data(folder: Path, problem: ExamProblem, store: DataStore) -> Dataset:
    dataset = store.import_pack(find(problem.problem), folder / problem.problem)
    if dataset.fingerprint != problem.data:
        raise NotGenuine(f"The data of {problem.problem} is not what the mentor signed.")
    return dataset


@contextmanager
def _unpacked(file: Path) -> Iterator[Path]:
    """A pack's files in a scratch folder: regular files below it, and nothing else."""
    try:
        with tempfile.TemporaryDirectory() as scratch:
            unpack_zip(file, Path(scratch), _BOUNDS)
            yield Path(scratch)
    except (OSError, ValueError, UnsafeArchive, BadData) as error:
        raise ExamError(f"{file} is no exam pack, or is damaged: {error}") from error


def _write(path: Path, config: str, variants: Sequence[Dataset]) -> Path:
    with zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        packed.writestr(CONFIG_FILE, config)
        for variant in variants:
            for file in sorted(each for each in variant.folder.rglob("*") if each.is_file()):
                packed.write(file, f"{variant.problem.id}/{file.relative_to(variant.folder).as_posix()}")
    path.chmod(0o600)
    return path


def _file_name(number: int, learner: Learner) -> str:
    """A file name from a learner's id, of which only safe characters stay; the number makes it unique."""
    safe = "".join(
        letter if letter.isascii() and (letter.isalnum() or letter in "-_") else "_" for letter in learner.id
    )
    return f"{number:03d}-{safe[:40]}.tfexam"
