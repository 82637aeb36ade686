"""A mentor with a folder of submissions and a service, whose workers run nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tfprep.classroom.roster import read_roster
from tfprep.cohorts.batch.progress import ignore_progress
from tfprep.cohorts.requests import GradeRequest
from tfprep.cohorts.rules_in_force import ConfirmRules
from tfprep.cohorts.service import CohortService
from tfprep.grader.ledger import Ledger
from tfprep.home import Home

from ..cars import RULES, write_cars
from ..stand_in import Pool
from .submission_files import models, write_files


@dataclass
class Mentor:
    """A mentor's folder and service."""

    folder: Path
    service: CohortService
    sentences: list[str]

    def decide(self, rules: str) -> None:
        (self.folder / "cohort.toml").write_text(rules)

    def grade(
        self,
        roster: str = "id,name\nann,Ann Archer\nbob,Bob\n",
        source: Path | None = None,
        confirm_rules: ConfirmRules = lambda preview: True,
        name: str | None = None,
    ) -> tuple[object, ...]:
        (self.folder / "roster.csv").write_text(roster)
        people = read_roster(self.folder / "roster.csv") if roster else None
        rules = self.folder / "cohort.toml"
        request = GradeRequest(
            source or self.folder / "all", rules, people, name=name, confirm_rules=confirm_rules
        )
        tally, _ = self.service.grade(request, Pool, ignore_progress)
        return tally.graded, tally.copied, tally.known, tally.faults, tally.stopped

    def points(self) -> dict[str, float]:
        return {each.learner.id: each.results[0].points for each in self.service.results(None).learners}


@cache
def _empty_ledger() -> bytes:
    with TemporaryDirectory() as folder:
        Ledger.open(Path(folder, "ledger.db")).close()
        return Path(folder, "ledger.db").read_bytes()


@contextmanager
def a_mentor(folder: Path) -> Iterator[Mentor]:
    """One with two learners' models and a file that nobody's folder holds."""
    write_cars(folder / "cars.csv")
    write_files(folder / "all", models("ann/problem1/mymodel.h5", "bob/problem1/mymodel.h5", "stray.h5"))
    sentences: list[str] = []
    home = Home(folder / "home", f"sqlite:///{folder}/home/ledger.db", "m. ortiz")
    home.make()
    # Making tables takes longer than most tests.
    (home.root / "ledger.db").write_bytes(_empty_ledger())
    with Ledger.open(home.ledger_url) as ledger:
        mentor = Mentor(folder, CohortService(ledger, home, "m. ortiz", sentences.append), sentences)
        mentor.decide(RULES)
        yield mentor
