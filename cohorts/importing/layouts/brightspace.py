"""Brightspace (D2L): an assignment folder's "Download", flat or in folders.

13394-80551 - Ada Lovelace - Mar 29, 2018 1205 PM - mymodel.h5
13394-80551 - Ada Lovelace - Mar 29, 2018 1205 PM/mymodel.h5
index.html                                                         the list of everybody, beside them

Neither number is in a roster. A group's name stands where a person's would.
Naming as open tools read it: kodiak (parse_submission_file_name), BrightspaceHelpers.py (TunaLobster).
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from ....classroom.sources.units import Parts
from ..owner import NamedBy, NamedOwner

_NAMED: Final = re.compile(
    r"(?P<numbers>\d{1,12}-\d{1,12}) - (?P<name>.{1,200}?) ?- "
    r"(?P<month>[A-Z][a-z]{2,8})\.? (?P<day>\d{1,2}), (?P<year>\d{4}) "
    r"(?P<hour>\d{1,2})[:.]?(?P<minute>\d\d) ?(?P<half>[AP]M)?(?: - (?P<file>.+))?",
    re.DOTALL,
)
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def read(parts: Parts) -> NamedOwner | None:
    """The person or group between the numbers and the time."""
    found = _NAMED.fullmatch(parts[0])
    if found is None or not (found["file"] or parts[1:]):
        return None
    inner = (found["file"], *parts[1:]) if found["file"] else parts[1:]
    return NamedOwner(
        NamedBy.BRIGHTSPACE, found["name"].strip(), rest_of_path=inner, handed_in=_read_time(found)
    )


def _read_time(found: re.Match[str]) -> datetime | None:
    month, hour = found["month"][:3].lower(), int(found["hour"])
    if found["half"]:
        hour = hour % 12 + (12 if found["half"] == "PM" else 0)
    try:
        day = int(found["year"]), _MONTHS.index(month) + 1, int(found["day"])
        return datetime(*day, hour, int(found["minute"]))
    except ValueError:
        return None
