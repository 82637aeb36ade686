"""A table of a TOML file, read key by key; what nobody asked for is refused, with the nearest name.

table = Table.open(path)
name = table.text("name", default="cohort")
late = table.table("late")
table.close()
"""

from __future__ import annotations

import difflib
import math
import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from ..errors import BadCohort

R = TypeVar("R")
T = TypeVar("T")
_LARGEST: Final = 2**20
"""Bytes. A page of settings is a thousandth of this."""
_LONGEST: Final = 60
_HUGE: Final = 1e300
_NEVER_SHOWN: Final = frozenset({"secret"})
"""Keys whose values stand in no message."""


class Table:
    """One table: each key is asked for once, with what is expected of it. All else raises BadCohort."""

    def __init__(self, file: Path, values: Mapping[str, Any], name: str = "") -> None:
        self.file = file
        self.name = name
        """Where it stands in the file: "problems.flowers"; empty at the top."""
        self._values = values
        self._asked: dict[str, None] = {}
        self._inner: list[Table] = []

    @classmethod
    def open(cls, file: Path) -> Table:
        """A file's top table. Raises BadCohort where it cannot be read or is not TOML."""
        try:
            with file.open("rb") as opened:
                content = opened.read(_LARGEST + 1)
            if len(content) > _LARGEST:
                raise BadCohort(f"{file} is larger than {_LARGEST // 2**20} MiB: no page of settings is.")
            return cls(file, tomllib.loads(content.decode("utf-8-sig")))
        except OSError as error:
            raise BadCohort(f"{file} cannot be read: {error.strerror or error}.") from error
        except ValueError as error:
            raise BadCohort(f"{file} is not valid TOML in UTF-8: {error}.") from error

    @property
    def keys(self) -> tuple[str, ...]:
        """Whatever is written in it, in the file's order."""
        return tuple(self._values)

    def has(self, key: str) -> bool:
        """Whether the key is written in it."""
        return key in self._values

    def text(self, key: str, default: T, longest: int = 200) -> str | T:
        """A printable text of at least one sign."""

        def read(value: Any) -> str:
            right = isinstance(value, str) and value.strip() and value.isprintable()
            if not right or len(value) > longest:
                raise ValueError(f"a text of 1 to {longest} printable signs")
            return str(value).strip()

        return self.read(key, read, default)

    def choice(self, key: str, choices: Iterable[str], default: T) -> str | T:
        """One of some words."""
        words = tuple(choices)

        def read(value: Any) -> str:
            if value not in words:
                raise ValueError(" or ".join(f'"{word}"' for word in words))
            return str(value)

        return self.read(key, read, default)

    def flag(self, key: str, default: T) -> bool | T:
        """True or false."""

        def read(value: Any) -> bool:
            if not isinstance(value, bool):
                raise ValueError("true or false")
            return value

        return self.read(key, read, default)

    def number(self, key: str, default: T, *, least: float = 0.0, most: float = math.inf) -> float | T:
        """A finite number from `least` to `most`."""
        expected = f"a number from {least:g}" + (f" to {most:g}" if math.isfinite(most) else " upwards")

        def read(value: Any) -> float:
            if not _is_number(value) or not least <= value <= most:
                raise ValueError(expected)
            return float(value)

        return self.read(key, read, default)

    def count(self, key: str, default: T, *, least: int = 1, most: int = 10_000) -> int | T:
        """A whole number from `least` to `most`."""

        def read(value: Any) -> int:
            if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
                raise ValueError(f"a whole number from {least} to {most:,}")
            return value

        return self.read(key, read, default)

    def numbers(self, key: str, default: T, length: int) -> tuple[float, ...] | T:
        """So many finite numbers."""

        def read(value: Any) -> tuple[float, ...]:
            right = isinstance(value, list) and len(value) == length
            if not right or not all(map(_is_number, value)):
                raise ValueError(f"a list of {length} numbers")
            return tuple(map(float, value))

        return self.read(key, read, default)

    def moment(self, key: str, default: T) -> datetime | T:
        """A date and time, written without quotes; aware of its zone or not."""

        def read(value: Any) -> datetime:
            if not isinstance(value, datetime):
                raise ValueError("a date and time without quotes, such as 2026-06-30T23:59:00+02:00")
            return value

        return self.read(key, read, default)

    def read(self, key: str, read: Callable[[Any], R], default: T) -> R | T:
        """Whatever `read` makes of the value; it raises ValueError with what is expected."""
        self._asked[key] = None
        if key not in self._values:
            return default
        try:
            return read(self._values[key])
        except ValueError as error:
            found = "" if key in _NEVER_SHOWN else f", found {_shown(self._values[key])}"
            raise self.wrong(key, f"expected {error}{found}") from error

    def table(self, key: str) -> Table:
        """The table under a key; an empty one where it is not written. `close` looks into it too."""
        self._asked[key] = None
        value = self._values.get(key, {})
        if not isinstance(value, dict):
            raise self.wrong(key, f"expected a table, [{self._path(key)}], found {_shown(value)}")
        inner = Table(self.file, value, self._path(key))
        self._inner.append(inner)
        return inner

    def wrong(self, key: str, why: str) -> BadCohort:
        """The error for a key of this table."""
        end = "" if why.endswith(("?", ".")) else "."
        return BadCohort(f"{self.file}: {self._path(key)}: {why}{end}")

    def close(self) -> None:
        """Refuses whatever nobody asked for, here and in the tables below."""
        for key in self._values:
            if key not in self._asked:
                raise self.wrong(_clean(key), f"there is no such key. {self._offer(key)}")
        for inner in self._inner:
            inner.close()

    def _offer(self, key: str) -> str:
        near = difflib.get_close_matches(key.lower(), self._asked, n=1, cutoff=0.5)
        return f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(self._asked)}"

    def _path(self, key: str) -> str:
        return f"{self.name}.{key}" if self.name else key


def _is_number(value: Any) -> bool:
    """Whether it is a number that fits a float; NaN and infinity do not."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _HUGE


def _clean(text: str) -> str:
    printable = "".join(sign if sign.isprintable() else "?" for sign in text)
    return printable if len(printable) <= _LONGEST else f"{printable[: _LONGEST - 1]}…"


def _shown(value: Any) -> str:
    return _clean(repr(value) if not isinstance(value, bool) else str(value).lower())
