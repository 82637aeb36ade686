"""A cohort's data: split with the mentor's own secret, and its public splits packed for learners."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ..errors import BadCohort, BadData, reason_of
from ..files.secrets import read_or_make_secret
from ..files.text import Tell
from ..home import Home
from ..problems import Dataset, DataStore, Generated, OwnFiles, Problem, Split, all_problems
from ..problems.data_pack import is_pack, write_pack
from ..problems.dataset import source_kind
from ..problems.sources import Sources
from .exam_pool import for_problems
from .rules import CohortRules, secret_id


def mentor_store(home: Home, rules: CohortRules) -> DataStore:
    """The data store of a cohort: one for each secret, or the home's own where the rules have no secret.

    Raises:
        BadCohort: there is a secret, and only its id is known.
    """
    if rules.secret is None and rules.secret_id:
        raise BadCohort("The secret that divides this cohort's data is not at hand.")
    if rules.secret is None:
        return DataStore(home.data, read_or_make_secret(home.root))
    return DataStore(
        home.root / "cohorts" / secret_id(rules.secret), rules.secret, Sources(home.data / "downloads")
    )


def load_dataset(store: DataStore, rules: CohortRules, problem: str, tell: Tell) -> Dataset:
    """The data set that submissions for a problem are graded on, under the mentor's own bands if any.

    Where the cohort has an exam, what that asks is not in it.

    Args:
        store: of the mentor, as `mentor_store` makes it.
        rules: which data source and bands, and whether there is an exam.
        problem: the problem's id.
        tell: gets a sentence on what takes time or was chosen.

    Raises:
        DataUnavailable: the data cannot be fetched.
        BadData: the data cannot be used, or has no hidden split.
    """
    return part_for_problems(load_whole(store, rules, problem, tell), store, rules)


def load_whole(store: DataStore, rules: CohortRules, problem: str, tell: Tell) -> Dataset:
    """The data set of a problem with all its hidden examples. Raises as `load_dataset`."""
    chosen = rules.of(problem)
    dataset = store.load(chosen.problem, chosen.data_source, tell)
    dataset.require(Split.HIDDEN)
    return replace(dataset, chosen_bands=chosen.bands or dataset.chosen_bands)


def part_for_problems(dataset: Dataset, store: DataStore, rules: CohortRules) -> Dataset:
    """What a cohort's problems ask of a data set: all, or what its exam leaves to them."""
    return for_problems(dataset, store.key_for) if rules.asks_in_exam(dataset.problem.id) else dataset


def find_dataset(store: DataStore, rules: CohortRules, problem: str) -> Dataset | None:
    """The data set as `load_dataset` gives it where it is here already and can be used; else None."""
    chosen = rules.of(problem)
    try:
        dataset = store.ready(chosen.problem, chosen.data_source)
    except BadData:
        return None
    if dataset is None or not dataset.has(Split.HIDDEN):
        return None
    return part_for_problems(
        replace(dataset, chosen_bands=chosen.bands or dataset.chosen_bands), store, rules
    )


def write_data_packs(home: Home, rules: CohortRules, into: Path, tell: Tell) -> Iterator[Path]:
    """Writes a data pack for each of a cohort's problems; `tell` gets the warnings.

    Earlier packs of this cohort in the folder are replaced; that of a problem that is gone is removed.

    Raises:
        DataUnavailable, BadData: as `load_dataset` does.
        BadCohort: a pack cannot be written.
    """
    for warning in rules.warnings:
        tell(warning)
    store = mentor_store(home, rules)
    for pack in _packs_of_others(rules, into):
        pack.unlink(missing_ok=True)
        tell(f"{pack} was handed out before and is removed: its problem left the cohort.")
    for problem in rules.ids:
        dataset = load_whole(store, rules, problem, tell)
        if warning := warn_of_licence(dataset):
            tell(warning)
        yield write_data_pack(dataset, rules.name, into)


def warn_of_licence(dataset: Dataset) -> str:
    """A sentence where the data belongs to others; else nothing."""
    source = dataset.problem.data_source(source_kind(dataset.data_source)).source
    if isinstance(source, OwnFiles | Generated):
        return ""
    owner = f"{dataset.source}; {source.licence}"
    return f"{dataset.problem.id}: this data belongs to others ({owner}). Check its licence."


def write_data_pack(dataset: Dataset, cohort: str, into: Path) -> Path:
    """Writes one data pack, which learners `tfprep start` from, and returns its path.

    Raises:
        BadCohort: it cannot be written.
    """
    target = into / _pack_name(cohort, dataset.problem)
    try:
        into.mkdir(parents=True, exist_ok=True)
        write_pack(dataset, cohort, target)
    except OSError as error:
        raise BadCohort(f"{target} cannot be written: {reason_of(error)}.") from error
    return target


def _pack_name(cohort: str, problem: Problem) -> str:
    plain = re.sub(r"\W+", "-", cohort).strip("-")[:60] or "cohort"
    return f"{plain}-{problem.folder.name}.zip"


def _packs_of_others(rules: CohortRules, folder: Path) -> list[Path]:
    """The packs of this cohort for problems that it no longer has."""
    others = (folder / _pack_name(rules.name, one) for one in all_problems() if one.id not in rules.ids)
    return [path for path in others if path.is_file() and is_pack(path)]
