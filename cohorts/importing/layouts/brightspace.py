"""Brightspace (D2L): an assignment folder's "Download", flat or in folders.

13394-80551 - Ada Lovelace - Mar 29, 2018 1205 PM - mymodel.h5
13394-80551 - Ada Lovelace - Mar 29, 2018 1205 PM/mymodel.h5
13394-80551 - N0123456 - Ada Lovelace- 29 March, 2018 1205 PM - m.h5    with the id of the organisation
13394-80551 - Ada Lovelace- 29 mars, 2018 1205 - mymodel.h5             as the site's language writes times
index.html                                                         the list of everybody, beside them

Neither number is in a roster. A group's name stands where a person's would. A time that is not known here, or
in which day and month may be the other, is told. Where even its form is not known, the roster tells where the
name ends. Naming as open tools read it: kodiak (parse_submission_file_name), others that take any
words for the time, and BrightspaceHelpers.py (TunaLobster).
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime
from typing import Final

from ....classroom.moodle_words import month_of
from ....classroom.sources.units import Parts
from ....files.text import match_key
from ..owner import NamedBy, NamedOwner

_NUMBERED: Final = re.compile(r"(?P<numbers>\d{1,12}-\d{1,12}) - (?P<rest>.{1,1000})", re.DOTALL)
_LONG: Final = re.compile(r"\d{3,12}-\d{3,12}")
"""Numbers that are no month, day or version which a person wrote."""
_DIVIDER: Final = re.compile(r" ?- ")
_LIKE_TIME: Final = re.compile(
    r"(?!.*(?:\D-|-\D)).{0,60}(?<!\d)20\d\d(?!\d).{0,20}?(?<!\d)\d{1,2}[:.h]?\d\d(?!\d).{0,20}"
)
"""A year and a time of day, in whatever words."""
_ID: Final = re.compile(r"(?P<id>(?=[^\W_]*\d)[^\W_]+) - (?P<name>.+)", re.DOTALL)
"""The id of the organisation, before the name."""

_WHEN: Final = re.compile(
    r"(?P<date>.+?),? (?P<first>上午|午前|오전|下午|午後|오후)? ?(?P<hour>\d{1,2})[:.h]?(?P<minute>\d\d)"
    r"(?: ?(?P<half>[ap])\.? ?m\.?)?"
)
_DATES: Final = tuple(
    map(
        re.compile,
        (
            r"(?P<month>[^\W\d_]{3,12})\.? (?P<day>\d{1,2}),? (?P<year>\d{4})",
            r"(?P<day>\d{1,2})\.? (?:de )?(?P<month>[^\W\d_]{3,12})\.?,?(?: de)? (?P<year>\d{4})"
            r"(?: \u0433\.?)?",  # of Russian, for "year"
            r"(?P<year>\d{4})(?:[-./]|[年년] ?)(?P<month>\d{1,2})(?:[-./]|[月월] ?)(?P<day>\d{1,2})[.日일]?",
            r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})",
            r"(?P<either>\d{1,2})-(?P<other>\d{1,2})-(?P<year>\d{4})",
        ),
    )
)
_MONTHS: Final = 12


def read(parts: Parts) -> NamedOwner | None:
    """The person or group between the numbers and the time."""
    found = _NUMBERED.fullmatch(parts[0])
    if found is None:
        return None
    rest = found["rest"]
    names, afters = [], []
    for divider in _DIVIDER.finditer(rest):
        names.append(rest[: divider.start()].strip())
        afters.append(rest[divider.end() :])
    for name, after in zip(names, afters, strict=True):
        written, _, file = after.partition(" - ")
        moment = _read_time(written)
        if name and (moment or _LIKE_TIME.fullmatch(written)) and (file or parts[1:]):
            inner = (file, *parts[1:]) if file else parts[1:]
            return _owner(name, _without_id(name), inner, moment, written)
    pieces = names if parts[1:] else names[:-1]
    if not pieces or not _LONG.fullmatch(found["numbers"]):
        return None
    others = (*pieces[1:], *(other for name in pieces for other in _without_id(name)))
    return _owner(pieces[0], others, parts[1:] or (rest.rpartition(" - ")[2],), None, rest)


def _owner(name: str, others: Parts, inner: Parts, moment: datetime | None, written: str) -> NamedOwner:
    return NamedOwner(
        NamedBy.BRIGHTSPACE,
        name,
        rest_of_path=inner,
        other_names=others,
        handed_in=moment,
        unread_time="" if moment else written,
    )


def _without_id(name: str) -> tuple[str, ...]:
    both = _ID.fullmatch(name)
    return (both["name"].strip(), both["id"]) if both else ()


def _read_time(text: str) -> datetime | None:
    """A time with its date; None where it is no such, or its day and month may be the other."""
    found = _WHEN.fullmatch(match_key(text))
    if found is None:
        return None
    dates = (each.fullmatch(found["date"]) for each in _DATES)
    date = next(filter(None, dates), None)
    hour, half = int(found["hour"]), found["half"] or found["first"]
    if half in {"a", "上午", "午前", "오전"} and hour > 12:
        return None
    if half:
        hour = hour % 12 + (12 if half in {"p", "下午", "午後", "오후"} else 0)
    with suppress(ValueError):  # no day, or hour, that there is
        if date is not None and (day := _day_of(date.groupdict())):
            return datetime(*day, hour, int(found["minute"]))
    return None


def _day_of(date: dict[str, str]) -> tuple[int, int, int] | None:
    """Year, month and day."""
    year = int(date["year"])
    if not 2000 <= year < 2100:  # others are of another calendar
        return None
    if "either" in date:
        less, more = sorted((int(date["either"]), int(date["other"])))
        return (year, less, more) if less == more or more > _MONTHS else None
    month = int(date["month"]) if date["month"].isdecimal() else month_of(date["month"])
    return (year, month, int(date["day"])) if month else None
