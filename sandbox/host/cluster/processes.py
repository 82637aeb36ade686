"""The processes of a cluster: a scheduler here, a worker here or on other machines by ssh."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Final, NoReturn

from ....errors import BadOption, SandboxUnavailable
from ..select_sandbox import look_at_engine
from .dask_cluster import configure, scheduler_command, worker_command

if TYPE_CHECKING:
    from collections.abc import Iterator

_STOP_SECONDS: Final = 20.0
_LOOK_SECONDS: Final = 0.5


def run_worker(where: str, name: str | None, slots: int | None, gpus: str | None) -> NoReturn:
    """Has this process become a worker of Dask.

    Raises:
        BadOption: the address, its certificates or `gpus` cannot be used.
        SandboxUnavailable: Dask is not installed, or this machine's engine or image cannot be used.
    """
    if gpus is not None:
        os.environ["TFPREP_GPUS"] = gpus
    address = configure(where)
    # Told here, and not to a mentor far away.
    capacity = look_at_engine()
    command = worker_command(address, name, slots, capacity.gpus)
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


def run_cluster(
    where: str, hosts: Sequence[str], host_command: str, settings: str, say: Callable[[str], None]
) -> int:
    """Runs the scheduler here and a worker on each host, by ssh, until it is stopped or the scheduler ends.

    Not `dask ssh`, which has no option for certificates.

    Raises:
        BadOption: the address or its certificates cannot be used, or a host's name is none.
        SandboxUnavailable: Dask is not installed.
    """
    address = configure(where)
    if bad := [host for host in hosts if host.startswith("-") or len(host.split()) != 1]:
        raise BadOption(f"{bad[0]!r} is no host.", "For example --hosts ann@lab1,lab2.")
    # As on Ctrl-C: what was started ends too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ExitStack() as stack:
        scheduler = stack.enter_context(_process(scheduler_command(address)))
        say(f"The scheduler runs at {address}. Ctrl-C ends it, and the hosts' workers.")
        commands = {host: ssh_command(host, host_command, settings) for host in hosts}
        workers = {host: stack.enter_context(_process(each)) for host, each in commands.items()}
        while scheduler.poll() is None:
            for host in [host for host, process in workers.items() if process.poll() is not None]:
                say(f"The worker on {host} has ended with status {workers.pop(host).returncode}.")
            time.sleep(_LOOK_SECONDS)
        return scheduler.returncode


def ssh_command(host: str, command: str, settings: str) -> list[str]:
    """What starts a worker on a host. With a terminal of its own there, it ends when ssh is ended."""
    remote = f"{command} cluster worker {shlex.quote(settings)} --name {shlex.quote(host)}"
    return ["ssh", "-tt", "-o", "BatchMode=yes", "-o", "ServerAliveInterval=15", host, remote]


@contextmanager
def _process(command: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    """A process that ends when this is left: by itself, as Dask does when it is asked to, or killed."""
    try:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    except OSError as error:
        raise SandboxUnavailable(f"{command[0]} could not be started: {error}") from error
    try:
        yield process
    finally:
        with suppress(OSError):
            process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
