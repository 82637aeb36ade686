"""Brightspace (D2L): an assignment folder's "Download", flat or in folders.

13394-80551 - Ada Lovelace - Mar 29, 2018 1205 PM - mymodel.h5
13394-80551 - Ada Lovelace - Mar 29, 2018 1205 PM/mymodel.h5
13394-80551 - N0123456 - Ada Lovelace- 29 March, 2018 1205 PM - m.h5    with the id of the organisation
13394-80551 - Ada Lovelace- 29 mars, 2018 1205 - mymodel.h5             as the site's language writes times
index.html                                                         the list of everybody, beside them

Neither number is in a roster. A group's name stands where a person's would. A time in words that are not
known here is no time. Naming as open tools read it: kodiak (parse_submission_file_name), others that take any
words for the time, and BrightspaceHelpers.py (TunaLobster).
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from ....classroom.moodle_words import month_of
from ....classroom.sources.units import Parts
from ..owner import NamedBy, NamedOwner

_NAMED: Final = re.compile(
    r"\d{1,12}-\d{1,12} - (?P<name>.{1,200}?) ?- "
    # Words and numbers, a year and a time of day among them.
    r"(?P<when>(?=[^-]{0,60}(?<!\d)20\d\d(?!\d)[^-]{0,20}?\d{1,2}[:.]?\d\d(?!\d))[^-]{1,80}?)"
    r"(?: - (?P<file>.+))?",
    re.DOTALL,
)
_TIME: Final = re.compile(
    r"(?:(?P<month>[^\W\d_]{3,12})\.? (?P<day>\d{1,2})|(?P<day2>\d{1,2})\.? (?P<month2>[^\W\d_]{3,12})\.?),? "
    r"(?P<year>\d{4}),? (?P<hour>\d{1,2})[:.]?(?P<minute>\d\d) ?(?P<half>[AP]M)?"
)
_ID: Final = re.compile(r"(?P<id>[^\W_]*\d[^\W_]*) - (?P<name>.+)", re.DOTALL)
"""The id of the organisation, before the name."""


def read(parts: Parts) -> NamedOwner | None:
    """The person or group between the numbers and the time."""
    found = _NAMED.fullmatch(parts[0])
    if found is None or not (found["file"] or parts[1:]):
        return None
    inner = (found["file"], *parts[1:]) if found["file"] else parts[1:]
    name = found["name"].strip()
    both = _ID.fullmatch(name)
    return NamedOwner(
        NamedBy.BRIGHTSPACE,
        name,
        rest_of_path=inner,
        other_names=(both["name"].strip(), both["id"]) if both else (),
        handed_in=_read_time(found["when"]),
    )


def _read_time(text: str) -> datetime | None:
    found = _TIME.fullmatch(text.strip())
    month = month_of(found["month"] or found["month2"]) if found else None
    if found is None or month is None:
        return None
    hour = int(found["hour"])
    if found["half"]:
        hour = hour % 12 + (12 if found["half"] == "PM" else 0)
    try:
        day = int(found["year"]), month, int(found["day"] or found["day2"])
        return datetime(*day, hour, int(found["minute"]))
    except ValueError:
        return None
