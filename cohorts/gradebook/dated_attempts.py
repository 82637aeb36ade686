"""Which attempt of a learner came when, from everything that the runs of a cohort found.

A learner may hand in A, then B, then A again: one entry for each file, and three hand-ins. A time that a
platform or a manifest tells counts, whenever it was learned. Else a file was handed in when a run first found
it, or found it where the run before had found another one. An old download that is graded again tells nothing
new.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter

from ...grader.records.cohort_runs import Attempt, FoundFile, Run

Key = tuple[str, str]
"""A learner's and a problem's id."""


@dataclass(frozen=True)
class DatedAttempt:
    """An attempt, at one time that it was handed in."""

    attempt: Attempt
    when: datetime | None
    """Aware of its time zone; None where it is not known."""
    seen: datetime
    """When a run found it. Where `when` is not known, this puts hand-ins in order."""
    marked_late: bool = False
    """Whether a platform calls it late."""
    partners: frozenset[str] = frozenset()
    """The ids of the others for whom it was handed in, too: it is the work of a group."""

    @property
    def order(self) -> datetime:
        """The time that it is sorted by."""
        return self.when or self.seen


@dataclass
class _Event:
    digest: str
    """Empty while no run has read the file."""
    when: datetime | None
    seen: datetime
    marked_late: bool = False


@dataclass
class _RunHistory:
    """What the runs so far tell of one learner's problem."""

    events: list[_Event] = field(default_factory=list)
    at_place: dict[tuple[str, str], _Event] = field(default_factory=dict)
    """The event behind what lay last at a path of a source."""
    unread: dict[tuple[str, str], _Event] = field(default_factory=dict)
    """The event of a path that was listed, while what lies there is not known: a program was killed, say."""

    def tell(self, file: FoundFile, run: Run, *, is_repeat: bool) -> None:
        place = (run.source, file.found_at)
        if not file.digest:
            if place not in self.at_place and place not in self.unread:
                self.unread[place] = _Event("", file.handed_in, run.begun_at)
                self.events.append(self.unread[place])
            return
        listed = self.unread.pop(place, None)
        before = self.at_place.get(place)
        known = [each for each in self.events if each.digest == file.digest]
        if before is not None and before.digest == file.digest:
            event = before
        elif known and before is None and (is_repeat or self._newest.digest == file.digest):
            event = known[-1]
        elif listed is not None:
            event, listed.digest = listed, file.digest
        else:
            event = _Event(file.digest, None, run.begun_at)
            self.events.append(event)
        event.when = file.handed_in or event.when
        if file.marked_late is not None:
            event.marked_late = file.marked_late
        self.at_place[place] = event

    @property
    def _newest(self) -> _Event:
        read = [
            (each.when or each.seen, place, each) for place, each in enumerate(self.events) if each.digest
        ]
        return max(read, key=itemgetter(0, 1))[2]


def dated_attempts(attempts: Iterable[Attempt], runs: Sequence[Run]) -> Mapping[Key, Sequence[DatedAttempt]]:
    """Every hand-in of every learner and problem, oldest first; none of what was withdrawn.

    Args:
        attempts: as the ledger gives them.
        runs: every run of the cohort, oldest first.
    """
    stories: dict[Key, _RunHistory] = defaultdict(_RunHistory)
    earlier: set[frozenset[tuple[str, str, str]]] = set()
    for run in runs:
        content = frozenset((file.learner, file.problem, file.digest) for file in run.files if file.digest)
        for file in run.files:
            stories[file.learner, file.problem].tell(file, run, is_repeat=content in earlier)
        earlier.add(content)
    attempts = [each for each in attempts if not each.withdrawn]
    partners = _find_partners(attempts, runs)
    found: dict[Key, list[tuple[datetime, int, DatedAttempt]]] = defaultdict(list)
    for attempt in attempts:
        entry = attempt.entry
        events = stories[entry.learner, entry.problem].events
        own = [
            (place, each.when, each.seen, each.marked_late)
            for place, each in enumerate(events)
            if each.digest == entry.digest
        ]
        others = partners.get((entry.learner, entry.problem, entry.digest), frozenset())
        # Of an older ledger, or of a program that was killed, the runs may not tell of it.
        for place, when, seen, marked in own or [(-1, entry.handed_in, attempt.record.when, False)]:
            one = DatedAttempt(attempt, when, seen, marked, others)
            found[entry.learner, entry.problem].append((one.order, place, one))
    return {key: [one for *_, one in sorted(several, key=itemgetter(0, 1))] for key, several in found.items()}


def _find_partners(
    attempts: Iterable[Attempt], runs: Iterable[Run]
) -> Mapping[tuple[str, str, str], frozenset[str]]:
    """The others of a group, by a learner's and a problem's id and the digest of what was handed in together.

    That is one file, at one place of one run, of several learners who have it still.
    """
    kept = {(each.entry.learner, each.entry.problem, each.entry.digest) for each in attempts}
    partners: dict[tuple[str, str, str], frozenset[str]] = defaultdict(frozenset)
    for run in runs:
        groups: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        for file in run.files:
            if (file.learner, file.problem, file.digest) in kept:
                groups[file.found_at, file.problem, file.digest].add(file.learner)
        for (_, problem, digest), group in groups.items():
            if len(group) > 1:
                for learner in group:
                    partners[learner, problem, digest] |= group - {learner}
    return partners
