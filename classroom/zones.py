"""Time zones by name, and times that say theirs or do not."""

from __future__ import annotations

import difflib
from contextlib import suppress
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from ..files.toml_tables import Table


def read_zone(table: Table) -> tzinfo | None:
    """The zone under the key `timezone`. Raises BadCohort, with the nearest name there is."""
    name = table.text("timezone", None)
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        near = difflib.get_close_matches(name, available_timezones(), n=1)
        offer = f"Did you mean {near[0]!r}?" if near else 'Names are like "Europe/Berlin" or "UTC".'
        raise table.wrong("timezone", f"no time zone is called {name!r}. {offer}") from error


def read_moodle_time(text: str, zone: tzinfo | None) -> datetime | None:
    """A time as Moodle writes it in English ("Friday, 5 June 2026, 1:05 PM"); else None."""
    for form in ("%A, %d %B %Y, %I:%M %p", "%A, %d %B %Y, %H:%M"):
        with suppress(ValueError):
            return in_zone(datetime.strptime(text.strip(), form), zone)
    return None


def in_zone(moment: datetime, zone: tzinfo | None) -> datetime | None:
    """The moment, aware of its zone: its own, else the one given; None where there is neither."""
    if moment.tzinfo is not None:
        return moment
    return None if zone is None else moment.replace(tzinfo=zone)
