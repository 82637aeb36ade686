"""What platforms hand out, written from their own source or documentation; each names it.

A writer takes everybody and gives the files of one download for problem 1, without its wrapping folder.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from .people import Fault, Person, speakers

Files = dict[str, bytes]
HEAD = b"\x89HDF\r\n\x1a\n"


@dataclass(frozen=True)
class Layout:
    """How one platform hands out what was handed in."""

    name: str
    write: Callable[[list[Person]], Files]
    source: str
    """Where the naming is from."""
    by: str = "name"
    """What of a person a path has: name, login, email, or moodle's number."""
    names_problem: bool = True
    one_file_each: bool = False
    """Whether only people with one file can be written."""


def clean_filename(name: str) -> str:
    """Moodle's `clean_param(…, PARAM_FILE)`."""
    return re.sub(r"[\x00-\x1f\x7f&<>\"`|':\\/]", "", name)


def each(people: list[Person]) -> Iterator[tuple[Person, str, bytes]]:
    """Every file of everybody."""
    for person in people:
        for name, content in person.files.items():
            yield person, name, HEAD + content


def moodle_folders(people: list[Person]) -> Files:
    files: Files = {}
    for person, name, content in each(people):
        prefix = clean_filename(f"{person.shown.replace('_', ' ')}_{person.moodle}")
        files[f"{prefix}_assignsubmission_file/{name}"] = content
        files[f"{prefix}_assignsubmission_onlinetext/onlinetext.html"] = b"<p>Here it is.</p>"
    return files


def moodle_flat(people: list[Person]) -> Files:
    return {
        clean_filename(f"{person.shown.replace('_', ' ')}_{person.moodle}")
        + f"_assignsubmission_file_{name}": content
        for person, name, content in each(people)
    }


def moodle_blind(people: list[Person]) -> Files:
    return {
        f"Participant_{person.moodle}_assignsubmission_file/{name}": content
        for person, name, content in each(people)
    }


def moodle_teams(people: list[Person]) -> Files:
    files: Files = {}
    for number, (team, one) in enumerate(speakers(people).items(), 1):
        # A group's number is a small one, as some participant's may be on a young site.
        for name, content in one.files.items():
            files[f"{team}_{90_000 + number}_assignsubmission_file/{name}"] = HEAD + content
    return files


def canvas(people: list[Person]) -> Files:
    files: Files = {}
    for index, (person, name, content) in enumerate(each(people)):
        # The name is Canvas's own, so nobody can spell it in another way.
        sortable = re.sub(r"[^\w]", "", f"{person.family}, {person.given}".lower())
        late = "LATE_" if person.number % 9 == 0 else ""
        files[f"{sortable}_{late}{person.canvas}_{700_000 + index}_{name}"] = content
    return files


def blackboard(people: list[Person]) -> Files:
    files: Files = {}
    for person, name, content in each(people):
        login = plain_login(person)
        stamp = f"2026-06-05-13-{person.number % 60:02}-44"
        files[f"Problem 1_{login}_attempt_{stamp}_{name}"] = content
        files[f"Problem 1_{login}_attempt_{stamp}.txt"] = b"Name: ...\n"
    return files


def brightspace_flat(people: list[Person]) -> Files:
    files: Files = {"index.html": b"<html>"}
    for person, name, content in each(people):
        time = f"Jun 5, 2026 {1 + person.number % 12}05 PM"
        files[f"{300_000 + person.number}-80551 - {person.shown} - {time} - {name}"] = content
    return files


def brightspace_folders(people: list[Person]) -> Files:
    return {
        f"{300_000 + person.number}-80551 - {person.shown} - Jun 5, 2026 1205 PM/{name}": content
        for person, name, content in each(people)
    }


def gradescope(people: list[Person]) -> Files:
    files = {
        f"submission_{500_000 + person.number}/{name}": content for person, name, content in each(people)
    }
    text = ""
    for person in people:
        if person.files:
            shown = person.shown.replace("'", "''")
            text += f"submission_{500_000 + person.number}:\n  :submitters:\n  - :name: '{shown}'\n"
            if person.fault is not Fault.PLAIN_NAME:
                text += f"    :sid: '{person.login}'\n    :email: {person.email}\n"
            text += (
                "  :created_at: 2026-06-05 11:05:44.861687000 Z\n  :score: 2.0\n  :results:\n    output: |-\n"
            )
            text += "      submission_1:\n        :submitters:\n        - :name: Nobody\n"
    return files | {"submission_metadata.yml": text.encode()}


def drive(people: list[Person]) -> Files:
    return {f"{person.shown} - {name}": content for person, name, content in each(people)}


def teams(people: list[Person]) -> Files:
    return {
        f"Submitted files/{person.shown}/Problem 1/Version {1}/{name}": content
        for person, name, content in each(people)
    } | {f"Working files/{person.shown}/Problem 1/draft.h5": HEAD for person in people}


def nbgrader(people: list[Person]) -> Files:
    files: Files = {}
    for person, name, content in each(people):
        folder = f"submitted/{plain_login(person)}/problem1"
        files[f"{folder}/{name}"] = content
        files[f"{folder}/timestamp.txt"] = b"2026-06-05 11:05:44.948203 UTC\n"
    return files


def flat_by_login(people: list[Person]) -> Files:
    """Each in one zip of their own, as several files of one name cannot be flat."""
    return {
        f"{plain_login(person)}_problem1_{name}": content
        for person, name, content in each(people)
        if len(person.files) == 1
    }


def folders_by_name(people: list[Person]) -> Files:
    files: Files = {}
    for person, name, content in each(people):
        work = f"{person.shown}/problem1"
        files[f"{work}/{name}"] = content
        files[f"{work}/venv/pyvenv.cfg"] = b"home = /usr/bin"
        files[f"{work}/venv/lib/python3.12/site-packages/h5py/tests/vlen.h5"] = HEAD
        files[f"{work}/checkpoints/model_07.keras"] = HEAD
        files[f"{work}/logs/train/events.h5"] = HEAD
    return files


def folders_per_problem(people: list[Person]) -> Files:
    return {f"Problem 1/{person.email}/{name}": content for person, name, content in each(people)}


def plain_login(person: Person) -> str:
    """The login; of somebody whom this fault concerns, a name of their own making."""
    return plain_name(person) if person.fault is Fault.PLAIN_NAME else person.login


def plain_name(person: Person) -> str:
    return person.shown.lower()


LAYOUTS: Mapping[str, Layout] = {
    one.name: one
    for one in (
        Layout("moodle folders", moodle_folders, "mod_assign/classes/downloader.php", names_problem=False),
        Layout("moodle flat", moodle_flat, "mod_assign/classes/downloader.php", names_problem=False),
        Layout(
            "moodle blind",
            moodle_blind,
            "mod_assign/classes/downloader.php",
            by="moodle",
            names_problem=False,
        ),
        Layout(
            "moodle teams", moodle_teams, "downloader.php, get_student_prefix", by="team", names_problem=False
        ),
        Layout("canvas", canvas, "canvas-lms/lib/content_zipper.rb", names_problem=False),
        Layout("blackboard", blackboard, "BBGradebookOrganiser; plg, blackboard.py", by="login"),
        Layout(
            "brightspace flat", brightspace_flat, "kodiak, parse_submission_file_name", names_problem=False
        ),
        Layout("brightspace folders", brightspace_folders, "kodiak", names_problem=False),
        Layout("gradescope", gradescope, "provenance, parse-metadata.ts", by="any", names_problem=False),
        Layout("google drive", drive, "Google's help for Classroom", names_problem=False),
        Layout("teams", teams, "Microsoft, Assignments admin documentation"),
        Layout("nbgrader", nbgrader, "nbgrader, coursedir.py", by="login"),
        Layout("flat files", flat_by_login, "what mentors have", by="login", one_file_each=True),
        Layout("folders", folders_by_name, "what mentors have; PEP 405"),
        Layout("folders per problem", folders_per_problem, "what mentors have", by="email"),
    )
}
