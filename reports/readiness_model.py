"""The probability of passing an exam, from what practice came to: a hierarchical model on a grid.

In each category a learner has a level and a spread, in scores: what a session comes to lies around the level.
Levels lie around the learner's skill, closely or less so; they may have risen from session to session; and
what a session came to may be the best of its tries, which an exam's score is not. Or else scores have any
shares. Each combination of these is weighed by how well it explains all sessions. Practice tells what beats
the best before (`grader/scoring/ladder.py`): of any other session it is known only that it did not.

Scores do not say which of these readings is right, so the range is that of all that are not ruled out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import gcd, lgamma
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..grader.records.exam import TO_PASS
from ..grader.scoring.card import FULL_MARKS

SCORES: Final = FULL_MARKS + 1
DRAWS: Final = 400
_LEVELS: Final = np.linspace(-1.0, 8.0, 19)
_SPREADS: Final = np.array([0.3, 0.6, 0.9])
_SKILLS: Final = np.linspace(1.0, 7.0, 7)
_TOGETHER: Final = (0.5, 1.3)
"""How far the levels of one learner lie from their skill."""
_RISES: Final = (0.0, 0.15, 0.3, 0.6)
"""Of the level, from each session to the next one."""
_RISING: Final = 8
"""So many sessions ago the rise began."""
_SHARES: Final = np.array([0.2, 0.2, 0.3, 0.5, 1.0, 3.0])
_SHARES_ALIKE: Final = (0.3, 1.0, 2.5)
_BY_SHARES: Final = 0.6
"""How likely it is beforehand that scores have any shares, and no level."""
_RANGE: Final = (5, 95)
"""Percentiles between which the estimate's range lies, by one reading."""
_RULED_OUT: Final = 0.02
"""A reading that is less likely than this share of the likeliest one is no part of the range."""

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


class SessionScore(NamedTuple):
    """What is known of a session."""

    score: int
    tries: int = 1
    """How many of its submissions could be scored."""
    disclosed: bool = True
    """It came to this score; else to about this score at most, as it did not beat an earlier one."""


def _priors() -> Floats:
    """(hypotheses about skill, levels * spreads) How likely each level and spread is under each."""
    rows = []
    for together, skill in product(_TOGETHER, _SKILLS):
        near = np.exp(-0.5 * ((_LEVELS - skill) / together) ** 2)
        rows.append(np.repeat(near / near.sum() / len(_SPREADS), len(_SPREADS)))
    return np.array(rows)


_PRIORS: Final = _priors()
_LEVEL: Final = np.repeat(_LEVELS, len(_SPREADS))
_SPREAD: Final = np.tile(_SPREADS, len(_LEVELS))


def _at_most(rise: float, ages: int) -> Floats:
    """(ages, 7, g) How likely a score is at most -1 to 5, so many sessions ago, at each level and spread."""
    level = _LEVEL - rise * np.minimum(np.arange(ages), _RISING)[:, None, None]
    edges = np.arange(-1, SCORES)[:, None] + 0.5
    below = 1 / (1 + np.exp(np.clip(-1.7 * (edges - level) / _SPREAD, -40, 40)))
    below[:, 0], below[:, -1] = 0.0, 1.0
    return np.asarray(below)


_NOW: Final = np.diff(_at_most(0.0, 1)[0], axis=0).T
"""(g, 6)"""


_ANY_SHARES: Final = 2
_READINGS: Final = np.r_[
    np.tile(np.repeat([0, 1], len(_PRIORS)), len(_RISES)), np.full(len(_SHARES_ALIKE), _ANY_SHARES)
]
"""Of each hypothesis: 0, a session is as an exam; 1, it is the best of its tries; `_ANY_SHARES`."""
_BEFORE: Final = np.where(
    _READINGS == _ANY_SHARES,
    _BY_SHARES / len(_SHARES_ALIKE),
    (1 - _BY_SHARES) / (len(_READINGS) - len(_SHARES_ALIKE)),
)


@dataclass(frozen=True)
class Practised:
    """What is known of sessions, newest first: (n, categories, sessions), filled up with scores of -1."""

    scores: Ints
    tries: Ints
    """How many submissions of each session could be scored, at least 1."""
    disclosed: NDArray[np.bool_]
    """Whether a session came to its score; else to about that at most."""

    @classmethod
    def of(cls, sessions: Sequence[Sequence[SessionScore]]) -> Practised:
        """Of one learner: each category's sessions, oldest first."""
        shape = (1, len(sessions), max(1, *map(len, sessions)))
        scores, tries, disclosed = np.full(shape, -1), np.ones(shape, np.intp), np.ones(shape, np.bool_)
        for place, category in enumerate(sessions):
            for age, each in enumerate(reversed(category)):
                scores[0, place, age], tries[0, place, age] = each.score, max(1, each.tries)
                disclosed[0, place, age] = each.disclosed
        return cls(scores, tries, disclosed)


@dataclass(frozen=True)
class Posterior:
    """What sessions tell of n learners."""

    weights: Floats
    """(n, h) How likely each hypothesis is."""
    scores: Floats
    """(n, categories, h, 6) How likely each score is today, under each."""
    fits: Floats
    """(n, categories, rises and tries, g) How well each level and spread explains the sessions."""
    reached: Floats
    """(n, categories, 5) How often each score from 1 to 5 was disclosed."""
    missed: Floats
    """(n, categories, 5) How often a session stayed below it."""
    undisclosed: NDArray[np.bool_]
    """(n,) Whether some sessions disclosed no score: what they came to rules out no reading."""

    @property
    def today(self) -> Floats:
        """(n, categories, 6) How likely each score is today."""
        return np.asarray(np.einsum("nh,nchs->ncs", self.weights, self.scores))

    def probability(self, weights: Sequence[int]) -> Floats:
        """(n,) Of passing today, where the categories have these weights."""
        return np.asarray((self.weights * pass_probability(self.scores.swapaxes(1, 2), weights)).sum(axis=1))

    def bounds(self, weights: Sequence[int], learner: int = 0, draws: int = DRAWS) -> tuple[float, float]:
        """Between which the learner's probability of passing lies, by any reading that is not ruled out."""
        readings = [
            np.where(each == _READINGS, self.weights[learner], 0.0) for each in range(_ANY_SHARES + 1)
        ]
        least = _RULED_OUT * max(each.sum() for each in readings)
        ranges = [
            np.percentile(pass_probability(self._draw(learner, each, draws), weights), _RANGE)
            for each in readings
            if each.sum() >= least or (each is readings[_ANY_SHARES] and self.undisclosed[learner])
        ]
        return float(min(low for low, _ in ranges)), float(max(high for _, high in ranges))

    def _draw(self, learner: int, likely: Floats, draws: int) -> Floats:
        """(draws, categories, 6) How likely each score is, as likely as that is by one reading."""
        random = np.random.default_rng(0)
        chosen = random.choice(len(likely), draws, p=likely / likely.sum())
        if _READINGS[chosen[0]] == _ANY_SHARES:
            alike = np.array(_SHARES_ALIKE)[chosen - (len(_READINGS) - len(_SHARES_ALIKE)), None, None]
            among, below = _among(alike)
            return _as_shares(random.beta(among + self.reached[learner], below + self.missed[learner]))
        how, skill = np.divmod(chosen, len(_PRIORS))
        places = [_draw_each(fits[how] * _PRIORS[skill], random) for fits in self.fits[learner]]
        return np.asarray(_NOW[np.stack(places, axis=1)])


def _draw_each(likely: Floats, random: np.random.Generator) -> Ints:
    """(draws,) For each row of (draws, g) a column, as likely as it says."""
    up_to = np.cumsum(likely, axis=1)
    return np.asarray((up_to < random.random((len(likely), 1)) * up_to[:, -1:]).sum(axis=1))


def learn(practised: Practised) -> Posterior:
    """What sessions tell, by Bayes' theorem."""
    fits, highest = _fits(practised)
    known = fits @ _PRIORS.T
    mean = (fits @ (_PRIORS[:, :, None] * _NOW).swapaxes(0, 1).reshape(len(_LEVEL), -1)).reshape(
        *known.shape, SCORES
    ) / known[..., None]
    log = np.log(known) + highest[..., None]
    seen = practised.scores[..., None]
    reached = ((seen == np.arange(1, SCORES)) & practised.disclosed[..., None]).sum(axis=2).astype(float)
    missed = ((seen >= 0) & (seen < np.arange(1, SCORES))).sum(axis=2).astype(float)
    shares = [_by_shares(reached, missed, alike) for alike in _SHARES_ALIKE]
    flat = (*log.shape[:2], -1)
    logs = np.concatenate([log.reshape(flat), *(one[..., None] for one, _ in shares)], axis=-1).sum(axis=1)
    now = np.concatenate([mean.reshape(*flat, SCORES), *(each[:, :, None] for _, each in shares)], axis=2)
    weights = _BEFORE * np.exp(logs - logs.max(axis=-1, keepdims=True))
    undisclosed = np.asarray(~practised.disclosed.all(axis=(1, 2)))
    return Posterior(weights / weights.sum(axis=-1, keepdims=True), now, fits, reached, missed, undisclosed)


def _fits(practised: Practised) -> tuple[Floats, Floats]:
    """(n, categories, rises and tries, g), each divided by its highest, and the logarithm of that."""
    scores, tries, disclosed = practised.scores, practised.tries, practised.disclosed[..., None]
    ages = np.arange(scores.shape[-1])
    fits, highest = [], []
    for rise in _RISES:
        below = _at_most(rise, len(ages))
        at_most = below[ages, scores + 1]
        # What was not disclosed may be a little better than the best: that alone is not disclosed.
        high = np.where(disclosed, at_most, (at_most + below[ages, np.minimum(scores + 2, SCORES)]) / 2)
        low = np.where(disclosed, below[ages, np.maximum(scores, 0)], 0.0)
        for count in (np.ones_like(tries), tries):
            each = np.log(np.maximum(high ** count[..., None] - low ** count[..., None], 1e-12))
            total = np.where(scores[..., None] >= 0, each, 0.0).sum(axis=2)
            highest.append(total.max(axis=-1))
            fits.append(np.exp(total - highest[-1][..., None]))
    return np.stack(fits, axis=2), np.stack(highest, axis=2)


def _by_shares(reached: Floats, missed: Floats, alike: float) -> tuple[Floats, Floats]:
    """The logarithm of how likely this is, and the shares to expect now.

    Shares of a Dirichlet distribution: how many of the scores that are not higher are 5, 4, …, 1 are
    independent, and have a beta distribution each. So what only stayed below a score can be counted too.
    """
    among, below = _among(alike)
    more, less = among + reached, below + missed
    log = (_log_beta(more, less) - _log_beta(among, below)).sum(axis=-1)
    return log, _as_shares(more / (more + less))


def _among(alike: Any) -> tuple[Floats, Floats]:
    """(…, 5) The beta distribution's two numbers for each score from 1 to 5."""
    return np.asarray(alike * _SHARES[1:]), np.asarray(alike * np.cumsum(_SHARES)[:-1])


def _as_shares(among: Floats) -> Floats:
    """(…, 6) The shares of scores, from (…, 5): how many of those that are not higher are 1, 2, …, 5."""
    below = np.cumprod(1 - among[..., ::-1], axis=-1)[..., ::-1]
    not_higher = np.concatenate([below[..., 1:], np.ones_like(below[..., :1])], axis=-1)
    return np.concatenate([below[..., :1], among * not_higher], axis=-1)


def _log_beta(a: Floats, b: Floats) -> Floats:
    log_gamma = np.vectorize(lgamma, otypes=[float])
    return np.asarray(log_gamma(a) + log_gamma(b) - log_gamma(a + b))


def pass_probability(scores: NDArray[Any], weights: Sequence[int]) -> Floats:
    """(…,) from (…, categories, 6) probabilities of each score: what may be lost is counted exactly."""
    unit = gcd(*weights)
    costs = [weight // unit for weight in weights]
    most = FULL_MARKS * sum(costs)
    spare = most - -(-TO_PASS * most // 100)
    lost = np.zeros((*scores.shape[:-2], spare + 1))
    lost[..., 0] = 1.0
    for place, cost in enumerate(costs):
        after = np.zeros_like(lost)
        for missing in range(SCORES):
            step = cost * missing
            if step <= spare:
                chance = scores[..., place, FULL_MARKS - missing, None]
                after[..., step:] += chance * lost[..., : spare + 1 - step]
        lost = after
    return np.asarray(np.minimum(lost.sum(axis=-1), 1.0))
