"""The only door to Dask: who is in a cluster, and messages to them.

connect(where)      a mentor's side: the hosts of a cluster, and a way to ask each of them
worker_command      the command that makes this machine a host
scheduler_command   the command that hosts and mentors meet at

Each host has one actor, a `RemoteHost`. A call to it goes from here to there and back, past the scheduler:
a task of Dask for each prediction would cost seven messages. What is sent are bytes, and bytes come back.
"""

from __future__ import annotations

import sys
import tomllib
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from ....errors import BadOption, SandboxUnavailable, WorkerLost
from ....files.text import SENTENCE_LIMIT, one_line
from .remote_host import RemoteHost

if TYPE_CHECKING:
    from distributed import Client, Future

PORT: Final = 8786
Ask = Callable[[bytes], bytes]
"""Sends a message to a host, and returns its answer. Raises WorkerLost: the host is gone."""
_CONNECT_SECONDS: Final = 20
_OPEN_SECONDS: Final = 60
_LOOK_SECONDS: Final = 5
"""Between two looks whether a host that does not answer has left."""
_LOST: Final = "A host of the cluster was lost at this file."
_AGAIN: Final = "Run it again."
_INSTALL: Final = "Install it: pip install 'tfprep[dask]'"
_CERTIFICATES: Final = (
    "Run `tfprep cluster certificates` on the mentor's machine, and give --cluster the cluster.yaml that it "
    "writes: between machines everything is encrypted, and both sides show a certificate."
)
_FILES: Final = ("ca-file", "cert", "key")
_NO_PAGES: Final = ("--no-dashboard", "--dashboard-address", "127.0.0.1:0")
"""Dask's own web server knows no certificates, and runs without its pages too: nobody else reaches it."""


class DaskCluster:
    """A mentor's connection to a cluster. When it is closed, every host ends its containers."""

    def __init__(self, address: str, host_type: type[RemoteHost] = RemoteHost) -> None:
        self.address = address
        self._host_type = host_type
        self._client = _open_client(address)
        self._opened: dict[str, Future[Any]] = {}
        """By address; each keeps its actor alive."""

    def hosts(self) -> dict[str, tuple[str, int | None]]:
        """By its address, each host's name, and how many slots it offers at most, where it says so.

        Raises:
            SandboxUnavailable: the scheduler does not answer.
        """
        try:
            # Not `scheduler_info`: a timer of Dask may empty what it returns.
            scheduler: Any = self._client.scheduler
            found = self._client.sync(scheduler.identity, n_workers=-1)["workers"]
        except Exception as error:  # Dask tells a lost connection by several types
            raise SandboxUnavailable(
                f"The scheduler at {self.address} does not answer.", "See whether it still runs."
            ) from error
        return {
            str(address): (one_line(str(each.get("name")), 80), _offered(each.get("resources")))
            for address, each in found.items()
        }

    def open(self, address: str) -> Ask:
        """A way to ask this host. Raises SandboxUnavailable."""
        from distributed import Actor, wait

        check_address(address)
        try:
            future = self._client.submit(
                self._host_type,
                actor=True,
                workers=[address],
                allow_other_workers=False,
                pure=False,
                key=f"tfprep-{uuid.uuid4().hex}",
                retries=0,
            )
            wait(future, timeout=_OPEN_SECONDS)
        except Exception as error:  # Dask tells a lost connection by several types
            raise SandboxUnavailable(f"The host at {address} did not begin in time.") from error
        if future.status != "finished":
            raise SandboxUnavailable(f"The host at {address} did not begin.", "Its own output says why.")
        # Not the future's result, which is pickled.
        actor: Any = Actor(self._host_type, address, future.key)
        self._opened[address] = future

        def ask(message: bytes) -> bytes:
            try:
                answer = actor.call(message)
                while self._opened.get(address) is future:
                    with suppress(TimeoutError):
                        return bytes(answer.result(timeout=_LOOK_SECONDS))
            except Exception as error:  # OSError, RuntimeError, TypeError of something that is no bytes
                raise WorkerLost(_LOST, _AGAIN) from error
            # Dask may wait without end for an actor to come back.
            raise WorkerLost(_LOST, _AGAIN)

        return ask

    def forget(self, address: str) -> None:
        """Lets a host go that has left."""
        future = self._opened.pop(address, None)
        if future is not None:
            with suppress(Exception):
                future.release()

    def close(self) -> None:
        """Leaves the cluster: its hosts end what they run for us."""
        with suppress(Exception):
            self._client.cancel(list(self._opened.values()), force=True)
        self._opened.clear()
        with suppress(Exception):
            self._client.close(timeout=5)


def connect(where: str, host_type: type[RemoteHost] = RemoteHost) -> DaskCluster:
    """The cluster at an address, or that a file describes.

    Args:
        where: "tls://HOST:8786", or a YAML or TOML file with Dask's own settings: `scheduler-address`, and
            the certificates in `distributed.comm.tls`, with paths that begin at the file's folder.
        host_type: what runs on each host.

    Raises:
        BadOption: it is neither, or leaves the loopback without encryption.
        SandboxUnavailable: Dask is not installed, or no scheduler answers there.
    """
    return DaskCluster(configure(where), host_type)


def configure(where: str) -> str:
    """Has Dask use a file's settings in this process; the scheduler's address. Raises as `connect`."""
    dask = _import_dask()
    address = where
    if (file := Path(where)).is_file():
        settings = _read_settings(file)
        dask.config.update(dask.config.config, settings, priority="new")
        address = str(settings.get("scheduler-address") or "")
        if not address:
            raise BadOption(f"{file} has no scheduler-address.", "Add it: scheduler-address: tls://HOST:8786")
    elif "/" in where.partition("://")[2] or ("://" not in where and where.endswith((".yaml", ".toml"))):
        raise BadOption(f"There is no file {where}.", _CERTIFICATES)
    address = _with_port(address if "://" in address else f"{_usual_scheme(address)}://{address}")
    check_address(address)
    if address.startswith("tls:") and not dask.config.get("distributed.comm.tls.ca-file", None):
        raise BadOption(f"{address} needs certificates, and Dask's settings name none.", _CERTIFICATES)
    return address


def scheduler_address(given: str) -> str:
    """The encrypted address of a scheduler that somebody names by its host. Raises BadOption."""
    address = _with_port(given if "://" in given else f"tls://{given}")
    if urlsplit(address).scheme != "tls" or not urlsplit(address).hostname:
        raise BadOption(f"{one_line(given, 80)!r} is no host.", "For example lab.example.org:8786.")
    return address


def check_address(address: str) -> None:
    """See that an address is encrypted, or does not leave this machine. Raises BadOption."""
    parts = urlsplit(address)
    if parts.scheme == "tls" or (parts.scheme == "tcp" and _is_loopback(parts.hostname or "")):
        return
    raise BadOption(f"{one_line(address, 80)} is not encrypted and leaves this machine.", _CERTIFICATES)


def worker_command(address: str, name: str | None, slots: int | None, gpus: int) -> list[str]:
    """The command that makes this machine a host: one process of `dask worker`, kept alive by its nanny."""
    resources = {"sandbox": slots, "GPU": gpus or None}
    offered = ",".join(f"{each}={value}" for each, value in resources.items() if value is not None)
    # A job takes a thread of our own: Dask's one thread only makes the actor.
    command = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nworkers", "1"]
    command += ["--nthreads", "1", *_NO_PAGES, *_host_option(address), *_tls_options("worker")]
    command += ["--name", name] if name else []
    return command + (["--resources", offered] if offered else [])


def scheduler_command(address: str) -> list[str]:
    """The command of the scheduler at this address."""
    parts = urlsplit(address)
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--protocol", parts.scheme]
    host = ["--host", parts.hostname] if parts.hostname and _is_loopback(parts.hostname) else []
    command += [*host, "--port", str(parts.port or PORT), *_NO_PAGES]
    return command + _tls_options("scheduler")


def _open_client(address: str) -> Client:
    _import_dask()
    from distributed import Client

    try:
        return Client(
            address,
            timeout=_CONNECT_SECONDS,
            direct_to_workers=True,
            # Results are bytes; a pickle among them is refused.
            serializers=["msgpack"],
            deserializers=["msgpack"],
            name="tfprep",
        )
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        raise SandboxUnavailable(
            f"No scheduler of a cluster answers at {address}: {one_line(str(error), SENTENCE_LIMIT)}",
            "Start it: `tfprep cluster start`. It answers nobody with certificates of another cluster.",
        ) from error


def _import_dask() -> Any:
    try:
        import dask

        dask.config.set({"logging.distributed": "critical", "distributed.admin.log-format": "%(message)s"})
        import distributed  # noqa: F401 - it adds its own settings
    except ImportError as error:
        raise SandboxUnavailable("A cluster needs Dask, which is not installed.", _INSTALL) from error
    return dask


def _read_settings(file: Path) -> dict[str, Any]:
    """Dask's settings in a file, with paths of certificates made whole. Raises BadOption."""
    import dask

    try:
        if file.suffix == ".toml":
            settings = tomllib.loads(file.read_text(encoding="utf-8"))
        else:
            settings = next(iter(dask.config.collect_yaml([str(file)])), {})
    except (OSError, ValueError) as error:
        raise BadOption(f"{file} cannot be read: {one_line(str(error), SENTENCE_LIMIT)}") from error
    tls = settings
    for name in ("distributed", "comm", "tls"):
        tls = tls.get(name) or {}
        if not isinstance(tls, dict):
            raise BadOption(f"{file} holds no settings of Dask.", _CERTIFICATES)
    for each in (tls, *(part for part in tls.values() if isinstance(part, dict))):
        for name in _FILES:
            if isinstance(each.get(name), str):
                each[name] = str((file.parent / each[name]).absolute())
    return settings


def _tls_options(role: str) -> list[str]:
    import dask

    found = {
        "--tls-ca-file": dask.config.get("distributed.comm.tls.ca-file", None),
        "--tls-cert": dask.config.get(f"distributed.comm.tls.{role}.cert", None),
        "--tls-key": dask.config.get(f"distributed.comm.tls.{role}.key", None),
    }
    return [word for option, value in found.items() if value for word in (option, str(value))]


def _host_option(address: str) -> list[str]:
    host = urlsplit(address).hostname or ""
    return ["--host", "127.0.0.1"] if _is_loopback(host) else []


def _offered(resources: object) -> int | None:
    offered = resources.get("sandbox") if isinstance(resources, Mapping) else None
    return int(offered) if isinstance(offered, int | float) and 0 < offered < 1e6 else None


def _usual_scheme(host: str) -> str:
    return "tcp" if _is_loopback(urlsplit(f"//{host}").hostname or "") else "tls"


def _with_port(address: str) -> str:
    try:
        return address if urlsplit(address).port else f"{address}:{PORT}"
    except ValueError as error:
        raise BadOption(f"{one_line(address, 80)} is no address.", "For example tls://HOST:8786.") from error


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
