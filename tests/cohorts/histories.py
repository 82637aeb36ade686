"""What may happen in a cohort, made of bytes, which hypothesis chooses and makes simple."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from hypothesis import strategies as st

from .plain_gradebook import (
    BERLIN,
    Apply,
    File,
    Override,
    Rules,
    Run,
    Step,
    Undo,
    Withdraw,
    entries_of,
    graded_of,
    withdrawn_of,
    work_out,
)

T = TypeVar("T")
BEGIN = datetime(2026, 10, 20, 12, tzinfo=UTC)
"""Five days before clocks change in Berlin."""
NAMES = {"ann": "Ann Lee", "bob": "Bob", "cy": "Ann Lee"}


class Choices:
    """Choices read from bytes, which hypothesis makes, and makes simple where something goes wrong."""

    def __init__(self, given: bytes) -> None:
        self._left = iter(given)

    def of(self, *several: T) -> T:
        return several[next(self._left, 0) % len(several)]

    def step(self, done: list[Step]) -> Step | None:
        """What happens next; None where that is not possible."""
        earlier = [each for each in done if isinstance(each, Run)]
        kind = self.of(
            *("run", "run", "run", "run", "again", "again", "withdraw", "override", "rules", "rules", "undo")
        )
        if kind == "run" or not earlier:
            return self._run()
        if kind == "again":
            old = self.of(*earlier)
            source, files = self.of(old.source, "class", "week1.zip"), old.files
            if self.of(False, True):  # with what was learned since
                files = tuple(replace(each, when=self._moment(), late=self.of(None, True)) for each in files)
            return replace(self._run(), source=source, files=files)
        if kind == "undo":
            return Undo() if graded_of(done).regradings else None
        if kind == "withdraw":
            entries = sorted(entries_of(done)[0])
            out = withdrawn_of(done)
            one = self.of(*entries) if entries else None
            return None if one is None else Withdraw(*one, undo=one in out)
        if kind == "override":
            cells = sorted(work_out(done).cells)
            score = self.of(None, 0.0, 2.5, 5.0)
            return Override(*self.of(*cells), score) if cells else None
        return Apply(self._rules())

    def _run(self) -> Run:
        files = {(each.learner, each.problem, each.path): each for each in self._files()}
        ids = self.of(None, None, None, None, (), ("ann",), ("ann", "bob", "cy"), ("cy", "bob"))
        return Run(
            BEGIN,
            self.of("class", "week1.zip", "week2.zip"),
            tuple(files.values()),
            self.of(0, 1),
            None if ids is None else tuple((each, NAMES[each]) for each in ids),
            nothing_runs=self.of(False, False, False, False, True),
            killed=self.of(False, False, False, False, False, True),
            again=self.of(False, False, True),
        )

    def _files(self) -> Iterator[File]:
        for _ in range(self.of(1, 1, 2, 2, 3, 0)):
            yield File(
                self.of("ann", "ann", "ann", "ann", "bob", "cy"),
                self.of("problem1", "problem1", "problem1", "problem2"),
                self.of("m.h5", "m.h5", "x/m.h5"),
                self.of("c", "f", "e", "b", "f", "e", "a", "d"),
                self.of(None, None, self._moment()),
                self.of(None, None, True, True, False),
            )

    def _moment(self) -> datetime:
        return BEGIN + timedelta(hours=12 * self.of(*range(-6, 24)), minutes=self.of(0, 7))

    def _deadline(self) -> datetime | None:
        days = self.of(None, 0, 1, 3, 4, 5, 6, -3)
        return None if days is None else datetime(2026, 10, 20 + days, 18, tzinfo=BERLIN)

    def _rules(self) -> Rules:
        deadline, until = self._deadline(), datetime(2026, 11, 2, 9, tzinfo=BERLIN)
        more = ((self.of("ann", "Ann Lee", "BOB"), self.of("problem1", "problem2"), until),)
        return Rules(
            last=self.of(False, True),
            limit=self.of(None, None, None, 1, 2),
            deadline=deadline,
            of_problem_2=self._deadline(),
            more_time=self.of((), more) if deadline else (),
            grace=self.of(0, 30),
            per_day=self.of(0.0, 0.1, 0.25),
            cap=self.of(1.0, 0.5),
            marked=self.of(0.0, 0.2, 0.75),
            weights=self.of(
                (("problem1", 1.0), ("problem2", 2.0)),
                (("problem1", 3.0), ("problem2", 1.0)),
                (("problem2", 1.0),),
            ),
        )


def histories(least: int, most: int) -> st.SearchStrategy[list[bytes]]:
    """What may happen in a cohort, in so many steps at least and at most."""
    return st.lists(st.binary(min_size=32, max_size=32), min_size=least, max_size=most)


def in_time(given: list[bytes]) -> list[Step]:
    """The steps that are possible, each run a minute after the one before."""
    done: list[Step] = []
    for minute, choices in enumerate(given):
        step = Choices(choices).step(done)
        if step is not None:
            done.append(
                replace(step, at=BEGIN + timedelta(minutes=minute)) if isinstance(step, Run) else step
            )
    return done
