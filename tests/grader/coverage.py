"""How often the 95% intervals cover the true value: `python -m tests.grader.coverage` prints the table.

Shares are computed exactly, over every number of right predictions. Errors and series are simulated, seeded.
The way of earlier versions, the percentile bootstrap, stands beside today's.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tfprep.grader.scoring.interval import confidence_interval, wilson
from tfprep.problems import find
from tfprep.problems.halves import by_time

Values = NDArray[np.float64]
Draw = Callable[[np.random.Generator, tuple[int, int]], Values]
Groups = NDArray[np.int64] | None

WINDOW: Final = 96
HORIZON: Final = 24
DAY: Final = 48
"""As in problem 5: half-hours that a model sees, that it forecasts, and of a day."""


def _mean_of_half_t(freedom: float) -> float:
    """Of the absolute value of Student's t."""
    scale = 2 * math.sqrt(freedom) / (math.sqrt(math.pi) * (freedom - 1))
    return scale * math.gamma((freedom + 1) / 2) / math.gamma(freedom / 2)


ERRORS: Final[dict[str, tuple[Draw, float]]] = {
    "half normal": (lambda random, size: np.abs(random.normal(size=size)), math.sqrt(2 / math.pi)),
    "exponential": (lambda random, size: random.exponential(1, size), 1.0),
    "gamma, shape 0.5": (lambda random, size: random.gamma(0.5, 1, size), 0.5),
    "lognormal, sigma 0.5": (lambda random, size: random.lognormal(0, 0.5, size), math.exp(0.125)),
    "lognormal, sigma 1": (lambda random, size: random.lognormal(0, 1, size), math.exp(0.5)),
    "lognormal, sigma 1.5": (lambda random, size: random.lognormal(0, 1.5, size), math.exp(1.125)),
    "|t|, 5 degrees": (lambda random, size: np.abs(random.standard_t(5, size)), _mean_of_half_t(5)),
    "|t|, 3 degrees": (lambda random, size: np.abs(random.standard_t(3, size)), _mean_of_half_t(3)),
    "|t|, 2.5 degrees": (lambda random, size: np.abs(random.standard_t(2.5, size)), _mean_of_half_t(2.5)),
    "Pareto, 3": (lambda random, size: random.pareto(3, size), 0.5),
    "a tenth five times as large": (
        lambda random, size: np.abs(random.normal(size=size)) * np.where(random.random(size) < 0.1, 5, 1),
        1.4 * math.sqrt(2 / math.pi),
    ),
}


@dataclass(frozen=True)
class Coverage:
    """How often an interval held the true value, and how wide it was in the middle of all."""

    covered: float
    width: float


def coverage_of_share(count: int, share: float, *, old: bool = False) -> Coverage:
    """Exact: over every number of right predictions that has a chance of more than 1e-12."""
    logs = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, count + 1)))])
    right = np.arange(count + 1)
    chances = np.exp(
        logs[count] - logs - logs[::-1] + right * math.log(share) + (count - right) * math.log1p(-share)
    )
    covered = width = 0.0
    for hits in np.flatnonzero(chances > 1e-12):
        low, high = _percentiles_of_share(int(hits), count) if old else wilson(hits / count, count)
        covered += float(chances[hits]) * (low <= share <= high)
        width += float(chances[hits]) * (high - low)
    return Coverage(covered, width)


def _percentiles_of_share(hits: int, count: int) -> tuple[float, float]:
    """What the percentile bootstrap gives for a share, by the normal approximation; nothing at the ends."""
    reach = 1.96 * math.sqrt(hits / count * (1 - hits / count) / count)
    return hits / count - reach, hits / count + reach


def coverage_of_errors(name: str, count: int, times: int, *, old: bool = False) -> Coverage:
    """Of so many simulated samples."""
    draw, true = ERRORS[name]
    random = np.random.default_rng(20261126)
    samples = (sample for _ in range(0, times, 100) for sample in draw(random, (100, count)))
    return _measure(((sample, None) for sample in samples), true, old=old)


def coverage_of_series(
    days: int, windows: int, correlation: float, times: int, *, old: bool = False, half: int | None = None
) -> Coverage:
    """Of forecasts' mean absolute errors in overlapping windows, whose noise is an autoregressive series.

    Args:
        days: of half-hours, that the windows' horizons fall into.
        windows: how many are drawn, as problem 5 draws them.
        correlation: of an error with that of the half-hour before.
        times: how many series are simulated.
        old: by the percentile bootstrap of days.
        half: 0 or 1 for the windows of that half, as practice or what counts is scored on; None for all.
    """
    random = np.random.default_rng(20261126)
    errors = np.abs(_autoregressive(random, times, days * DAY, correlation))
    sums = np.concatenate([np.zeros((times, 1)), np.cumsum(errors, axis=1)], axis=1)
    starts = np.sort(random.choice(days * DAY - HORIZON + 1, windows, replace=False))
    per_window = (sums[:, starts + HORIZON] - sums[:, starts]) / HORIZON
    groups = (starts + WINDOW) // DAY
    if half is not None:
        chosen = by_time(groups, find("forecast").groups_apart)[half]
        per_window, groups = per_window[:, chosen], groups[chosen]
    return _measure(((sample, groups) for sample in per_window), math.sqrt(2 / math.pi), old=old)


def _autoregressive(random: np.random.Generator, times: int, steps: int, correlation: float) -> Values:
    """(times, steps) of variance 1."""
    fresh = math.sqrt(1 - correlation**2)
    series = np.empty((times, steps))
    state = random.normal(size=times)
    for step in range(steps):
        state = correlation * state + fresh * random.normal(size=times)
        series[:, step] = state
    return series


def _measure(samples: Iterator[tuple[Values, Groups]], true: float, *, old: bool) -> Coverage:
    ends = np.array([_percentiles(*each) if old else _interval(*each) for each in samples])
    covered = (ends[:, 0] <= true) & (true <= ends[:, 1])
    return Coverage(float(covered.mean()), float(np.median(ends[:, 1] - ends[:, 0])))


def _interval(sample: Values, groups: Groups) -> tuple[float, float]:
    interval = confidence_interval(sample, groups, is_share=False)
    return interval.low, interval.high


def _percentiles(sample: Values, groups: Groups) -> tuple[float, float]:
    """The percentile bootstrap of earlier versions, with fewer samples drawn."""
    group = np.arange(len(sample)) if groups is None else np.unique(groups, return_inverse=True)[1]
    sums, counts = np.bincount(group, sample), np.bincount(group)
    drawn = np.random.default_rng(1).integers(0, len(sums), (400, len(sums)))
    low, high = np.quantile(sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1), [0.025, 0.975])
    return float(low), float(high)


def main(times: int) -> None:
    """Prints the whole table, as design/intervals.md shows it."""
    print("| what | n | coverage | mean or median width | coverage, earlier |\n|---|---|---|---|---|")
    for count in (40, 67, 100, 400, 1_000, 10_000):
        for share in (0.5, 0.7, 0.9, 0.95, 0.99):
            found, before = coverage_of_share(count, share), coverage_of_share(count, share, old=True)
            _print_row(f"share {share}", f"{count:,}", found, before)
    for name in ERRORS:
        for count in (40, 100, 400, 1_000, 10_000):
            few = min(times, 15_000_000 // count)
            found = coverage_of_errors(name, count, few)
            before = coverage_of_errors(name, count, min(few, 1_000 if count <= 1_000 else 100), old=True)
            _print_row(name, f"{count:,}", found, before)
    for half in (0, 1):
        for correlation in (0.0, 0.5, 0.9, 0.95, 0.98):
            few = min(times, 2_000)
            found = coverage_of_series(73, 522, correlation, few, half=half)
            before = coverage_of_series(73, 522, correlation, 500, old=True, half=half)
            _print_row(f"half {half} of windows of 73 days, correlation {correlation}", "522", found, before)
    for days, windows in ((7, 40), (10, 40), (20, 100), (40, 250), (73, 500), (365, 2_000)):
        for correlation in (0.0, 0.5, 0.9, 0.95, 0.98):
            found = coverage_of_series(days, windows, correlation, min(times, 2_000))
            before = coverage_of_series(days, windows, correlation, 500, old=True)
            _print_row(
                f"overlapping windows of {days} days, correlation {correlation}",
                f"{windows:,}",
                found,
                before,
            )


def _print_row(what: str, count: str, found: Coverage, before: Coverage) -> None:
    row = (what, count, f"{found.covered:.1%}", f"{found.width:.3g}", f"{before.covered:.1%}")
    print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 2_000)
