"""Texts that are nearly the same: an article changed for a later edition, a tweet with a word more."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import combinations
from typing import Final

RUN: Final = 5
"""Words in a row that are compared."""
ALIKE: Final = 0.5
"""Texts are nearly the same that share so many of their runs (Jaccard)."""
_COMMON: Final = 100
"""A run in more texts than this tells nothing of them."""


def first_of_alike(texts: Sequence[Sequence[str]]) -> list[str]:
    """Of each text, given as its words, the first by alphabet of those that are nearly the same.

    The order of the texts changes nothing. What is like one of a group belongs to the group.
    """
    written = [" ".join(words) for words in texts]
    runs = {text: _runs(words) for text, words in sorted(zip(written, texts, strict=True))}
    holders: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for text, its_runs in runs.items():
        for run in its_runs:
            holders[run].append(text)
    shared = Counter(
        pair for found in holders.values() if len(found) <= _COMMON for pair in combinations(found, 2)
    )
    first = {text: text for text in runs}
    for (one, other), count in sorted(shared.items()):
        if count >= ALIKE * len(runs[one] | runs[other]):
            _join(first, one, other)
    return [_root(first, text) for text in written]


def _runs(words: Sequence[str]) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(words[start : start + RUN]) for start in range(max(1, len(words) - RUN + 1)))


def _join(first: dict[str, str], one: str, other: str) -> None:
    low, high = sorted((_root(first, one), _root(first, other)))
    first[high] = low


def _root(first: dict[str, str], text: str) -> str:
    while first[text] != text:
        text = first[text]
    return text
