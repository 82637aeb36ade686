"""Several sources as one, such as the parts of a download: each stands at a path of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from ...grader.records.cohort import Unmatched
from .source import ReportUnmatched, Source, shown_path
from .units import Parts, Unit


class MultiSource:
    """Sources by the path that each stands at; none of these paths is within another."""

    def __init__(self, sources: Mapping[Parts, Source]) -> None:
        self._sources = sources

    @property
    def outputs(self) -> list[Parts]:
        """Folders that were not entered, though a training may have written a model there."""
        return [(*above, *parts) for above, source in self._sources.items() for parts in source.outputs]

    def list_files(self, report: ReportUnmatched) -> Iterator[Parts]:
        """Every file, one source after the other."""
        for above, source in self._sources.items():

            def add(one: Unmatched, above: Parts = above) -> None:
                report(Unmatched(shown_path((*above, one.found_at)), one.why))

            yield from ((*above, *parts) for parts in source.list_files(add))

    def fetch(self, unit: Unit, scratch: Path) -> Path:
        """The unit on disk. Raises NotFetched."""
        source, cut = self._find(unit.parts)
        members = tuple(parts[cut:] for parts in unit.members)
        return source.fetch(Unit(unit.parts[cut:], unit.kind, members), scratch)

    def changed(self, parts: Parts) -> datetime | None:
        """When a file was last changed; None where that is not certain."""
        source, cut = self._find(parts)
        return source.changed(parts[cut:])

    def commit(self, parts: Parts) -> str:
        """The commit of the repository that a file is in, in hex; empty where it is in none."""
        source, cut = self._find(parts)
        return source.commit(parts[cut:])

    def close(self) -> None:
        """Closes each."""
        for source in self._sources.values():
            source.close()

    def _find(self, parts: Parts) -> tuple[Source, int]:
        """The source that a path leads into, and how many parts of the path name it."""
        cut = next(cut for cut in range(len(parts)) if parts[:cut] in self._sources)
        return self._sources[parts[:cut]], cut
