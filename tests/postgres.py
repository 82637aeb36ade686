"""A PostgreSQL server of a run's own, for the tests marked `postgres`: a temporary folder, no network."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import count
from pathlib import Path

USER = "tfprep"
PATIENCE = 60.0
"""Seconds the server may take to start or to stop."""


def programs() -> Path | None:
    """The folder of the newest server's programs, None where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).resolve().parent if on_path else None


def why_no_postgres() -> str:
    """What keeps PostgreSQL tests from running here, and what to do about it; empty where nothing does."""
    if programs() is None:
        return "There is no `initdb`. Install your system's PostgreSQL server (Debian: `.ci/postgres`)."
    if find_spec("psycopg") is None:
        return "There is no package psycopg. Run: pip install 'psycopg[binary]'"
    return ""


@dataclass
class PostgresServer:
    """A server that listens at a socket in a folder."""

    folder: Path
    port: int
    _numbers: Iterator[int] = field(default_factory=count)

    def new_database(self) -> str:
        """The URL of an empty database."""
        name = f"tfprep{next(self._numbers)}"
        self.run("createdb", name)
        return f"postgresql://{USER}@/{name}?host={self.folder}&port={self.port}"

    def run(self, program: str, *arguments: str) -> None:
        """One of PostgreSQL's client programs, connected to this server."""
        at = ["--host", str(self.folder), "--port", str(self.port), "--username", USER]
        found = programs()
        assert found is not None
        subprocess.run([str(found / program), *at, *arguments], check=True, capture_output=True)

    def answers(self) -> bool:
        try:
            self.run("pg_isready", "--quiet")
        except subprocess.CalledProcessError:
            return False
        return True


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """A server with its own data, which is stopped and removed afterwards."""
    found = programs()
    assert found is not None
    # Short: a socket's path may have 107 characters. In its name, the port is only a number.
    folder = Path(tempfile.mkdtemp(prefix="tfprep-pg-"))
    data, server = folder / "data", PostgresServer(folder, 1024 + os.getpid() % 60_000)
    as_user = _become_another(folder)
    try:
        _run([*as_user, str(found / "initdb"), "--pgdata", str(data), "--username", USER, "--auth", "trust",
              "--encoding", "UTF8", "--locale", "C", "--no-sync"], folder)  # fmt: skip
        with (folder / "server.log").open("ab") as log:
            process = subprocess.Popen(
                [*as_user, str(found / "postgres"), "-D", str(data), "-k", str(folder),
                 "-p", str(server.port), "-c", "listen_addresses=", "-c", "fsync=off"],
                stdout=log, stderr=log, cwd=folder, start_new_session=True,
            )  # fmt: skip
        try:
            deadline = time.monotonic() + PATIENCE
            while not server.answers():
                assert process.poll() is None, (folder / "server.log").read_text(errors="replace")
                assert time.monotonic() < deadline, (folder / "server.log").read_text(errors="replace")
                time.sleep(0.1)
            yield server
        finally:
            process.send_signal(signal.SIGINT)  # Whoever is still connected is cut off.
            process.wait(PATIENCE)
    finally:
        shutil.rmtree(folder)


def _become_another(folder: Path) -> list[str]:
    """What to put before a command: PostgreSQL refuses to run as root. The server ends with the tests."""
    command = ["setpriv", "--pdeathsig", "TERM"]
    if os.geteuid():
        return command if shutil.which("setpriv") else []
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return [*command, f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
