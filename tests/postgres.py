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
GUARDED = "guarded"
"""A user who would need a password. A test makes it."""
TIMEOUT = 60.0
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
    _ledger: list[str] = field(default_factory=list)

    def new_database(self) -> str:
        """The URL of an empty database."""
        name = f"tfprep{next(self._numbers)}"
        self.run("createdb", name)
        return self.url(name)

    def new_ledger(self) -> str:
        """The address of a database with an empty ledger, a copy of one that was made once: in no time."""
        from tfprep.grader.ledger import Ledger

        if not self._ledger:
            place = self.new_database()
            Ledger.open(place).close()
            self._ledger.append(place.split("/")[3].partition("?")[0])
        name = f"tfprep{next(self._numbers)}"
        self.run("createdb", "--template", self._ledger[0], name)
        return self.url(name)

    def url(self, database: str, user: str = USER) -> str:
        """The address of a database, which need not be there. `user` may be "user:password"."""
        return f"postgresql://{user}@/{database}?host={self.folder}&port={self.port}"

    def cut_off(self, url: str) -> None:
        """Ends every connection to a database, as a restart of the server does."""
        everyone = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        self.sql(url, f"{everyone} AND pid <> pg_backend_pid()")

    def sql(self, url: str, *statements: str) -> None:
        """Runs statements in a database of this server."""
        import psycopg

        with psycopg.connect(url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

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
        rules = data / "pg_hba.conf"
        rules.write_text(f"local all {GUARDED} scram-sha-256\n{rules.read_text()}")
        with (folder / "server.log").open("ab") as log:
            process = subprocess.Popen(
                [*as_user, str(found / "postgres"), "-D", str(data), "-k", str(folder),
                 "-p", str(server.port), "-c", "listen_addresses=", "-c", "fsync=off"],
                stdout=log, stderr=log, cwd=folder, start_new_session=True,
            )  # fmt: skip
        try:
            deadline = time.monotonic() + TIMEOUT
            while not server.answers():
                assert process.poll() is None, (folder / "server.log").read_text(errors="replace")
                assert time.monotonic() < deadline, (folder / "server.log").read_text(errors="replace")
                time.sleep(0.1)
            yield server
        finally:
            process.send_signal(signal.SIGQUIT)  # At once: its data are removed anyway.
            process.wait(TIMEOUT)
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
