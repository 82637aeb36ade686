"""Each way in which a stranger's file is read, and the errors that may come of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from tfprep.classroom.roster import read_assignments, read_roster
from tfprep.classroom.rules_file import read_rules
from tfprep.classroom.sealing import seal, sealing_key
from tfprep.cohorts.importing.layouts import read_platform
from tfprep.cohorts.importing.layouts.gradescope import Submissions
from tfprep.cohorts.importing.manifest import read_rows
from tfprep.errors import BadCohort, BadData, BadWorkspace, NotGenuine, UnsafeArchive
from tfprep.exams.certificate import read_certificate
from tfprep.exams.hand_in import MAGIC, read_hand_in
from tfprep.exams.result import ExamResult
from tfprep.files.csv_tables import read_csv
from tfprep.files.text import match_key, one_line, terminal_line
from tfprep.grader.submission.curves import read_printed
from tfprep.grader.submission.event_files import read_events
from tfprep.grader.submission.reader import Reader, ZipMember
from tfprep.problems.image_files import read_pictures
from tfprep.problems.workspace import WORKSPACE_FILE, Workspace
from tfprep.sandbox.host.reply import read_model, read_predictions
from tfprep.sandbox.protocol.frames import PREFIX

from . import seeds


@dataclass(frozen=True)
class Target:
    """One way to read a file."""

    name: str
    seeds: Sequence[bytes]
    read: Callable[[bytes, Path], object]
    """Gets the file's content and an empty folder; returns a word for the outcome."""
    errors: tuple[type[Exception], ...] = ()
    """What a damaged file may raise. Everything else is a finding."""
    slow: bool = False
    """It takes milliseconds: fewer files are tried."""


def targets(reader: Reader) -> list[Target]:
    """All of them; files of strangers are read in `reader`'s process."""

    def submission(content: bytes, folder: Path) -> object:
        found = reader.read(_write(folder, "mymodel.h5", content), 2**24)
        return found.refusal[0] if found.refusal else found.kind

    def script(content: bytes, folder: Path) -> object:
        found = reader.read(_write(folder, "starter.py", content), 2**24)
        return found.refusal[0] if found.refusal else found.kind

    def cohort_zip(content: bytes, folder: Path) -> object:
        path = _write(folder, "all.zip", content)
        listed = reader.list_zip(path, 2**20, 1_000)
        small = [
            ZipMember(entry, place, folder / str(place))
            for place, entry in enumerate(listed)
            if entry.file_size < 2**20
        ]
        reader.unpack(path, 2**20, small[:5])
        return len(listed)

    def log(name: str) -> Callable[[bytes, Path], object]:
        return lambda content, folder: len(reader.read_log(_write(folder, name, content)))

    return [
        Target("submission", seeds.MODELS, submission),
        Target("script", [*seeds.MODELS[-4:], seeds.MODELS[2]], script),
        Target("zip", [m for m in seeds.MODELS if m[:2] == b"PK"], cohort_zip, (UnsafeArchive, OSError)),
        Target("log.csv", [seeds.LOG], log("log.csv")),
        Target("log.json", [seeds.HISTORY], log("log.json")),
        Target("signed", seeds.RESULT, _signed, (NotGenuine,)),
        Target("hand-in", [seeds.HAND_IN], _hand_in, (NotGenuine,)),
        Target("result", [seeds.SIGNED], _result, (NotGenuine,)),
        Target("roster", [seeds.CSV, seeds.CANVAS], _roster, (BadCohort,), slow=True),
        Target("manifest", [seeds.MANIFEST], _manifest, (BadCohort,), slow=True),
        Target("rules", [seeds.RULES], _rules, (BadCohort,)),
        Target("workspace", [seeds.WORKSPACE], _workspace, (BadWorkspace,)),
        Target("gradescope", [seeds.GRADESCOPE], _gradescope),
        Target("path", seeds.PATHS, _path),
        Target("printed", [seeds.PRINTED], _printed),
        Target("reply", seeds.REPLIES, _reply),
        Target("picture", seeds.PICTURES, _picture, (BadData,), slow=True),
        Target("events", seeds.EVENTS, _events, slow=True),
    ]


def _write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def _signed(content: bytes, folder: Path) -> object:
    return read_certificate(content)[1].signer


def _result(content: bytes, folder: Path) -> object:
    return ExamResult.stored(content.decode("utf-8", "replace")).total


def _hand_in(content: bytes, folder: Path) -> object:
    """Sealed properly, whatever is in it."""
    return read_hand_in(MAGIC + seal(content, sealing_key(seeds.KEY), MAGIC), seeds.KEY).notes.learner


def _roster(content: bytes, folder: Path) -> object:
    path = _write(folder, "roster.csv", content)
    read_assignments(path)
    return len(read_roster(path))


def _manifest(content: bytes, folder: Path) -> object:
    return len(read_rows(read_csv(_write(folder, "manifest.csv", content))))


def _rules(content: bytes, folder: Path) -> object:
    return len(read_rules(_write(folder, "cohort.toml", content)).ids)


def _workspace(content: bytes, folder: Path) -> object:
    _write(folder, WORKSPACE_FILE, content)
    return Workspace.open(folder).problem.id


def _gradescope(content: bytes, folder: Path) -> object:
    submissions = Submissions(content.decode("utf-8", "replace"))
    return submissions.read(("submission_123", "a.h5")) is None


def _path(content: bytes, folder: Path) -> object:
    text = content.decode("utf-8", "surrogateescape").replace("\0", "")
    parts = tuple(part[:255] for part in text.split("/") if part)[:40] or ("x",)
    match_key(one_line(text))
    return read_platform(parts) is None


def _printed(content: bytes, folder: Path) -> object:
    text = content.decode("utf-8", "replace")
    for line in text.split("\n"):
        terminal_line(line)
    return read_printed(text) is None


def _reply(content: bytes, folder: Path) -> object:
    if content.startswith(b"{"):  # A header and a payload: the frame around them is whole.
        header, _, payload = content.partition(seeds.BETWEEN)
        content = PREFIX.pack(len(header), len(payload)) + header + payload
    outcome = read_predictions(content, [3], 2**20).outcome
    code = outcome.refusal.code if outcome.refusal else "predicted"
    return f"{outcome.ending.name} {code}, {read_model(content, 2**20).fault}"


def _picture(content: bytes, folder: Path) -> object:
    (folder / "class").mkdir()
    for name in ("a.png", "b.jpg"):
        _write(folder / "class", name, content)
    return len(read_pictures(folder, (4, 4, 3)).pixels)


def _events(content: bytes, folder: Path) -> object:
    """As a whole file, and as one event whose check sums are right."""
    # As its process does: without TensorFlow.
    sys.modules.setdefault("tensorboard.compat.notf", ModuleType("tensorboard.compat.notf"))
    from tensorboard.summary.writer.record_writer import RecordWriter

    _write(folder, "events.out.tfevents.1.whole", content)
    with (folder / "events.out.tfevents.2.framed").open("wb") as file:
        RecordWriter(file).write(content)
    return [len(points) for points in read_events(folder).values()]
