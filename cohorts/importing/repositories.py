"""Everybody's repositories, from a CSV of learners with addresses.

learner,repository,problem                         of one's own; `problem` may be missing
github_username,student_repository_url,…           the grades that GitHub Classroom exports
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, NamedTuple

from ...classroom.sources.git_source import GitSource, NotCloned, end_all
from ...classroom.sources.multi_source import MultiSource
from ...classroom.sources.source import Budget, Source
from ...classroom.sources.units import Parts
from ...files.csv_tables import CsvTable
from ...files.text import one_line
from . import Draft
from .opening import OpenedSource

_ADDRESS: Final = ("repository", "repository_url", "student_repository_url", "repo", "clone_url", "url")
_LEARNER: Final = ("learner", "id", "roster_identifier", "identifier", "github_username", "email", "name")
_AT_ONCE: Final = 4


class _Row(NamedTuple):
    line: int
    learner: str
    problem: str
    address: str


def has_repositories(table: CsvTable) -> bool:
    """Whether a table lists learners with repositories."""
    return bool(table.column(*_ADDRESS) and table.column(*_LEARNER)) and not table.column("path")


def clone_all(table: CsvTable, scratch: Path, budget: Budget) -> OpenedSource:
    """Each row's repository, below the learner's name; and a line for each that cannot be had.

    Raises:
        BadCohort: git is not installed.
    """
    rows = [
        _Row(
            row.line,
            _learner(table, row.cells),
            row.get(table.column("problem")),
            row.get(table.column(*_ADDRESS)),
        )
        for row in table.rows
    ]
    wanted = [row for row in rows if row.address]

    def clone(row: _Row) -> GitSource | str:
        try:
            return GitSource(row.address, table.file.parent, scratch / f"repository-{row.line}.git", budget)
        except NotCloned as error:
            return str(error)

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        try:
            cloned = list(threads.map(clone, wanted))
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            end_all()
            raise
    sources: dict[Parts, Source] = {}
    failed: list[Draft] = []
    for row, one in zip(wanted, cloned, strict=True):
        if isinstance(one, GitSource):
            sources[_place(row)] = one
        else:
            shown = one_line(f"{table.file.name}, line {row.line}: {row.address}", 240)
            failed.append(
                Draft(row.learner, row.problem, shown, one, "Mend the address, and run this again.")
            )
    return OpenedSource(table.file.stem, MultiSource(sources), tuple(failed))


def _learner(table: CsvTable, cells: Mapping[str, str]) -> str:
    """The first cell that names somebody: an export may leave the better column empty."""
    names = (cells.get(table.column(name), "").strip() for name in _LEARNER)
    return next(filter(None, names), "")


def _place(row: _Row) -> Parts:
    name = row.address.rstrip("/").replace(":", "/").rsplit("/", 1)[-1].removesuffix(".git") or "repository"
    return (row.learner or "?", *([row.problem] if row.problem else []), f"{name} ({row.line})")
