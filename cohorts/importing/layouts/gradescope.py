"""Gradescope: an assignment's "Download Submissions".

assignment_7360081_export/submission_metadata.yml     who handed in what, and when
assignment_7360081_export/submission_409194023/…      a folder for each, called by the submission's number

The list has Ruby's names (`:submitters:`, `:name:`, `:sid:`, `:email:`, `:created_at:`); a group's folder has
several submitters. It also holds the results of Gradescope's own autograder, so only these keys are read,
line by line. Source: exports as open tools read them, such as provenance (parse-metadata.ts).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Final

from ....classroom.sources.units import Parts
from ....errors import BadCohort
from ..owner import NamedBy, NamedOwner

LIST_NAME: Final = "submission_metadata.yml"
LIST_BYTES: Final = 64 * 2**20
_MOST: Final = 200_000
"""Lines of people and times."""
_FOLDER: Final = re.compile(r"submission_\d{1,15}")
_SECTION: Final = re.compile(r"(?P<folder>submission_\d{1,15}):")
_SUBMITTER: Final = re.compile(r"  (?P<new>- |  ):(?P<key>name|sid|email):(?: (?P<value>.{0,500}))?")
_CREATED: Final = re.compile(r"  :created_at: (?P<when>.{1,200})")
_UTC: Final = re.compile(r"    utc: (?P<when>.{1,200})")
"""The time of a Rails object, which has another one in the zone of the course."""
_TIME: Final = re.compile(
    r"['\"]?(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.\d{1,9})? ?(?:Z|UTC|([+-]\d\d):?(\d\d))['\"]?"
)
_ESCAPE: Final = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))")


def is_list(parts: Parts) -> bool:
    """Whether a path is that of Gradescope's own list: of this name, and in nobody's hand-in."""
    return parts[-1] == LIST_NAME and not any(map(_FOLDER.fullmatch, parts[:-1]))


class Submissions:
    """A list of who handed in what, and the layout that it makes."""

    def __init__(self, text: str) -> None:
        """Raises BadCohort where the list is far longer than any class's."""
        self._people: dict[str, list[dict[str, str]]] = {}
        self._times: dict[str, str] = {}
        for count, (folder, key, value, is_new) in enumerate(_lines(text)):
            if count > _MOST:
                raise BadCohort(f"{LIST_NAME} tells of more than {_MOST:,} things, as no class's does.")
            people = self._people.setdefault(folder, [])
            if key == "created_at":
                self._times[folder] = value
            elif key:
                if is_new or not people:
                    people.append({})
                people[-1][key] = value

    def read(self, parts: Parts) -> NamedOwner | None:
        """The submitters of a folder, or of a file where each submission is one file."""
        folder, inner = parts[0], parts[1:] or parts
        if folder not in self._people:
            return None
        people = [tuple(filter(None, map(one.get, ("sid", "email", "name")))) for one in self._people[folder]]
        written = self._times.get(folder, "")
        handed_in = _time(written)
        return NamedOwner(
            NamedBy.GRADESCOPE,
            folder,
            rest_of_path=inner,
            submitters=tuple(person for person in people if person),
            handed_in=handed_in,
            unread_time="" if handed_in else written,
        )


def read_without_list(parts: Parts) -> NamedOwner | None:
    """A folder of Gradescope's whose list is missing: it names nobody."""
    if not _FOLDER.fullmatch(parts[0]) or not parts[1:]:
        return None
    return NamedOwner(NamedBy.GRADESCOPE, parts[0], rest_of_path=parts[1:])


def _lines(text: str) -> Iterator[tuple[str, str, str, bool]]:
    """(folder, key, value, whether another person begins) for each line that counts.

    What stands further in is text of the learner's program, and none of it begins so far left.
    """
    folder, inside = "", ""
    for line in text.splitlines():
        if section := _SECTION.fullmatch(line.strip("'\"") if not line.startswith(" ") else ""):
            folder, inside = section["folder"], ""
            yield folder, "", "", False
        elif folder and line.rstrip() == "  :submitters:":
            inside = "submitters"
        elif inside == "submitters" and (found := _SUBMITTER.fullmatch(line)):
            yield folder, found["key"], _scalar(found["value"] or ""), found["new"] == "- "
        elif folder and (created := _CREATED.fullmatch(line)):
            inside = "created_at"
            yield folder, "created_at", created["when"], False
        elif inside == "created_at" and (utc := _UTC.fullmatch(line)):
            inside = ""
            yield folder, "created_at", utc["when"], False
        elif not line.startswith("    "):
            inside = ""


def _time(text: str) -> datetime | None:
    """A time as Ruby writes it, with its offset from UTC; None for anything else."""
    found = _TIME.fullmatch(text.strip())
    with suppress(ValueError):  # no day that there is
        if found is not None:
            return datetime.fromisoformat(f"{found[1]}T{found[2]}{found[3] or '+00'}:{found[4] or '00'}")
    return None


def _scalar(text: str) -> str:
    """A YAML scalar on one line: plain, or in quotes."""
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    if len(text) > 1 and text[0] == text[-1] == '"':
        return _ESCAPE.sub(_unescaped, text[1:-1])
    return "" if text in {"~", "null"} else text


def _unescaped(found: re.Match[str]) -> str:
    code = found[1] or found[2] or found[3]
    return chr(int(code, 16)) if code and int(code, 16) < 0x110000 else found[4] or ""
