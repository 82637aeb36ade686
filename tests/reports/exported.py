"""What an export wrote, and cohorts whose people are those of a platform's roster."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

from tfprep.cohorts import Cohort, Learner
from tfprep.reports.cohort.exports import write_exports

from .canvas import Course, Upload
from .cohorts import learner_result


def exported(folder: Path, cohort: Cohort) -> dict[str, list[list[str]]]:
    """Every CSV file of an export, as rows."""
    tables = {}
    for path in write_exports(cohort, folder).paths:
        if path.suffix == ".csv":
            with path.open(encoding="utf-8-sig", newline="") as file:
                tables[path.name] = list(csv.reader(file, strict=True))
    return tables


def with_roster(cohort: Cohort, roster: tuple[Learner, ...]) -> Cohort:
    """The cohort's first standings as those of other people."""
    people = zip(roster, cohort.learners, strict=False)
    learners = tuple(learner_result(who, one.results) for who, one in people)
    return replace(cohort, learners=learners, pending=())


def upload_all(course: Course, folder: Path, cohort: Cohort) -> list[Upload]:
    """Uploads every file for Canvas, as a mentor would."""
    files = [path for path in write_exports(cohort, folder).paths if path.name.startswith("canvas")]
    return [course.import_file(path.read_bytes().decode("utf-8")) for path in files]
