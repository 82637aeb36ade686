"""Measures whether the advice of the first finding helps: `python -m tests.advice`, or `make advice`.

Each ordinary attempt is trained and graded; below full marks it is changed as the first finding says, trained
and graded again. Everything is kept: a run that is broken off goes on where it was.
"""

from __future__ import annotations

import argparse
import hashlib
import math
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Final

from tfprep.grader.scoring.card import FULL_MARKS
from tfprep.home import Home
from tfprep.problems import find
from tfprep.sandbox import Sandbox
from tfprep.sandbox.host.local import LocalSandbox

from ..faults.honest import Bench
from .attempt import Attempt
from .changes import advised
from .corpus import CORPUS, is_held_out
from .measure import Result, Workbench, is_better

HELPED: Final = 0.8
HARMED: Final = 0.05


@dataclass(frozen=True)
class Followed:
    """An attempt below full marks, and what following its first finding did."""

    before: Result
    finding: str
    after: Result | None
    """None where the advice names nothing that could be changed."""
    measurably: int = 0
    """Of the metric: 1 better, -1 worse, 0 neither beyond chance."""

    @property
    def step(self) -> int:
        """How many bands the score rose; 0 where nothing could be changed."""
        return _points(self.after) - _points(self.before) if self.after else 0

    def __str__(self) -> str:
        told = self.before.submit
        after = self.after.submit if self.after else None
        now = f"{after.score} ({after.value})" if after else "nothing to change"
        attempt = self.before.attempt
        return f"{attempt.problem} | {attempt.name} | {self.finding} | {told.score} ({told.value}) | {now}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints each attempt and the table. 0 where the advice helps as often as wanted, else 1."""
    asked = _parse(arguments)
    chosen = [each for each in in_order(CORPUS) if not asked.problems or each.problem in asked.problems]
    with LocalSandbox() as sandbox:
        followed = list(follow(chosen, Workbench(asked.keep), sandbox, 60 * asked.minutes))
    print("\n".join(table(followed)))
    rose, fell = (sum(helped(each) == step for each in followed) for step in (1, -1))
    return 0 if rose >= HELPED * len(followed) and fell <= HARMED * len(followed) else 1


def in_order(corpus: Iterable[Attempt]) -> list[Attempt]:
    """The attempts in an order that has nothing to do with them: what comes first is a fair sample."""
    return sorted(corpus, key=lambda each: hashlib.sha256(f"{each.problem}/{each.name}".encode()).digest())


def follow(
    attempts: Sequence[Attempt], workbench: Workbench, sandbox: Sandbox, seconds: float = math.inf
) -> Iterator[Followed]:
    """Trains each attempt, and once more as its first finding says; begins none after so many seconds."""
    end = monotonic() + seconds
    for number, attempt in enumerate(attempts, 1):
        if monotonic() > end:
            print(f"The time is up after {number - 1} of {len(attempts)} attempts.", flush=True)
            return
        before = workbench.result(attempt, sandbox)
        place = f"{number}/{len(attempts)}"
        if not before.submit.findings:
            print(
                f"{place} | {attempt.problem} | {attempt.name} | {before.submit.score} | nothing is told",
                flush=True,
            )
            continue
        code, advice = before.submit.findings[0]
        changed = advised(attempt, advice)
        after = None if changed is None else workbench.result(changed, sandbox)
        dataset = Bench(workbench.folder).dataset(find(attempt.problem), 0)
        done = Followed(before, code, after, 0 if after is None else is_better(before, after, dataset))
        print(f"{place} | {done}", flush=True)
        yield done


def helped(each: Followed) -> int:
    """1 where the score rose or reached full marks, -1 where it fell, else 0."""
    if each.after is not None and each.after.submit.score == FULL_MARKS:
        return 1
    return (each.step > 0) - (each.step < 0)


def table(followed: Sequence[Followed]) -> Iterator[str]:
    """How often the score rose, stayed and fell, by finding, then by problem, then in all."""
    yield "\n| first finding | attempts | rose | stayed | fell | metric better | worse |"
    yield "|---|---|---|---|---|---|---|"
    codes = sorted({each.finding for each in followed})
    for name in codes:
        yield _row(name, [each for each in followed if each.finding == name])
    for problem in sorted({each.before.attempt.problem for each in followed}):
        yield _row(f"*{problem}*", [each for each in followed if each.before.attempt.problem == problem])
    yield _row("*held out*", [each for each in followed if is_held_out(each.before.attempt)])
    yield _row("**all**", followed)


def _row(name: str, chosen: Sequence[Followed]) -> str:
    counts = [sum(helped(each) == step for each in chosen) for step in (1, 0, -1)]
    metric = [sum(each.measurably == step for each in chosen) for step in (1, -1)]
    return f"| {name} | {len(chosen)} | {' | '.join(map(str, (*counts, *metric)))} |"


def _points(result: Result) -> int:
    """The score; -1 where nothing could be scored."""
    return -1 if result.submit.score is None else result.submit.score


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.advice", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--problems", nargs="+", default=[], metavar="NAME", help="all, unless named")
    parser.add_argument("--minutes", type=float, default=24 * 60, help="begin no training after them")
    parser.add_argument("--keep", type=Path, default=Home.find().root / "advice", help="for data and models")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    os.nice(19)
    sys.exit(main())
