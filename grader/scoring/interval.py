"""The 95% confidence interval of a metric: computed from its values alone, without a random number.

    a share                     Wilson's score interval with continuity correction (Newcombe 1998, method 4)
    a mean of errors            Student's t on Hall's scale, which takes the skew away (Hall 1992)
    examples close in time      stretches of time as single observations (batch means), on a logarithmic scale

How often each covers the true value is measured in design/intervals.md. Sums are `math.fsum`: the order of
the examples, the processor and the number of threads change no bit.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .card import Interval

CONFIDENCE: Final = 0.95
_Z: Final = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
_T_QUANTILE: Final = 0.98
"""Of Student's t, instead of 97.5%: what a sample hides of heavy tails costs up to one in a hundred."""
_FAR_SKEW: Final = 2.0
"""A sample shows less skew than what it was drawn from, because its longest errors are rare: towards them it
counts twice. Measured: without both, heavy-tailed errors are covered 90% to 95% of the time."""
_FEWEST_GROUPS: Final = 3
_STRETCHES: Final = ((40, 10, 2.3984), (10, 5, 3.4954), (_FEWEST_GROUPS, 3, 6.2053))
"""From so many groups on, so many stretches, and Student's t for them: 98% with 9 degrees of freedom, 98.75%
with 4 and 2. It is more than 97.5%, because few stretches show too little of what they have in common."""
_MOST_CORRELATED: Final = 0.8

Values = NDArray[np.float64]


def confidence_interval(per_example: Values, groups: NDArray[np.int64] | None, *, is_share: bool) -> Interval:
    """The 95% confidence interval of the mean of `per_example`.

    Args:
        per_example: (n,) the metric of each example, none of them negative.
        groups: (n,) for examples that are not independent: a number that rises with time, such as the day.
            Examples of one group, and of groups close in time, may be alike in any way.
        is_share: whether the metric lies between 0 and 1.

    Returns:
        An interval that holds the mean, with a sentence on what it assumes.
    """
    mean = _sum(per_example) / len(per_example)
    counted = is_share and bool(np.isin(per_example, (0.0, 1.0)).all())
    if groups is not None:
        low, high, assumes = _of_series(per_example, groups, mean, counted=counted)
    elif counted:
        low, high, assumes = *wilson(mean, len(per_example)), f"{len(per_example):,} independent examples"
    else:
        low, high, assumes = *_of_mean(per_example, mean), f"{len(per_example):,} independent examples"
    low, high = max(low, min(0.0, float(per_example.min()))), min(high, 1.0) if is_share else high
    return Interval(min(low, mean), max(high, mean), assumes)


def wilson(share: float, count: float) -> tuple[float, float]:
    """Wilson's score interval with continuity correction, of a share of `count` independent examples."""
    rest, square = 1 - share, _Z * _Z

    def root(sign: float, part: float, other: float) -> float:
        inner = square + sign * 2 - 1 / count + 4 * part * (count * other - sign)
        return _Z * math.sqrt(max(0.0, inner))

    scale = 2 * (count + square)
    low = (2 * count * share + square - 1 - root(-1, share, rest)) / scale
    high = (2 * count * share + square + 1 + root(1, share, rest)) / scale
    return (0.0 if share == 0 else max(0.0, low)), (1.0 if share == 1 else min(1.0, high))


def _of_mean(values: Values, mean: float) -> tuple[float, float]:
    """(n,) independent numbers."""
    count = len(values)
    deviation = _deviation(values, mean)
    if count < 3 or deviation == 0:
        return float(values.min()), float(values.max())
    error = deviation / math.sqrt(count)
    standard = (values - mean) / deviation
    # The third moment over the standard deviation's cube, made unbiased for a normal sample.
    skew = _sum(standard * standard * standard) * count / ((count - 1) * (count - 2))
    t = _student(count - 1)
    near, far = skew / math.sqrt(count), _FAR_SKEW * skew / math.sqrt(count)
    below, above = (near, far) if skew > 0 else (far, near)
    return mean - _from_hall(t, below) * error, mean - _from_hall(-t, above) * error


def _from_hall(transformed: float, skew: float) -> float:
    """Student's t from T + aT²/3 + a²T³/27 + a/6, where `a` is the skew over the root of the count."""
    if abs(skew) < 1e-9:
        return transformed
    return (math.cbrt(1 + skew * (transformed - skew / 6)) - 1) * 3 / skew


def _student(freedom: int) -> float:
    """A quantile of Student's t, from two degrees of freedom on (Abramowitz and Stegun 26.7.5)."""
    z = NormalDist().inv_cdf(_T_QUANTILE)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + math.fsum(term / freedom**power for power, term in enumerate(terms, 1))


def _of_series(
    values: Values, groups: NDArray[np.int64], mean: float, *, counted: bool
) -> tuple[float, float, str]:
    """(n,) numbers in groups that rise with time; `counted` where each is 0 or 1."""
    sums, counts = _by_group(values, groups)
    if len(sums) < _FEWEST_GROUPS:
        alone = f"{len(sums)} group of examples" if len(sums) == 1 else f"{len(sums)} groups of examples"
        return float(values.min()), float(values.max()), f"{alone}, too few to say: all that was seen"
    stretches, t = next((many, t) for least, many, t in _STRETCHES if len(sums) >= least)
    error = _error_of_stretches(sums, counts, mean, stretches)
    effective = _effective(values, mean, error)
    if counted:
        # Where all are alike, no stretch differs: then a group tells as much as one example.
        independent = effective * (_Z / t) ** 2 if error else float(len(sums))
        low, high = wilson(mean, independent)
    else:
        reach = t * error / mean if mean else 0.0
        low, high = mean * math.exp(-reach), mean * math.exp(reach)
    assumes = (
        f"{len(values):,} neighbouring examples that tell as much as {effective:,.0f} independent ones, "
        f"by {stretches} stretches of time"
    )
    return low, high, assumes


def _by_group(values: Values, groups: NDArray[np.int64]) -> tuple[Values, Values]:
    """(groups,) sums and (groups,) counts, in the order of time."""
    _, starts, counts = np.unique(groups[np.argsort(groups)], return_index=True, return_counts=True)
    parts = np.split(values[np.argsort(groups, kind="stable")], starts[1:])
    return np.array([_sum(part) for part in parts]), counts.astype(np.float64)


def _error_of_stretches(sums: Values, counts: Values, mean: float, stretches: int) -> float:
    """The standard error of the mean, from how stretches of neighbouring groups differ.

    Neighbouring stretches have something in common too, and so differ too little. By how much follows from
    the correlation of neighbouring groups, if that falls with their distance as in an autoregressive series.
    """
    many = len(sums)
    residuals = sums - mean * counts
    parts = np.array_split(residuals, stretches)
    squares = math.fsum(_sum(part) ** 2 for part in parts)
    error = math.sqrt(squares * stretches / (stretches - 1)) / _sum(counts)
    means = residuals / counts
    variance = _sum(means * means)
    if variance == 0:
        return error
    seen = _sum(means[1:] * means[:-1]) / variance
    # A correlation that is estimated from few groups comes out too small.
    correlation = min(max(0.0, seen + (1 + 4 * seen) / many), _MOST_CORRELATED)
    whole, stretch = _variance_of_mean(correlation, many), _variance_of_mean(correlation, many / stretches)
    return error * math.sqrt(max(1.0, whole * (stretches - 1) / (stretch - whole)))


def _variance_of_mean(correlation: float, count: float) -> float:
    """Of the mean of `count` neighbours in an autoregressive series of variance 1."""
    rest, last = 1 - correlation, math.pow(correlation, count)
    return (1 + correlation) / (rest * count) - 2 * correlation * (1 - last) / (rest * count) ** 2


def _effective(values: Values, mean: float, error: float) -> float:
    """How many independent examples would have this standard error; never more than there are."""
    deviation = _deviation(values, mean)
    return min(float(len(values)), (deviation / error) ** 2) if error else float(len(values))


def _deviation(values: Values, mean: float) -> float:
    """The standard deviation of the sample; 0 for a single value."""
    return math.sqrt(_sum(np.square(values - mean)) / max(1, len(values) - 1))


def _sum(values: Values) -> float:
    """Rounded once: the same in every order. Python's own numbers are summed faster than numpy's."""
    return math.fsum(values.tolist())
