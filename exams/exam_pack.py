"""What a mentor gives out for an exam: for each learner the signed rules, and the public data once for all.

A pack is a small text: the rules, the fingerprints of the data, the key that a hand-in is sealed for. No
hidden example is in it and no label, so nothing is won by taking it apart. The public data is that of the
cohort's data pack: who has it already needs nothing more.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from ..classroom.cohort_data import load_whole, write_data_pack
from ..classroom.exam_pool import for_exam, overlap_told, overlapping, share_of, variant_of
from ..classroom.rules import CohortRules, ProblemRules
from ..classroom.sealing import sealing_key
from ..classroom.signing import LIMIT
from ..errors import BadData, ExamError
from ..files.csv_tables import as_csv
from ..files.reading import NotRegular, TooLarge, read_file, read_start
from ..grader.records.cohort import Learner
from ..grader.scoring.specification import ScoringSpec
from ..problems import Dataset, DataStore, find
from ..problems.data_pack import is_pack, problem_of
from ..problems.dataset_writing import public_manifest
from ..problems.store import kept_name
from ..sandbox.protocol.file_formats import ZIP
from .config import BandOfProblem, ExamConfig, ExamProblem

PACK_SUFFIX: Final = ".tfexam"
NAMELESS: Final = "cohort"
"""What a cohort is called whose rules do not say it."""
WHO: Final = "packs.csv"
"""Says which file is whose, for whoever sends them."""


@dataclass(frozen=True)
class ExamPack:
    """An opened pack: its rules, who signed them, and the public data, which is in this home's store now."""

    config: ExamConfig
    text: str
    """The rules as they were signed."""
    mentor: str
    """The signer's public key."""
    datasets: tuple[Dataset, ...]
    """In the order of the rules' problems; without a hidden split."""


@dataclass(frozen=True)
class ExamPackWriter:
    """Makes the packs of one exam."""

    rules: CohortRules
    store: DataStore
    """Holds the data, divided with the mentor's secret."""
    private: bytes
    """Signs the rules."""

    def pack(self, into: Path, learners: Sequence[Learner], tell: Callable[[str], None]) -> tuple[Path, ...]:
        """Write a file for each learner into a new folder, a list of whose they are, and the public data.

        Args:
            into: the folder to make.
            learners: who takes the exam.
            tell: gets a sentence where data is fetched.

        Returns:
            The paths of the learners' files, in the order of the learners.

        Raises:
            ExamError: the folder exists, or the rules have no exam.
            DataUnavailable, BadData, BadCohort: a problem's data cannot be had or written.
        """
        if not self.rules.has_exam:
            raise ExamError(
                "These rules have no table [exam]. Add one: `[exam]`, with minutes, opens and closes."
            )
        if into.exists():
            raise ExamError(f"{into} exists already. Choose another place with --into.")
        if drawn := self.rules.exam.drawn:
            names = ", ".join(one.listed for one in map(find, drawn))
            tell(f"Drawn with the seed {self.rules.exam.draw}: {names}.")
        whole = [
            load_whole(self.store, self.rules, one.problem.id, tell) for one in exam_problems(self.rules)
        ]
        pools = [for_exam(each, self.store.key_for) for each in whole]
        exam = exam_id(self.rules, pools)
        for each, pool in zip(whole, pools, strict=True):
            if (share := share_of(pool, self.rules.exam.share)) > self.rules.exam.share:
                asked = "all" if share == 1 else f"about {share * pool.counts.hidden:,.0f} of the"
                tell(
                    f"{pool.problem.id}: the exam's half is small, so everybody is asked {asked} "
                    f"{pool.counts.hidden:,} examples. The rules' `share` is smaller."
                )
            if shared := overlapping(each, self.store.key_for):
                tell(f"{overlap_told(pool.problem.id, shared)} A longer series helps.")
        into.mkdir(parents=True)
        for each in whole:
            write_data_pack(each, self.rules.name or NAMELESS, into)
        paths = []
        for number, learner in enumerate(learners, 1):
            path = into / _file_name(number, learner)
            path.write_text(self._config(exam, learner, pools).signed(self.private), "ascii")
            paths.append(path)
        who = [("file", "learner", "name", "email")]
        who += [(path.name, one.id, one.name, one.email) for path, one in zip(paths, learners, strict=True)]
        (into / WHO).write_text("\ufeff" + as_csv(who), "utf-8")
        return tuple(paths)

    def _config(self, exam: str, learner: Learner, pools: Sequence[Dataset]) -> ExamConfig:
        decided = exam_problems(self.rules)
        return ExamConfig(
            exam=exam,
            cohort=self.rules.name or NAMELESS,
            learner=learner.id,
            minutes=self.rules.exam.minutes,
            share=self.rules.exam.share,
            problems=tuple(
                self._problem(exam, learner, pool, one) for pool, one in zip(pools, decided, strict=True)
            ),
            allow_scripts=self.rules.allow_scripts,
            hand_in_key=sealing_key(self.private),
            opens=self.rules.exam.opens,
            closes=self.rules.exam.closes,
        )

    def _problem(self, exam: str, learner: Learner, pool: Dataset, decided: ProblemRules) -> ExamProblem:
        chosen = variant_of(pool, exam, learner.id, self.rules.exam.share, self.store.key_for)
        public = public_manifest(pool, "")["fingerprint"]
        return ExamProblem(
            problem=pool.problem.id,
            source=kept_name(pool.data_source, public),
            data=public,
            hidden=pool.with_hidden_part(chosen).fingerprint,
            weight=decided.weight,
            bands=tuple(BandOfProblem(**asdict(band)) for band in pool.bands),
            scoring=ScoringSpec.of(pool).digest,
            predict_seconds=decided.predict_seconds,
            train_seconds=decided.train_seconds,
        )


def exam_problems(rules: CohortRules) -> tuple[ProblemRules, ...]:
    """The problems of a cohort's exam, drawn where its rules say so.

    Raises:
        BadCohort: for one that the cohort does not have.
    """
    return tuple(rules.of(problem) for problem in rules.exam.drawn or rules.exam.problems or rules.ids)


def exam_id(rules: CohortRules, datasets: Sequence[Dataset]) -> str:
    """The same for everyone in one exam: sixteen digits over its rules and data."""
    exam = rules.exam
    window = [None if moment is None else moment.isoformat() for moment in (exam.opens, exam.closes)]
    values = [rules.name, exam.minutes, exam.share, window, [dataset.fingerprint for dataset in datasets]]
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:16]


def open_pack(file: Path, store: DataStore, tell: Callable[[str], None]) -> ExamPack:
    """Check a pack's signature, and find its public data: in this home's store, or beside the file.

    Args:
        file: what the mentor gave out.
        store: of this home, without any secret of the mentor's.
        tell: gets a sentence where data is unpacked.

    Raises:
        ExamError: it is no pack, or its data is not here.
        NotGenuine: its rules were changed.
        BadData: the data beside it is damaged.
    """
    try:
        text = read_file(file, LIMIT).decode("ascii")
    except (NotRegular, TooLarge, ValueError, OSError) as error:
        if is_pack(file):
            why = f"it is the data of one. Start from the {PACK_SUFFIX} file that came with it"
        elif is_old_pack(file):
            why = "an earlier tfprep made it. Ask your mentor for a new one"
        else:
            why = "it is too large for a pack, or is not text"
        raise ExamError(f"{file} is not an exam pack: {why}.") from error
    config, mentor = ExamConfig.verified(text)
    datasets = tuple(_find_data(file, problem, store, tell) for problem in config.problems)
    return ExamPack(config, text, mentor, datasets)


def is_old_pack(file: Path) -> bool:
    """Whether a file is a zip, as packs of an earlier tfprep were: with hidden examples and their labels."""
    return read_start(file, len(ZIP)) == ZIP


def _find_data(file: Path, wanted: ExamProblem, store: DataStore, tell: Callable[[str], None]) -> Dataset:
    problem = find(wanted.problem)
    try:
        kept = store.ready(problem, wanted.source)
    except BadData:
        kept = None
    if kept is not None and kept.fingerprint == wanted.data:
        return kept
    for beside in sorted(file.absolute().parent.glob("*.zip")):
        if not is_pack(beside) or problem_of(beside) is not problem:
            continue
        found = store.load(problem, str(beside), tell)
        if found.fingerprint == wanted.data:
            return found
    raise ExamError(
        f"The data of {problem.id} is not here. Put its zip, which came with {file.name}, beside it, and "
        "start again. No time has passed."
    )


def _file_name(number: int, learner: Learner) -> str:
    """A file name from a learner's id, of which only safe characters stay; the number makes it unique."""
    safe = "".join(
        letter if letter.isascii() and (letter.isalnum() or letter in "-_") else "_" for letter in learner.id
    )
    return f"{number:03d}-{safe[:40]}{PACK_SUFFIX}"
