"""The grading worksheet that is given with a source: which assignment it is of, and a group's hand-in time.

The number in the name of a group's download is not the assignment's. What proves the assignment:

Grades-TF101-Groups-1234.csv   beside `TF101-Groups-1234.zip`: the course, the assignment, and its number
Grades-TF101-Problem 3-1234.csv   its name names the problem
worksheet.csv                  neither: the mentor says with --problem of which problem both are

Source: mod_assign. `feedback/offline/locallib.php` and `downloader.php` (before 4.1: `locallib.php`, with `_`
for a space) end both names with the course module's id. `gradingtable.php`, `col_team`, `col_timesubmitted`:
each member's row has the group's name, and the time of the group's submission.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from ...classroom.moodle_words import clean_name, read_cell, read_time
from ...classroom.roster import worksheet_number
from ...classroom.sources.units import Parts, without_zip
from ...files.text import counted, listed, match_key, one_line
from ...grader.records.cohort import Learner
from .path_patterns import Aliases

_COPY: Final = re.compile(r" ?\(\d{1,3}\)$")
"""What a browser writes at the end of a name that there is already."""
_NUMBERED: Final = re.compile(r"(?P<before>.+)-(?P<number>\d{1,10})")
_NOTHING_SAYS: Final = "nothing says that"
NO_TIME: Final = frozenset({"", "-"})
"""What a worksheet has for what was never handed in."""


class Worksheet:
    """A worksheet of group work.

    Args:
        file: its name; empty where no roster was given with this source.
        problem: the id of the problem that the mentor says the source is for.
        people: its rows.
        aliases: the problems' names.
    """

    def __init__(self, file: str, problem: str | None, people: Iterable[Learner], aliases: Aliases) -> None:
        self._file, self._problem = file, problem
        self._names = _parts_of(file.rpartition(".")[0])
        self._named = aliases.named((file,))
        self._cells: dict[str, set[str]] = defaultdict(set)
        for one in people:
            group = clean_name(read_cell(one.columns, "groups"))
            if group and worksheet_number(one.columns)[1]:
                self._cells[group].add(read_cell(one.columns, "submitted"))
        self._used: set[str] = set()
        self._refused: dict[str, str] = {}
        """Why no time was taken, by group."""

    def time_of(self, group: str, problem: str, containers: Parts, is_proven: bool = False) -> str:
        """A group's hand-in time as the worksheet has it; empty where that is not certain.

        Args:
            group: as a path or a row of the worksheet names it.
            problem: the id of what was handed in.
            containers: the names of the source, and of the containers above the group's files.
            is_proven: whether a member's number in the path proves the assignment.
        """
        cells = self._cells.get(clean_name(group), set())
        if not cells or not (self._file or is_proven):
            return ""
        why = "" if is_proven else self._doubt(problem, containers)
        if not why and len(cells) > 1:
            why = "its members have different times there"
        elif not why and read_time(next(iter(cells))) is None:
            (cell,) = cells
            why = f"{one_line(cell, 60)!r} is not a time that can be read"
            why = "it has no hand-in time there" if cell in NO_TIME else why
        if why:
            self._refused[one_line(group)] = why
            return ""
        self._used.add(one_line(group))
        return next(iter(cells))

    @property
    def notes(self) -> tuple[str, ...]:
        """A sentence about the times that were taken, and one for each reason why others were not."""
        groups: dict[str, list[str]] = defaultdict(list)
        for group, why in sorted(self._refused.items()):
            groups[why].append(group)
        told = [
            f"No hand-in time is taken for {listed(map(repr, names))}: {why}."
            for why, names in groups.items()
        ]
        if any(why.startswith(_NOTHING_SAYS) for why in groups):
            told.append(
                "Give the worksheet of this assignment with --roster, under the name that Moodle gave it, "
                "or say with --problem of which problem both are."
            )
        if self._used:
            file = one_line(self._file) or "the worksheet"
            told.insert(0, f"The hand-in times of {counted(len(self._used), 'group')} are taken from {file}.")
        return tuple(told)

    def _doubt(self, problem: str, containers: Parts) -> str:
        """Why it may be of another assignment than was downloaded for this problem; empty where it is not."""
        file = one_line(self._file)
        for name in map(_parts_of, reversed(containers)):
            if name is None or self._names is None:
                continue
            (download, number), (worksheet, own) = name, self._names
            if number == own and _is_of_one(worksheet, download):
                return ""
            if number != own and download[0] in worksheet:
                return f"{file} is of another assignment ({own}) than the download ({number})"
        if self._named:
            return "" if self._named == {problem} else f"{file} is of {', '.join(sorted(self._named))}"
        return (
            "" if self._problem == problem else f"{_NOTHING_SAYS} {file} is of the assignment for {problem}"
        )


def _is_of_one(worksheet: Parts, download: Parts) -> bool:
    """Whether the words of two names are of one assignment.

    The worksheet's begin with what it is called in the site's language. Either may end with the group that
    was chosen for it.
    """
    ends = (worksheet[cut:] for cut in range(1, len(worksheet)))
    return any(end[: len(download)] == download[: len(end)] for end in ends)


def _parts_of(name: str) -> tuple[Parts, str] | None:
    """The words that Moodle writes before an assignment's number, and the number; None for other names."""
    found = _NUMBERED.fullmatch(_COPY.sub("", without_zip(name).strip()))
    if found is None:
        return None
    words = tuple(word for word in re.split(r"[\s_-]+", match_key(found["before"])) if word)
    return (words, found["number"]) if words else None
