"""What platforms hand out, written from their own source or documentation; each names it.

A writer takes everybody and gives the files of one download for problem 1, without its wrapping folder.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .people import Fault, Person, speakers

Files = dict[str, bytes]
HEAD = b"\x89HDF\r\n\x1a\n"
HTML = b"<p>Here it is.</p>"


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
    has_versions: bool = False
    """Whether what was handed in before is handed out too."""
    has_texts: bool = False
    """Whether what was typed is handed out too."""
    tells_time: bool = False
    """Whether it tells when something was handed in."""
    only_as_folder: bool = False


def clean_filename(name: str) -> str:
    """Moodle's `clean_param(…, PARAM_FILE)`."""
    return re.sub(r"[\x00-\x1f\x7f&<>\"`|':\\/]", "", name)


def each(people: list[Person]) -> Iterator[tuple[Person, str, bytes]]:
    """Every file of everybody."""
    for person in people:
        for name, content in person.files.items():
            yield person, name, HEAD + content


def each_version(people: list[Person]) -> Iterator[tuple[Person, str, bytes, int]]:
    """Every file of everybody, those that were handed in before too, with which of the two it is."""
    for person, name, content in each(people):
        if person.earlier:
            yield person, name, HEAD + person.earlier, 1
        yield person, name, content, 2


def texts(people: list[Person]) -> Iterator[Person]:
    """Those who typed something and handed in no file."""
    return (one for one in people if one.fault is Fault.TEXT)


def moodle_folders(people: list[Person]) -> Files:
    files: Files = {}
    for person in texts(people):
        prefix = clean_filename(f"{person.shown.replace('_', ' ')}_{person.moodle}")
        files[f"{prefix}_assignsubmission_onlinetext/onlinetext.html"] = HTML
    for person, name, content in each(people):
        prefix = clean_filename(f"{person.shown.replace('_', ' ')}_{person.moodle}")
        files[f"{prefix}_assignsubmission_file/{name}"] = content
        files[f"{prefix}_assignsubmission_onlinetext/onlinetext.html"] = HTML
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
    for index, (person, name, content, version) in enumerate(each_version(people)):
        # Of a file that is handed in again under one name, Canvas counts the name up.
        again = name.replace(".", "-1.") if person.earlier and version == 2 else name
        files[f"{_of_canvas(person)}_{700_000 + index}_{again}"] = content
    return files | {f"{_of_canvas(person)}_text.html": HTML for person in texts(people)}


def canvas_groups(people: list[Person]) -> Files:
    files: Files = {}
    for index, (team, one) in enumerate(speakers(people).items()):
        for name, content in one.files.items():
            files[f"{re.sub(r'[^a-z0-9]', '', team.lower())}_{one.canvas}_{700_000 + index}_{name}"] = (
                HEAD + content
            )
    return files


def _of_canvas(person: Person) -> str:
    # The name is Canvas's own, so nobody can spell it in another way.
    sortable = re.sub(r"[^\w]", "", f"{person.family}, {person.given}".lower())
    return f"{sortable}_{'LATE_' if is_late(person) else ''}{person.canvas}"


def is_late(person: Person) -> bool:
    """Whether somebody hands in after the deadline, as Canvas says."""
    return person.number % 9 == 0


def blackboard(people: list[Person]) -> Files:
    files: Files = {}
    for person, name, content, version in each_version(people):
        attempt = (
            f"Problem 1_{plain_login(person)}_attempt_2026-06-0{4 + version}-13-{person.number % 60:02}-44"
        )
        files[f"{attempt}_{name}"] = content
        files[f"{attempt}.txt"] = b"Name: ...\n"
    for person in texts(people):
        files[f"Problem 1_{plain_login(person)}_attempt_2026-06-06-13-05-44.txt"] = b"Name: ...\n"
    return files


def brightspace_flat(people: list[Person]) -> Files:
    files: Files = {"index.html": b"<html>"}
    for person, name, content, version in each_version(people):
        time = f"Jun {4 + version}, 2026 {1 + person.number % 12}05 PM"
        files[f"{300_000 + person.number}-80551 - {person.shown} - {time} - {name}"] = content
    return files


def brightspace_folders(people: list[Person]) -> Files:
    return {
        f"{300_000 + person.number}-80551 - {person.shown} - Jun 5, 2026 1205 PM/{name}": content
        for person, name, content in each(people)
    }


def brightspace_groups(people: list[Person]) -> Files:
    files: Files = {"index.html": b"<html>"}
    for number, (team, one) in enumerate(speakers(people).items()):
        for name, content in one.files.items():
            files[f"{300_000 + number}-80551 - {team} - Jun 5, 2026 105 PM - {name}"] = HEAD + content
    return files


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
        f"Submitted files/{person.shown}/Problem 1/Version {version}/{name}": content
        for person, name, content, version in each_version(people)
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
        files[f"__MACOSX/{work}/._{name}"] = b"\0\5\x16\7"
    return files | {".DS_Store": b"x"}


def clones(people: list[Person]) -> Files:
    files: Files = {}
    for person, name, content in each(people):
        clone = f"problem-1-{plain_login(person).replace(' ', '-')}"
        files[f"{clone}/{name}"] = content
        files[f"{clone}/.git/HEAD"] = b"ref: refs/heads/main\n"
        files[f"{clone}/README.md"] = b"# Problem 1\n"
    return files


def folders_per_problem(people: list[Person]) -> Files:
    return {f"Problem 1/{person.email}/{name}": content for person, name, content in each(people)}


def plain_login(person: Person) -> str:
    """The login; of somebody whom this fault concerns, a name of their own making."""
    return plain_name(person) if person.fault is Fault.PLAIN_NAME else person.login


def plain_name(person: Person) -> str:
    return person.shown.lower()


_CANVAS = "canvas-lms/lib/content_zipper.rb"
_KODIAK = "kodiak, parse_submission_file_name"
_MOODLE: Any = {"source": "mod_assign/classes/downloader.php", "names_problem": False}
_TIMED: Any = {"has_versions": True, "tells_time": True}
LAYOUTS: Mapping[str, Layout] = {
    one.name: one
    for one in (
        Layout("moodle folders", moodle_folders, has_texts=True, **_MOODLE),
        Layout("moodle flat", moodle_flat, **_MOODLE),
        Layout("moodle blind", moodle_blind, by="moodle", **_MOODLE),
        Layout("moodle teams", moodle_teams, by="team", **_MOODLE),
        Layout("canvas", canvas, _CANVAS, names_problem=False, has_versions=True, has_texts=True),
        Layout("canvas groups", canvas_groups, _CANVAS, by="team", names_problem=False),
        Layout("blackboard", blackboard, "plg, blackboard.py", by="login", has_texts=True, **_TIMED),
        Layout("brightspace flat", brightspace_flat, _KODIAK, names_problem=False, **_TIMED),
        Layout("brightspace folders", brightspace_folders, _KODIAK, names_problem=False, tells_time=True),
        Layout(
            "brightspace groups", brightspace_groups, _KODIAK, "team", names_problem=False, tells_time=True
        ),
        Layout("gradescope", gradescope, "provenance", by="any", names_problem=False, tells_time=True),
        Layout("google drive", drive, "Google's help for Classroom", names_problem=False),
        Layout("teams", teams, "Microsoft, Assignments admin documentation", has_versions=True),
        Layout("nbgrader", nbgrader, "nbgrader, coursedir.py", by="login", tells_time=True),
        Layout("clones", clones, "GitHub Classroom's names", by="login", only_as_folder=True),
        Layout("flat files", flat_by_login, "what mentors have", by="login", one_file_each=True),
        Layout("folders", folders_by_name, "what mentors have; PEP 405"),
        Layout("folders per problem", folders_per_problem, "what mentors have", by="email"),
    )
}
