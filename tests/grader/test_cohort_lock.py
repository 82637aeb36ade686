"""The lock of a cohort on PostgreSQL, where a server may be restarted and a pooler may stand in front."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from tfprep.errors import CohortBusy, LedgerUnavailable
from tfprep.grader.ledger import Ledger
from tfprep.grader.records.cohort_runs import CohortNote

from ..postgres import PostgresServer
from .test_ledger import graded

pytestmark = pytest.mark.postgres
BACKEND_KEY = b"K"
"""The message by which a server tells a client the number of its process, a pooler another one."""


@pytest.fixture
def shared(postgres: PostgresServer) -> str:
    return postgres.new_ledger()


def test_a_lock_is_held_by_one_program_and_free_after_it(shared: str) -> None:
    with Ledger.open(shared) as ledger, Ledger.open(shared) as other:
        with ledger.cohorts.lock("spring"):
            with pytest.raises(CohortBusy, match="'spring'"), other.cohorts.lock("spring"):
                pass
            with other.cohorts.lock("autumn"):
                pass
        with other.cohorts.lock("spring"):
            pass


def test_a_lock_is_no_idle_transaction(shared: str) -> None:
    with Ledger.open(shared) as ledger, Ledger.open(shared) as other:
        with ledger.cohorts.lock("spring"), other._database.reading() as session:
            others = "datname = current_database() AND pid <> pg_backend_pid()"
            states = f"SELECT state FROM pg_stat_activity WHERE {others}"
            assert set(session.connection().exec_driver_sql(states).scalars()) == {"idle"}


def test_a_lock_that_was_lost_is_noticed_before_anything_is_written(
    shared: str, postgres: PostgresServer
) -> None:
    with Ledger.open(shared) as ledger, Ledger.open(shared) as other:
        with ledger.cohorts.lock("spring"):
            ledger.cohorts.begin_run(CohortNote("spring", folder="/first"))
            ledger.record(graded())
            postgres.cut_off(shared)
            with other.cohorts.lock("spring"):  # the server has given the lock to somebody else
                for _ in range(2):
                    with pytest.raises(
                        LedgerUnavailable, match="lock of the cohort 'spring' was lost"
                    ) as caught:
                        ledger.record(graded())
        assert "Run the same command again" in caught.value.remedy
        assert len(ledger.history()) == 1
        ledger.record(graded())


@contextmanager
def pooler(folder: Path, port: int, behind: Path) -> Iterator[None]:
    """Passes bytes to a server and back, but as a pooler does, with a number of its own for the process."""

    def serve(client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server:
            server.connect(str(behind))
            Thread(target=forward, args=(client, server), daemon=True).start()
            while head := server.recv(5, socket.MSG_WAITALL):
                length = struct.unpack("!I", head[1:])[0] - 4
                body = server.recv(length, socket.MSG_WAITALL) if length else b""
                client.sendall(head + (bytes(length) if head[:1] == BACKEND_KEY else body))

    def forward(client: socket.socket, server: socket.socket) -> None:
        while data := client.recv(65536):
            server.sendall(data)
        server.shutdown(socket.SHUT_WR)

    def accept() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            Thread(target=serve, args=(client,), daemon=True).start()

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / f".s.PGSQL.{port}"))
        listener.listen()
        Thread(target=accept, daemon=True).start()
        yield


def test_through_a_pooler_learners_submit_and_a_cohort_s_lock_is_refused(
    shared: str, postgres: PostgresServer
) -> None:
    folder, port = postgres.folder, postgres.port + 1
    behind = folder / f".s.PGSQL.{postgres.port}"
    with (
        pooler(folder, port, behind),
        Ledger.open(shared.replace(f"port={postgres.port}", f"port={port}")) as ledger,
    ):
        ledger.record(graded())
        with pytest.raises(LedgerUnavailable, match="pooler") as caught, ledger.cohorts.lock("spring"):
            pass
        assert "the PostgreSQL server itself" in caught.value.remedy
        assert len(ledger.history()) == 1
