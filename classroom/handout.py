"""The mentor's side of the data: divided with the cohort's own secret, and its public part handed out."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from ..errors import BadCohort
from ..files.secrets import read_or_make_secret
from ..home import Home
from ..problems import Dataset, DataStore, OwnFiles, Sources, Split
from ..problems.data_pack import write_pack
from ..problems.dataset import source_kind
from .rules import CohortRules

Tell = Callable[[str], None]


def mentor_store(home: Home, rules: CohortRules) -> DataStore:
    """The data of a cohort: a store of its own for each secret; the home's where the rules name none."""
    if rules.secret is None:
        return DataStore(home.data, read_or_make_secret(home.root))
    which = hmac.digest(rules.secret, b"whose store", "sha256").hex()[:16]
    return DataStore(home.root / "cohorts" / which, rules.secret, Sources(home.data / "downloads"))


def load_dataset(store: DataStore, rules: CohortRules, problem: str, tell: Tell) -> Dataset:
    """What submissions for the problem with this id are graded on, under the mentor's own bands if any.

    Raises:
        DataUnavailable, BadData: as the store does; also where the hidden part is somebody else's.
    """
    chosen = rules.of(problem)
    dataset = store.load(chosen.problem, chosen.data_source, tell)
    dataset.require(Split.HIDDEN)
    return replace(dataset, chosen_bands=chosen.bands or dataset.chosen_bands)


def hand_out_all(home: Home, rules: CohortRules, into: Path, tell: Tell) -> Iterator[Path]:
    """Writes the pack of each of a cohort's problems; `tell` gets what a mentor should know.

    Raises:
        DataUnavailable, BadData, BadCohort: as `load_dataset` and `hand_out` do.
    """
    for warning in rules.warnings:
        tell(warning)
    store = mentor_store(home, rules)
    for problem in rules.ids:
        dataset = load_dataset(store, rules, problem, tell)
        if policy := warn_of_terms(dataset):
            tell(policy)
        yield hand_out(dataset, rules.name, into)


def warn_of_terms(dataset: Dataset) -> str:
    """A sentence where the data is not the mentor's own to hand out; else nothing."""
    source = dataset.problem.data_source(source_kind(dataset.data_source)).source
    if isinstance(source, OwnFiles):
        return ""
    return f"{dataset.problem.id}: this data is others' ({dataset.source}; {source.licence}). Mind its terms."


def hand_out(dataset: Dataset, cohort: str, into: Path) -> Path:
    """Writes the pack that learners `tfprep start` from into a folder, named after cohort and problem.

    Raises:
        BadCohort: where it cannot be written.
    """
    plain = re.sub(r"\W+", "-", cohort).strip("-")[:60] or "cohort"
    target = into / f"{plain}-{dataset.problem.folder.name}.zip"
    try:
        into.mkdir(parents=True, exist_ok=True)
        write_pack(dataset, cohort, target)
    except OSError as error:
        raise BadCohort(f"{target} cannot be written: {error.strerror or error}.") from error
    return target
