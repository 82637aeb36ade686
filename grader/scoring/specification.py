"""The scoring specification: by what predictions are scored, with one digest for whoever compares scores.

A score is a function of the artifact, the data, the scoring specification and the environment. Score cards,
cohorts' caches and regradings compare specifications by `ScoringSpec.digest` and by nothing else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Self

import numpy as np

from ...problems import Band, Dataset, Metric, Output
from ...problems import metrics as metrics_module
from ...problems import problem as problem_module

RESAMPLES: Final = 2_000
CONFIDENCE: Final = 0.95
_SEED_POLICY: Final = "the data's fingerprint"


@dataclass(frozen=True)
class ScoringSpec:
    """By what predictions are scored: metric, bands, output shapes, and how the interval is drawn."""

    metric: Metric
    bands: Sequence[Band]
    outputs: Sequence[Output]
    """Every shape that predictions may have, the number of classes filled in."""
    seed: str
    """Seeds the bootstrap: the data's fingerprint, so that one data set is always resampled the same way."""
    declared_in: Path | None = None
    """The file that declares the problem, whose code may read outputs or compute the metric."""

    @classmethod
    def of(cls, dataset: Dataset) -> Self:
        """The specification of a data set: its bands or a mentor's own, and its classes in the shapes."""
        problem = dataset.problem
        declared_in = problem.folder / "__init__.py"
        return cls(problem.metric, dataset.bands, dataset.outputs, dataset.fingerprint, declared_in)

    @cached_property
    def digest(self) -> str:
        """sha256, in hex, over everything but the data: two specifications with equal digests score alike.

        It covers what is declared (metric, bands, shapes, the interval's resampling), the code that computes
        the score, and numpy's version. The seed is not in it: the data has a fingerprint of its own.
        """
        values = {
            "metric": [self.metric.name, self.metric.unit, self.metric.higher_is_better],
            "bands": self.band_values,
            "outputs": [list(output.shape) for output in self.outputs],
            "interval": {"seed": _SEED_POLICY, "resamples": RESAMPLES, "confidence": CONFIDENCE},
            "code": [hashlib.sha256(file.read_bytes()).hexdigest() for file in self._code()],
            "numpy": np.__version__,
        }
        return hashlib.sha256(_canonical(values).encode()).hexdigest()

    @property
    def band_values(self) -> list[list[float | None]]:
        """The bands as plain values that JSON can hold."""
        return [[band.score, band.at_least, band.at_most] for band in self.bands]

    def _code(self) -> list[Path]:
        score_module = Path(__file__).with_name("score.py")
        shared = [Path(module.__file__) for module in (metrics_module, problem_module) if module.__file__]
        return [score_module, *shared, *([] if self.declared_in is None else [self.declared_in])]


def grading_config(spec: ScoringSpec, policy: Mapping[str, Any]) -> str:
    """Scoring and a policy's values as canonical JSON, as cohorts store it: equal text, equal grading."""
    return _canonical({"scoring": spec.digest, "bands": spec.band_values, "policy": dict(policy)})


def config_has_changed(before: str, now: str, *, scored: bool) -> bool:
    """Whether a card that was made under one grading configuration could come out otherwise under another.

    A card with a score depends on the scoring specification, one without a score on the policy alone.

    Configurations of ledgers up to step 0004 hold the bands, but no digest. Only their bands are compared:
    the version that brought the digest scores as the one before it, bit for bit, so nothing is graded again
    because tfprep was upgraded.
    """
    old, new = json.loads(before), json.loads(now)
    if not scored:
        return bool(old["policy"] != new["policy"])
    return bool(old.get("scoring", new["scoring"]) != new["scoring"] or old["bands"] != new["bands"])


def environment_fingerprint(environment: Mapping[str, str]) -> str:
    """The versions that decided the predictions, in one canonical line of JSON."""
    return _canonical(dict(environment))


def _canonical(values: Mapping[str, Any]) -> str:
    return json.dumps(values, sort_keys=True, separators=(",", ":"))
