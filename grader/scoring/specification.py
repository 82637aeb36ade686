"""The scoring specification: by what predictions are scored, with one digest for whoever compares scores.

A score is a function of the artifact, the data, the scoring specification and the environment. Score cards,
cohorts' caches, regradings and exams compare specifications by `ScoringSpec.digest` and by nothing else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np

from ...problems import Band, Dataset, Metric, Output
from ...problems import metrics as metrics_module
from ...problems import problem as problem_module
from ...sandbox.host import npy as predictions_module
from .card import ScoreCard


@dataclass(frozen=True)
class ScoringSpec:
    """By what predictions are scored: metric, bands and output shapes."""

    metric: Metric
    bands: Sequence[Band]
    outputs: Sequence[Output]
    """Every shape that predictions may have, the number of classes filled in."""
    declared_in: Path | None = None
    """The file that declares the problem, whose code may read outputs or compute the metric."""

    @classmethod
    def of(cls, dataset: Dataset) -> Self:
        """The specification of a data set: its bands or a mentor's own, and its classes in the shapes."""
        problem = dataset.problem
        declared_in = problem.folder / "__init__.py"
        return cls(
            problem.metric, dataset.bands, dataset.outputs, declared_in if declared_in.is_file() else None
        )

    @cached_property
    def digest(self) -> str:
        """sha256, in hex, over everything but the data: two specifications with equal digests score alike.

        It covers what is declared (metric, bands, shapes) and the code that reads predictions, computes the
        metric, finds the band and makes the interval. Nothing is drawn at random, so there is no seed.
        """
        values = {
            "metric": [self.metric.name, self.metric.unit, self.metric.higher_is_better],
            "bands": self.band_values,
            "outputs": [list(output.shape) for output in self.outputs],
            "code": [hashlib.sha256(file.read_bytes()).hexdigest() for file in self._code()],
        }
        return hashlib.sha256(_canonical(values).encode()).hexdigest()

    @property
    def band_values(self) -> list[list[float | None]]:
        """The bands as plain values that JSON can hold."""
        return [[band.score, band.at_least, band.at_most] for band in self.bands]

    def _code(self) -> list[Path]:
        here = [Path(__file__).with_name(name) for name in ("score.py", "interval.py")]
        modules = (predictions_module, metrics_module, problem_module)
        shared = [Path(module.__file__) for module in modules if module.__file__]
        return [*here, *shared, *([] if self.declared_in is None else [self.declared_in])]


def grading_config(spec: ScoringSpec, policy: Mapping[str, Any]) -> str:
    """Scoring and a policy's values as canonical JSON, as cohorts store it: equal text, equal grading."""
    return _canonical({"scoring": spec.digest, "bands": spec.band_values, "policy": dict(policy)})


def config_has_changed(before: str, now: str, *, scored: bool) -> bool:
    """Whether a card that was made under one grading configuration could come out otherwise under another.

    A card with a score depends on the scoring specification, one without a score on the policy alone.

    Configurations of ledgers up to step 0004 hold no digest: their intervals are of another kind.
    """
    old, new = json.loads(before), json.loads(now)
    return bool(old.get("scoring") != new["scoring"] if scored else old["policy"] != new["policy"])


def environment_fingerprint(environment: Mapping[str, str]) -> str:
    """What decided the predictions where the model ran, and numpy here, in one canonical line of JSON."""
    return _canonical({**environment, "scored_with": f"numpy {np.__version__}"} if environment else {})


def compare_environments(card: ScoreCard, other: ScoreCard) -> str:
    """How far a file came out apart where nothing but the environment differs; empty where that is not so.

    For example "another environment (cpu, threads): its metric is the same to within 0.0001 GW".
    """
    one, two = card.fingerprints, other.fingerprints
    if one is None or two is None or card.value is None or other.value is None:
        return ""
    if one.environment == two.environment or replace(two, environment=one.environment) != one:
        return ""
    apart = abs(card.value - other.value)
    within = f"the same to within {apart:.1g} {card.unit}".rstrip() if apart else "the same to the last bit"
    names = ", ".join(_differing(one.environment, two.environment))
    return f"another environment ({names}): its metric is {within}"


def _differing(one: str, two: str) -> list[str]:
    """The names of what differs between two environments."""
    before, now = (json.loads(each) for each in (one, two))
    return sorted(name.replace("_", " ") for name in {*before, *now} if before.get(name) != now.get(name))


def _canonical(values: Mapping[str, Any]) -> str:
    return json.dumps(values, sort_keys=True, separators=(",", ":"))
