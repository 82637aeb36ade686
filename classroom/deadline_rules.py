"""Reads time zones, deadlines and extensions of a `cohort.toml`."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from ..errors import BadCohort, UnknownProblem
from ..files.csv_tables import parse_csv, read_text
from ..files.text import one_line
from ..problems import all_problems, find
from .deadlines import FIXED, Deadlines, NotOneMoment, localise, zones_called
from .rules import SHOWN, DeadlineKeys, show, wrong


def read_zone(path: Path, name: str | None) -> tzinfo | None:
    """The time zone of this name; None without one. Raises BadCohort, with zones that may be meant."""
    if name is None:
        return None
    try:
        zone = None if name in FIXED else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zone = None
    if zone is not None:
        return zone
    shown = one_line(name, SHOWN)
    if alike := zones_called(name):
        offer = f"{shown} is an abbreviation. Write the zone of a place, such as {_listed(alike)}"
    elif near := difflib.get_close_matches(name, available_timezones(), n=1):
        offer = f"no time zone is called {shown!r}. Did you mean {near[0]!r}?"
    else:
        offer = f'no time zone is called {shown!r}. Names are like "Europe/Berlin" or "UTC"'
    raise wrong(path, "timezone", offer)


def _listed(names: Sequence[str]) -> str:
    return " or ".join(f'"{name}"' for name in names)


def read_moment(path: Path, key: str, moment: datetime | None, zone: tzinfo | None) -> datetime | None:
    """The moment, aware of its time zone; None without one. Raises BadCohort where it is not one moment."""
    if moment is None:
        return None
    try:
        aware = localise(moment, zone)
    except NotOneMoment as error:
        raise wrong(path, key, str(error)) from error
    if aware is None:
        written = moment.isoformat()
        why = f"{written} could be in any time zone. Write its offset, as in {written}+02:00, or add "
        raise wrong(path, key, why + 'timezone = "Europe/Berlin" at the top')
    return aware


def read_deadlines(
    path: Path,
    zone: tzinfo | None,
    written: DeadlineKeys,
    problems: Mapping[str, datetime | None],
    extensions: str | None = None,
) -> Deadlines:
    """The deadlines of a `cohort.toml`, with its extensions and those of their CSV.

    Args:
        path: the file, for messages; the CSV lies beside it.
        zone: of times that name none.
        written: what the file says.
        problems: the key `deadline` of each problem's table, by its name there.
        extensions: what the CSV said when it was recorded; None to read it.

    Raises:
        BadCohort: a time has no time zone, or came twice or never; an extension ends before its deadline, or
            has none to extend; the CSV cannot be read.
    """
    due = {
        _problem_id(path, key, name): moment
        for name, written in problems.items()
        if (moment := read_moment(path, key := f"problems.{name}.deadline", written, zone))
    }
    grace = timedelta(minutes=written.grace_minutes)
    deadlines = Deadlines(read_moment(path, "deadline", written.deadline, zone), due, {}, grace)
    given = dict(_read_extensions(path, written.extensions, zone))
    if written.extensions_file is not None:
        file = path.parent / written.extensions_file
        given |= _read_extensions_file(file, read_text(file) if extensions is None else extensions, zone)
    for (learner, problem), until in given.items():
        _check_extension(path, learner, problem, until, deadlines)
    return replace(deadlines, extensions=given)


def _check_extension(path: Path, learner: str, problem: str, until: datetime, deadlines: Deadlines) -> None:
    which = [problem] if problem else [one.id for one in all_problems()]
    due = [each for each in map(deadlines.of, which) if each is not None]
    if not any(until > each for each in due):
        why = "is no later than the deadline" if due else "extends nothing, as there is no deadline"
        raise wrong(path, f"extensions.{one_line(learner, SHOWN)}", f"{until.isoformat()} {why}")


def _read_extensions(
    path: Path, table: Mapping[str, Any], zone: tzinfo | None
) -> Iterator[tuple[tuple[str, str], datetime]]:
    """From `ada = 2026-07-07T23:59:00` for all problems, or `ada = {regression = …}` for each."""
    for learner, value in table.items():
        by_problem = value if isinstance(value, dict) else {"": value}
        for problem, moment in by_problem.items():
            key = ".".join(["extensions", learner, *([problem] if problem else [])])
            if not isinstance(moment, datetime):
                wanted = "expected a date and time without quotes, such as 2026-06-30T23:59:00+02:00"
                raise wrong(path, key, f"{wanted}, found {show(moment)}")
            aware = read_moment(path, key, moment, zone)
            if aware is not None:
                yield (learner, _problem_id(path, key, problem)), aware


def _read_extensions_file(path: Path, text: str, zone: tzinfo | None) -> dict[tuple[str, str], datetime]:
    """From a CSV with the columns learner, deadline and, where it is for one problem only, problem."""
    table = parse_csv(path, text)
    learner, deadline, problem = (table.column(name) for name in ("learner", "deadline", "problem"))
    if not learner or not deadline:
        raise BadCohort(f"{path}: extensions have the columns learner, problem and deadline.")
    found = {}
    for row in table.rows:
        key, written = f"line {row.line}", row.get(deadline)
        try:
            moment = datetime.fromisoformat(written)
        except ValueError as error:
            raise wrong(path, key, f"{written!r} is not a time such as 2026-07-07 23:59") from error
        aware = read_moment(path, key, moment, zone)
        if aware is not None and row.get(learner):
            found[row.get(learner), _problem_id(path, key, row.get(problem))] = aware
    return found


def _problem_id(path: Path, key: str, problem: str) -> str:
    try:
        return find(problem).id if problem else ""
    except UnknownProblem as error:
        raise wrong(path, key, str(error)) from error
