"""One class in one layout with one roster: written, imported or graded, and compared cell by cell."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

from click.testing import CliRunner, Result

from tfprep.classroom.roster import read_roster
from tfprep.classroom.rules import CohortRules
from tfprep.cli import tfprep
from tfprep.cohorts.importing import ImportedSource
from tfprep.cohorts.importing.importing import SourceOptions, import_source

from ..cars import RULES, write_cars
from .known import known_right
from .layouts import HTML, Files, Layout
from .people import Fault, Person
from .rosters import Roster, in_roster


def write_source(folder: Path, files: Files, *, wrapper: str = "", as_folder: bool = False) -> Path:
    """The files of a download as a zip or a folder, with or without a folder around them."""
    files = {f"{wrapper}{name}": content for name, content in files.items()}
    if as_folder:
        source = folder / "download"
        for name, content in files.items():
            path = source / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return source
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    source = folder / "download.zip"
    source.write_bytes(packed.getvalue())
    return source


def write_roster(folder: Path, people: list[Person], roster: Roster) -> Path:
    """The roster as a file."""
    path = folder / "roster.csv"
    path.write_bytes(roster.write(in_roster(people)))
    return path


def compare(imported: ImportedSource, people: list[Person], layout: Layout, roster: Roster) -> list[str]:
    """Every difference between what was imported and what is right."""
    known = known_right(people, layout, roster)
    found: dict[str, tuple[bytes, ...]] = {}
    for one in imported.files:
        found[one.learner] = (*found.get(one.learner, ()), one.path.read_bytes())
    wrong = [
        f"{key}: {found.get(key)!r} is not {known.placed.get(key)!r}"
        for key in sorted({*found, *known.placed})
        if found.get(key) != known.placed.get(key)
    ]
    if (late := {one.learner for one in imported.files if one.is_late}) != known.late:
        wrong.append(f"{late} are late and not {known.late}.")
    untimed = [one.found_at for one in imported.files if one.handed_in is None]
    if layout.tells_time and untimed:
        wrong.append(f"It is not known when {untimed[:3]} were handed in.")
    if len(imported.drafts) != known.listed:
        wrong.append(f"{len(imported.drafts)} are listed and not {known.listed}: {imported.drafts[:4]}")
    members = [roster.key(one) for one in in_roster(people)]
    if sorted(one.id for one in imported.roster) != sorted(members):
        wrong.append("The roster has other people.")
    return wrong


def imported_evening(
    folder: Path,
    people: list[Person],
    layout: Layout,
    roster: Roster,
    *,
    wrapper: str = "",
    as_folder: bool = False,
) -> list[str]:
    """What the importer gets wrong for a class; empty where it gets everything right."""
    as_folder = as_folder or layout.only_as_folder
    source = write_source(folder, layout.write(people), wrapper=wrapper, as_folder=as_folder)
    learners = read_roster(write_roster(folder, people, roster))
    told = SourceOptions(problem=None if layout.names_problem else "regression")
    imported = import_source(source, learners, CohortRules(zone=UTC), folder / "scratch", told)
    return compare(imported, people, layout, roster)


@dataclass(frozen=True)
class Evening:
    """A class, its download and its roster in a folder, and the command that grades them."""

    folder: Path
    people: list[Person]
    layout: Layout
    roster: Roster

    def prepare(self) -> None:
        """Writes everything that a mentor has."""
        write_cars(self.folder / "cars.csv")
        (self.folder / "cohort.toml").write_text(RULES)
        write_source(self.folder, self.layout.write(self.people))
        write_roster(self.folder, self.people, self.roster)

    def grade(self, *words: str) -> Result:
        """`tfprep cohort grade` on the download, with a stand-in for the sandbox."""
        home = {"TFPREP_HOME": str(self.folder / "home"), "TFPREP_LEARNER": "m. ortiz"}
        options = ("--roster", "roster.csv", "--rules", "cohort.toml", "--out", "out")
        return CliRunner().invoke(
            tfprep,
            ["cohort", "grade", self._at("download.zip"), *map(self._at, options), *map(self._at, words)],
            env=home,
        )

    def wrong_cells(self, *, everybody: bool = False) -> list[str]:
        """Each cell of the gradebook that is not the known right one.

        Args:
            everybody: whether a corrected draft has settled whatever could not be placed.
        """
        with (self.folder / "out" / "gradebook.csv").open(encoding="utf-8-sig", newline="") as file:
            cells = {row["learner"]: row["problem1 points"] for row in csv.DictReader(file)}
        placed = known_right(self.people, self.layout, self.roster).placed
        right: dict[str, float] = {}
        for one in in_roster(self.people):
            key = self.roster.key(one)
            first = next(iter(one.files.values()), b"score 0 of 0")
            models = ((one.counts or first),) if everybody else placed.get(key, (b"score 0 of 0",))
            right[key] = max(float(model.split(b"score ")[1].split()[0]) for model in models)
        return [
            f"{key}: {cells.get(key)} is not {points:g}"
            for key, points in right.items()
            if float(cells.get(key) or 0) != points
        ] + [f"{key} is nobody" for key in cells if key not in right]

    def correct(self) -> Path:
        """The draft as a mentor who knows everybody corrects it."""
        draft = self.folder / "out" / "not-placed.csv"
        files, numbers = self.layout.write(self.people), {one.number: one for one in self.people}
        with draft.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        for row in rows:
            content = files.get(row["path"].lstrip("'"), HTML)
            if b" of " not in content:  # only a text was typed
                row["learner"] = "-"
                continue
            person = numbers[int(content.decode("latin-1").split(" of ")[1].split(",")[0])]
            is_theirs = person.fault is not Fault.STRANGER and b"another" not in content
            row["learner"] = self.roster.key(person) if is_theirs else "-"
            row["problem"] = "1" if is_theirs else ""
        corrected = self.folder / "corrected.csv"
        with corrected.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), delimiter=";")
            writer.writeheader()
            writer.writerows(rows)
        return corrected

    def _at(self, word: str) -> str:
        return str(self.folder / word) if word.endswith((".csv", ".toml", ".zip")) or word == "out" else word
