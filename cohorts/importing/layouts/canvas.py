"""Canvas: an assignment's "Download Submissions".

lovelaceada_4711_98765_mymodel.h5            the name that Canvas sorts by, the person's id, the file's id
lovelaceada_LATE_4711_98765_mymodel-1.h5     late; a file of one name that was handed in again
teamrocket_4711_98765_mymodel.h5             a group: its name, and ONE member's id
anon_aB3dE_98765_mymodel.h5                  anonymous
lovelaceada_4711_text.html, …_link.html      what was typed

Source: lib/content_zipper.rb (`get_filename`, `add_upload_submission`, `add_text_or_url`).
"""

from __future__ import annotations

import re
from typing import Final

from ....classroom.sources.units import Parts
from ..owner import NamedBy, NamedOwner

_NAMED: Final = re.compile(
    r"(?:(?P<name>\w+?)_(?P<late>LATE_)?(?P<number>\d+)|(?P<late2>LATE_)?(?P<anonymous>anon_[A-Za-z0-9]+))"
    r"_(?:\d+_(?P<file>.+)|(?P<text>(?:text|link)\.html))",
    re.DOTALL,
)
_IDS: Final = re.compile(
    r"(?P<before>(?:\w+?_(?:LATE_)?(?P<person>\d+)|(?:LATE_)?anon_[A-Za-z0-9]+)_\d+)_.", re.DOTALL
)
_AGAIN: Final = re.compile(r"(?P<stem>.*)-(?P<count>\d{1,3})", re.DOTALL)


def read(parts: Parts) -> NamedOwner | None:
    """The person or group in Canvas's prefix."""
    found = _NAMED.fullmatch(parts[0])
    if found is None:
        return None
    file = found["file"] or found["text"]
    stem, dot, end = file.partition(".")
    again = _AGAIN.fullmatch(stem)
    if again:
        file = f"{again['stem']}{dot}{end}"
    return NamedOwner(
        NamedBy.CANVAS,
        found["name"] or found["anonymous"],
        found["number"] or found["anonymous"],
        (file, *parts[1:]),
        attempt=int(again["count"]) if again else 0,
        is_late=bool(found["late"] or found["late2"]),
        is_text=bool(found["text"]),
    )


def ids_in(name: str) -> tuple[str, str]:
    """What Canvas wrote before the name of an uploaded file, and the person's id in it.

    Both are empty where Canvas did not write the name; the id alone where it hides the person.
    """
    found = _IDS.match(name)
    return (found["before"], found["person"] or "") if found else ("", "")
