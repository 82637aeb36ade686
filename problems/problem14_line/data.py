"""A straight line y = a x + b. The home's secret decides a and b: nobody else's line is the same."""

from __future__ import annotations

import hmac
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..problem import Splits
from ..tables import TableData

TABLE: Final = TableData(features=("x",), target="y", hidden=0.25, validation=0.2)
POINTS: Final = 401
MOST: Final = 20.0
"""x goes from minus this to this, in tenths."""


def make(raw: None, secret: bytes) -> Splits:
    """The splits of a line of this secret's own."""
    return TABLE.split(line(secret), None, secret)


def line(secret: bytes) -> NDArray[np.float64]:
    """(401, 2) Points of the line: a from 0.5 to 9.4 and b from 5 to 17.7, each with either sign."""
    steep, down, high, below, *_ = hmac.digest(secret, b"line", "sha256")
    slope = (5 + steep % 90) / 10 * (-1 if down % 2 else 1)
    base = (50 + high % 128) / 10 * (-1 if below % 2 else 1)
    x = np.linspace(-MOST, MOST, POINTS).round(1)
    return np.column_stack([x, (slope * x + base).round(2)])
