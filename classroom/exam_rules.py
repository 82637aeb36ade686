"""The table `[exam]` of `cohort.toml`: when a cohort's exam is sat, for how long, on how much of the data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from ..errors import UnknownProblem
from ..files.toml_tables import Table
from ..problems import find
from .zones import in_zone


@dataclass(frozen=True)
class ExamRules:
    """A cohort's exam. Problems, weights and data are the cohort's."""

    minutes: float = 300.0
    opens: datetime | None = None
    closes: datetime | None = None
    """Aware of its zone, as `opens`. A sitting ends with the window, whatever time it has left."""
    share: float = 0.7
    """Of the hidden examples: how many each learner's variant has."""
    problems: tuple[str, ...] = ()
    """Ids; empty for all of the cohort's."""


def read_exam(table: Table, zone: tzinfo | None) -> ExamRules:
    """The rules in the table. Raises BadCohort."""
    opens, closes = (_moment(table, key, zone) for key in ("opens", "closes"))
    if opens and closes and closes <= opens:
        raise table.wrong("closes", "an exam closes after it opens")
    return ExamRules(
        minutes=table.number("minutes", 300.0, least=1.0, most=10_000.0),
        opens=opens,
        closes=closes,
        share=table.number("share", 0.7, least=0.05, most=1.0),
        problems=table.read("problems", _problems, ()),
    )


def _moment(table: Table, key: str, zone: tzinfo | None) -> datetime | None:
    moment = table.moment(key, None)
    if moment is None:
        return None
    aware = in_zone(moment, zone)
    if aware is None:
        raise table.wrong(key, f"{moment} could be in any time zone. Write its offset, as in {moment}+02:00")
    return aware


def _problems(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise ValueError('a list of problems, such as ["mnist", "flowers"]')
    try:
        return tuple(dict.fromkeys(find(str(name)).id for name in value))
    except UnknownProblem as error:
        raise ValueError(f"a list of problems: {error}") from error
