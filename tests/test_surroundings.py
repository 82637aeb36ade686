"""Every command in every bad place ends with a sentence and an exit code above zero, never a traceback."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import pytest

from tfprep import cli
from tfprep.errors import HomeUnavailable
from tfprep.home import RUNNING_EXAMS

COMMANDS = {
    "problems": (),
    "start": ("1",),
    "check": ("mymodel.h5", "--problem", "1"),
    "submit": ("mymodel.h5", "--problem", "1"),
    "report": (),
    "history": (),
    "diff": ("1", "2"),
    "hint": ("1",),
    "watch": (),
    "ready": (),
    "exam start": (),
    "exam status": (),
    "exam pause": (),
    "exam resume": (),
    "exam finish": (),
    "exam result": (),
    "exam verify": ("result.json",),
    "exam pack": (),
    "exam hand-in": (),
    "exam grade": (".",),
    "cohort grade": (".",),
    "cohort status": (),
    "cohort similar": (),
    "cohort report": (),
    "cohort export": (),
    "cohort regrade": (),
    "cohort rules": (),
    "cohort override": ("ada", "1", "--score", "5", "--reason", "why"),
    "cohort audit": (),
    "cohort withdraw": ("ada", "1", "--reason", "why"),
    "cohort list": (),
    "cohort rename": ("spring", "autumn"),
    "cohort delete": ("spring",),
    "cohort hand-out": (),
    "data fetch": ("1",),
    "data list": (),
    "data remove": ("1",),
    "ledger copy": ("ledger.db", "new.db"),
    "sandbox build": (),
    "sandbox status": (),
    "sandbox prune": (),
    "sandbox attack": (),
    "doctor": (),
    "author new": ("flats", "--like", "regression"),
    "author prove": ("regression",),
    "cluster certificates": ("lab",),
    "cluster start": ("--cluster", "cohort.toml"),
    "cluster worker": ("cohort.toml",),
}
WITHOUT_HOME = {
    "problems",
    "ledger copy",
    "exam verify",
    "sandbox build",
    "sandbox status",
    "sandbox prune",
    "sandbox attack",
    "cluster certificates",
    "cluster start",
    "cluster worker",
}
WITHOUT_LEDGER = WITHOUT_HOME | {"start", "exam start", "cohort hand-out"}
WITHOUT_LEDGER |= {"data fetch", "data list", "data remove", "author new", "author prove"}


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def says(self) -> str:
        return self.out + self.err


Tfprep = Callable[..., Ended]


@pytest.fixture
def tfprep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Tfprep]:
    """Runs a command in this process, in a folder where every file that it may name is there."""
    place = tmp_path / "place"
    place.mkdir()
    for name, text in {
        "mymodel.h5": "no model",
        "result.json": "{}",
        "roster.csv": "id\nada\n",
        "cohort.toml": "",
    }.items():
        (place / name).write_text(text)
    monkeypatch.chdir(place)
    monkeypatch.setenv("TFPREP_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TFPREP_LEARNER", "ada")
    monkeypatch.setenv("COLUMNS", "1000")  # no sentence is broken into lines
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:9")

    def run(*words: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["tfprep", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        shown = capsys.readouterr()
        return Ended(int(ended.value.code or 0), shown.out, shown.err)

    yield run
    os.chdir(tmp_path)


def assert_told(ended: Ended, *sentences: str) -> None:
    assert "Traceback" not in ended.says, ended.says
    assert "fault in tfprep" not in ended.says
    assert ended.code in {1, 2, 3}, ended
    for sentence in sentences:
        assert sentence in ended.says, ended.says


def leaves(group: click.Group, before: str = "") -> Iterator[str]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from leaves(command, f"{before}{name} ")
        else:
            yield f"{before}{name}"


def test_every_command_is_in_the_matrix() -> None:
    assert set(leaves(cli.tfprep)) == set(COMMANDS)


def test_commands_write_through_the_one_door_that_knows_every_encoding() -> None:
    modules = set(Path(cli.__file__).parent.glob("commands/*.py"))
    by_themselves = {each.name for each in modules if "click.echo(" in each.read_text("utf-8")}
    assert by_themselves == {"context.py"}


def words_of(command: str) -> list[str]:
    return [*command.split(), *COMMANDS[command]]


@pytest.mark.parametrize("command", COMMANDS)
def test_where_the_current_folder_is_gone(command: str, tfprep: Tfprep, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    os.chdir(gone)
    gone.rmdir()
    assert_told(tfprep(*words_of(command)), "The current folder is not there any more")


@pytest.mark.parametrize("command", sorted(set(COMMANDS) - WITHOUT_HOME))
@pytest.mark.parametrize("kind", ["a file", "below a file", "not to be made", "not to be written"])
def test_where_the_home_cannot_be_used(
    command: str, kind: str, tfprep: Tfprep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.touch()
    homes = {"a file": file, "below a file": file / "home", "not to be made": Path("/proc/home")}
    home = homes.get(kind, tmp_path / "home")
    monkeypatch.setenv("TFPREP_HOME", str(home))
    if kind == "not to be written":  # which root may, so the system is asked in a double
        refusal = PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(home))

        def refuse(*_: object, **__: object) -> None:
            raise refusal

        monkeypatch.setattr("tfprep.home.tempfile.TemporaryFile", refuse)
    assert_told(tfprep(*words_of(command)), f"{home} cannot be used", "set TFPREP_HOME to another one")


@pytest.mark.parametrize("command", sorted(set(COMMANDS) - WITHOUT_LEDGER))
@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("a folder", "The ledger cannot be"),
        ("no database", "The ledger's file is not a database"),
        ("no address", "TFPREP_LEDGER names a database of the kind 'nothing'"),
    ],
)
def test_where_the_ledger_cannot_be_used(  # noqa: PLR0917
    command: str, kind: str, sentence: str, tfprep: Tfprep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = tmp_path / "ledger"
    if kind == "a folder":
        ledger.mkdir()
    else:
        ledger.write_text("no database " * 100)
    monkeypatch.setenv("TFPREP_LEDGER", "nothing://" if kind == "no address" else str(ledger))
    assert_told(tfprep(*words_of(command)), sentence)


@pytest.mark.parametrize("value", ["nan", "NaN", "-nan", "inf", "-inf", "1e999", "-1", "banana", ""])
@pytest.mark.parametrize(
    "words",
    [
        ("exam", "start", "--minutes"),
        ("cohort", "grade", ".", "--workers"),
        ("cohort", "override", "ada", "1", "--reason", "why", "--score"),
    ],
)
def test_an_option_takes_finite_numbers_only(words: tuple[str, ...], value: str, tfprep: Tfprep) -> None:
    ended = tfprep(*words, value)
    assert_told(ended, f"Invalid value for '{words[-1]}'")
    assert ended.code == 2


@pytest.mark.parametrize("words", [("report",), ("exam", "result")])
@pytest.mark.parametrize("number", ["0", "1" * 30, "nan", "1.5"])
def test_a_number_that_no_record_can_have_is_refused(
    words: tuple[str, ...], number: str, tfprep: Tfprep
) -> None:
    assert_told(tfprep(*words, number), "Invalid value for '[NUMBER]'")


@pytest.mark.parametrize("value", ["banana", "GPU", "-1", "1.5", "²", "all,none"])
@pytest.mark.parametrize("by", ["option", "variable"])
def test_a_choice_of_gpus_that_is_none_is_theirs(
    value: str, by: str, tfprep: Tfprep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tfprep.errors import BadOption
    from tfprep.sandbox import Limits
    from tfprep.sandbox.host.select_sandbox import docker_pool, for_own_work

    if by == "variable":
        monkeypatch.setenv("TFPREP_GPUS", value)
    given = value if by == "option" else None
    for make in (
        lambda: for_own_work("auto", print, given),
        lambda: for_own_work("local", print, given),
        lambda: docker_pool(Limits(1), 1, given),
    ):
        with pytest.raises(BadOption, match="names no GPU"):
            make()


@pytest.mark.parametrize("command", ["check", "submit", "cohort grade"])
@pytest.mark.parametrize("by", ["option", "variable"])
def test_a_choice_of_gpus_is_looked_at_before_anything_is_started(
    command: str, by: str, tfprep: Tfprep, monkeypatch: pytest.MonkeyPatch
) -> None:
    if by == "variable":
        monkeypatch.setenv("TFPREP_GPUS", "banana")
    ended = tfprep(*words_of(command), *(["--gpus", "banana"] if by == "option" else []))
    assert_told(ended, "'banana' names no GPU")
    assert ended.code == 2


def test_an_unknown_level_of_the_log_is_theirs(tfprep: Tfprep, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFPREP_LOG", "banana")
    assert_told(tfprep("history"), "TFPREP_LOG is 'banana'")


def test_a_home_of_an_unknown_account_is_told(tfprep: Tfprep, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFPREP_HOME", "~nobody-by-this-name/home")
    assert_told(tfprep("history"), "this account has no home folder")


def test_a_name_that_is_no_utf8_is_told(tfprep: Tfprep) -> None:
    assert_told(tfprep("history", "--learner", os.fsdecode(b"Zo\xeb")), "is not in UTF-8")


def test_a_missing_file_is_told_before_any_data_is_fetched(
    tfprep: Tfprep, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(*_: object, **__: object) -> None:
        raise AssertionError("the data was asked for")

    monkeypatch.setattr("tfprep.problems.store.DataStore.load", fetch)
    for command in ("submit", "check"):
        assert_told(tfprep(command, "nofile.h5", "--problem", "1"), "There is no 'nofile.h5' here")


def test_data_that_is_not_here_is_told_before_a_question_is_asked(tfprep: Tfprep) -> None:
    ended = tfprep("data", "remove", "1")
    assert_told(ended, "There is no package data of problem1 here")
    assert "Remove the" not in ended.says


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EROFS, errno.EIO, errno.EMFILE, errno.EDQUOT])
def test_what_the_system_refuses_anywhere_is_a_sentence(
    error: int, tfprep: Tfprep, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(error, os.strerror(error), "/place/file")

    monkeypatch.setattr("tfprep.grader.services.history", fail)
    ended = tfprep("history")
    assert_told(ended, f"/place/file: {os.strerror(error)}.", "no attempt was used")
    assert ended.code == 3


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space", "/f"), HomeUnavailable("No."), KeyError("a bug of ours")]
)
def test_an_exam_that_cannot_be_ended_yet_ends_no_other_command(
    error: Exception, tfprep: Tfprep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise error

    (tmp_path / "home").mkdir()
    (tmp_path / "home" / RUNNING_EXAMS).write_text("{}")
    monkeypatch.setattr("tfprep.exams.running_exams.overdue", lambda *_: (1,))
    monkeypatch.setattr("tfprep.commands.exam._settle", fail)
    ended = tfprep("history")
    assert ended.code == 0
    assert "The exam cannot be ended yet: " in ended.err


def test_a_programming_error_is_still_told_as_ours(tfprep: Tfprep, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise FileNotFoundError(errno.ENOENT, "No such file", "template.html")

    monkeypatch.setattr("tfprep.grader.services.history", fail)
    ended = tfprep("history")
    assert ended.code == 3
    assert "This is a fault in tfprep" in ended.err


def process(home: Path, *words: str, **variables: str) -> list[str]:
    return [sys.executable, "-m", "tfprep.cli", *words]


PRINTING = [("problems",), ("history",), ("ready",), ("doctor",), ("data", "list"), ("--help",)]


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_output_is_written_in_any_encoding(encoding: str, tmp_path: Path) -> None:
    program = f"""
import sys
from tfprep import cli
for words in {PRINTING!r}:
    sys.argv = ["tfprep", *words]
    try:
        cli.main()
    except SystemExit as ended:
        assert not ended.code, (words, ended.code)
from rich.console import Console
from tfprep.commands import context
Console().print("accuracy ≥ 0.85 · José — 学")
context.put("≤ 3 …")
context.print_json({{"name": "José 学"}})
"""
    home = tmp_path / "home"
    run = subprocess.run(
        [sys.executable, "-c", program],
        env={
            **os.environ,
            "PYTHONIOENCODING": encoding,
            "TFPREP_HOME": str(home),
            "DOCKER_HOST": "tcp://127.0.0.1:9",
            "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry),
        },
        capture_output=True,
        check=False,
    )
    shown = run.stdout.decode(encoding)
    assert run.returncode == 0, run.stderr.decode()
    assert "<= 3" in shown
    assert "accuracy >= 0.85" in shown
    assert '"Jos\\u00e9 \\u5b66"' in shown


@pytest.mark.parametrize(("to", "code"), [("a reader that has gone", 0), ("a full disk", 3)])
def test_output_that_nobody_takes_ends_no_command(to: str, code: int, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tfprep.cli", "problems", "--json"]
    environment = {**os.environ, "TFPREP_HOME": str(tmp_path)}
    if to == "a full disk":
        with Path("/dev/full").open("w") as full:
            run = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, env=environment, check=False)
        assert b"could not be written: No space left on device" in run.stderr
    else:
        reading, writing = os.pipe()
        os.close(reading)
        run = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, env=environment, check=False)
        os.close(writing)
        assert run.stderr == b""
    assert run.returncode == code
