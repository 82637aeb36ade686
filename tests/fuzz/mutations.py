"""Half-broken files from whole ones: one number makes the same file each time."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final

from .seeds import TOKENS

LONGEST: Final = 2**17
_PUMPED: Final = 2**16


def mutate(seeds: Sequence[bytes], number: int) -> bytes:
    """One of the seeds, changed in one to six ways."""
    chance = random.Random(number)
    content = bytearray(chance.choice(seeds))
    for _ in range(chance.randint(1, 6)):
        chance.choice(_WAYS)(content, chance, seeds)
    return bytes(content[:LONGEST])


def _place(content: bytearray, chance: random.Random) -> int:
    return chance.randint(0, len(content))


def _flip(content: bytearray, chance: random.Random, seeds: Sequence[bytes]) -> None:
    for _ in range(chance.choice((1, 1, 2, 8))):
        if content:
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)


def _set(content: bytearray, chance: random.Random, seeds: Sequence[bytes]) -> None:
    if content:
        content[chance.randrange(len(content))] = chance.choice((0, 1, 9, 10, 32, 48, 57, 127, 128, 255))


def _cut(content: bytearray, chance: random.Random, seeds: Sequence[bytes]) -> None:
    del content[_place(content, chance) :]


def _remove(content: bytearray, chance: random.Random, seeds: Sequence[bytes]) -> None:
    start = _place(content, chance)
    del content[start : start + chance.choice((1, 4, 30, 512))]


def _insert(content: bytearray, chance: random.Random, seeds: Sequence[bytes]) -> None:
    place = _place(content, chance)
    content[place:place] = chance.choice(TOKENS)


def _overwrite(content: bytearray, chance: random.Random, seeds: Sequence[bytes]) -> None:
    token, place = chance.choice(TOKENS), _place(content, chance)
    content[place : place + len(token)] = token


def _pump(content: bytearray, chance: random.Random, seeds: Sequence[bytes]) -> None:
    """Repeats a piece, as what takes more than linear time is found."""
    start, length = _place(content, chance), chance.choice((1, 1, 2, 3, 8, 40))
    piece = bytes(content[start : start + length]) or chance.choice(TOKENS)
    times = min(chance.choice((2, 50, 2_000, 50_000)), max(1, _PUMPED // len(piece)))
    content[start:start] = piece * times


def _join(content: bytearray, chance: random.Random, seeds: Sequence[bytes]) -> None:
    other = chance.choice(seeds)
    start = chance.randint(0, len(other))
    place = _place(content, chance)
    content[place:] = other[start:]


_WAYS: Final = (_flip, _flip, _set, _cut, _remove, _insert, _insert, _overwrite, _pump, _join)
