"""A cluster of real processes: Dask's own scheduler and workers, as `tfprep cluster` starts them."""

from __future__ import annotations

import contextlib
import os
import random
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tfprep.sandbox.host.cluster.dask_cluster import configure, scheduler_command, worker_command

from .remote_stand_in import CLOSED

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    """A port below those that systems give out by themselves: no host can have taken it by then."""
    while True:
        port = random.randrange(10_000, 30_000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


class DaskProcesses:
    """A scheduler, and the workers that joined. All end with it.

    Args:
        where: an address, or the settings of a mentor.
        hosts_where: the same for the hosts.
    """

    def __init__(self, where: str, hosts_where: str, folder: Path) -> None:
        self.where, self._hosts_where, self.folder = where, hosts_where, folder
        self.address = configure(where)
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        if (package := __name__.partition(".")[0]) != "tests":
            # pytest calls these modules by the root's name too; the processes find them by the same one.
            (folder / package).symlink_to(ROOT)
        self._start("scheduler", scheduler_command(self.address), {})

    def join(self, name: str, slots: int = 2, nanny: bool = False, **variables: str) -> None:
        """Starts a host with this name."""
        command = worker_command(configure(self._hosts_where), name, slots, 0)
        configure(self.where)
        self._start(name, command if nanny else [*command, "--no-nanny"], variables)

    @property
    def hosts(self) -> set[str]:
        """The names of those that run."""
        return {name for name, each in self.processes.items() if each.poll() is None} - {"scheduler"}

    def closed(self) -> int:
        """How many sandboxes its hosts have closed."""
        return len(list(self.folder.glob(f"{CLOSED}*")))

    def end(self, name: str) -> None:
        """Kills a host at once."""
        process = self.processes.pop(name)
        process.kill()
        process.wait()

    def close(self) -> None:
        """Kills all; a worker ends when its nanny is gone."""
        for name in tuple(self.processes):
            self.end(name)

    def _start(self, name: str, command: list[str], variables: Mapping[str, str]) -> None:
        places = os.pathsep.join([str(self.folder), str(ROOT), *sys.path])
        environment = {**os.environ, "PYTHONPATH": places, "OMP_NUM_THREADS": "1", **variables}
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self.folder
            )


@contextmanager
def dask_processes(where: object, hosts_where: object, folder: Path) -> Iterator[DaskProcesses]:
    """A scheduler, and whoever joins."""
    made = DaskProcesses(str(where), str(hosts_where), folder)
    try:
        yield made
    finally:
        made.close()
