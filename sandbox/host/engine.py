"""The door to the Docker engine: the only module that loads the `docker` package.

    connect()               a client of the engine that DOCKER_HOST (or the usual socket) names
    engine_answers()        whether there is one
    engine_errors("…")      what goes wrong inside becomes SandboxUnavailable, with what to do about it
    prune()                 removes containers that a killed grader left behind, and old images

Other modules get a client, and need to know nothing of the package's errors.
"""

from __future__ import annotations

import logging
import os
import platform
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import psutil

from ...errors import SandboxUnavailable
from ...files.text import one_line
from .kept_worker import start_time

if TYPE_CHECKING:
    from docker import APIClient

    Client: TypeAlias = APIClient

logger = logging.getLogger(__name__)

REQUEST_SECONDS: Final = 60.0
"""How long the engine may take for one ordinary request."""

_GONE: Final = (404, 409)
"""HTTP statuses for a container that is not there, or that is being removed already."""

HOST: Final = "tfprep.host"
PROCESS: Final = "tfprep.pid"
BORN: Final = "tfprep.born"
HOME: Final = "tfprep.home"
POOL: Final = "tfprep.pool"
"""On the containers of one `WorkerPool`, which are ended together."""
ABANDONED_AFTER: Final = 3600.0
"""Seconds after which a container that does not run is abandoned, whichever machine it was started from."""
REMOVING_SECONDS: Final = 900.0
"""For images of gigabytes, on a slow disk."""

REMEDIES: Final = {
    "no space left on device": "Its disk is full: `tfprep sandbox prune` and `docker system prune` help.",
    "permission denied": "Your account may not use the engine: join the group `docker`.",
    "no such image": "Build the sandbox's image: tfprep sandbox build",
    "could not select device driver": "Install the NVIDIA container toolkit, or use --gpus none.",
    "unknown runtime": "The engine does not know the runtime that TFPREP_RUNTIME names.",
    "unknown or invalid runtime": "The engine does not know the runtime that TFPREP_RUNTIME names.",
    "connection refused": "Start the engine, or set DOCKER_HOST to where it listens.",
    "no such file or directory": "Start the engine, or set DOCKER_HOST to where it listens.",
    "timed out": "The engine is busy or has ended: run `docker info`.",
}
"""What to do, by a part of the engine's message: it has no codes for these."""


def connect(timeout: float = REQUEST_SECONDS) -> Client:
    """A client of the engine, which has answered. Each request may take `timeout` seconds.

    Raises:
        SandboxUnavailable: there is no engine, or it refuses this user.
    """
    from docker.utils import kwargs_from_env

    with engine_errors(f"No Docker engine answers at {engine_address()}"):
        client = _client_class()(timeout=int(timeout), **kwargs_from_env())
        client.ping()
    return client


def _client_class() -> type[Client]:
    from docker import APIClient

    class ClientWithOwnCertificates(APIClient):
        """Checks an engine by DOCKER_CERT_PATH, also where REQUESTS_CA_BUNDLE names others for the web."""

        def merge_environment_settings(
            self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any
        ) -> Any:
            verify = self.verify if verify is None else verify
            return super().merge_environment_settings(url, proxies, stream, verify, cert)

    return ClientWithOwnCertificates


def engine_answers() -> bool:
    """Whether a Docker engine answers within five seconds."""
    try:
        connect(timeout=5.0).close()
    except SandboxUnavailable:
        return False
    return True


def remove_container(client: Client, container: str) -> bool:
    """Ends a container and removes it; False where it was already gone.

    Raises:
        SandboxUnavailable: the engine cannot be reached, or refuses.
    """
    from docker.errors import APIError

    with engine_errors("The engine could not remove a container"):
        try:
            client.remove_container(container, force=True, v=True)
        except APIError as error:
            if error.status_code in _GONE:
                return False
            raise
    return True


def engine_address() -> str:
    """Where the engine is expected."""
    return os.environ.get("DOCKER_HOST") or "the usual socket"


@contextmanager
def engine_errors(what: str) -> Iterator[None]:
    """Raises SandboxUnavailable(what: cause, remedy) for every error of the engine or of the way to it."""
    from docker.errors import DockerException
    from requests.exceptions import RequestException
    from urllib3.exceptions import HTTPError

    try:
        yield
    except (DockerException, RequestException, HTTPError, OSError, ValueError) as error:
        cause = explanation(error)
        raise SandboxUnavailable(f"{what}: {cause}", remedy_for(cause)) from error


def explanation(error: BaseException) -> str:
    """The engine's own sentence where it gave one, else the error's text; at most 400 characters."""
    given = getattr(error, "explanation", None)
    if isinstance(given, bytes):
        given = given.decode(errors="replace")
    return one_line(str(given or error) or type(error).__name__, 400).rstrip(".")


def remedy_for(cause: str) -> str:
    """What a person can do about this cause; `tfprep doctor` where there is nothing better."""
    lower = cause.lower()
    return next((remedy for words, remedy in REMEDIES.items() if words in lower), "Run `tfprep doctor`.")


@dataclass(frozen=True)
class Pruned:
    """How many were removed."""

    containers: int = 0
    images: int = 0


def owner_labels(home: str, pool: str = "", process: int = 0) -> dict[str, str]:
    """Labels that tie a container to a process of this machine (this one), and to its pool if it has one."""
    process = process or os.getpid()
    labels = {HOST: this_host(), PROCESS: str(process), BORN: start_time(process), HOME: home}
    return labels | ({POOL: pool} if pool else {})


def this_host() -> str:
    """The machine, its boot and our process namespace: a process id means nothing beyond these."""
    with suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{platform.node()}/{boot}/{Path('/proc/self/ns/pid').stat().st_ino}"
    return platform.node()


def prune() -> Pruned:
    """Removes abandoned containers, and images that a newer one has replaced. Those in use stay.

    Raises:
        SandboxUnavailable: the engine cannot be reached.
    """
    with connect(REMOVING_SECONDS) as client:
        containers = remove_orphans(client)
        with engine_errors("The engine could not remove old images"):
            images = sum(prune_images(client, labels) for labels in _old_images())
    return Pruned(containers, images)


def prune_images(client: Client, filters: Mapping[str, Any]) -> int:
    """Removes the images with these labels that bear no name and are not in use; returns how many."""
    removed = client.prune_images({"dangling": True, **filters})["ImagesDeleted"] or ()
    return sum("Deleted" in entry for entry in removed)


def remove_orphans(client: Client) -> int:
    """Removes the containers whose grader has ended; returns how many there were."""
    with engine_errors("The engine could not list its containers"):
        ours = client.containers(all=True, filters={"label": [HOST, PROCESS]})
    abandoned = [container["Id"] for container in ours if is_abandoned(container, time.time())]
    removed = sum(remove_container(client, container) for container in abandoned)
    if removed:
        logger.info("Removed %d containers of graders that have ended.", removed)
    return removed


def is_abandoned(container: Mapping[str, Any], now: float) -> bool:
    """Whether no grader will use this container again, as listed by the engine at `now` (epoch seconds)."""
    labels = container["Labels"]
    if labels[HOST] == this_host():
        process = int(labels[PROCESS])
        return not psutil.pid_exists(process) or start_time(process) != labels.get(BORN, "")
    return bool(container["State"] != "running" and now - container["Created"] > ABANDONED_AFTER)


def end_pool(pool: str) -> None:
    """Removes every container of this pool, whatever runs in it. Raises SandboxUnavailable."""
    with connect() as client:
        with engine_errors("The engine could not list its containers"):
            containers = client.containers(all=True, filters={"label": f"{POOL}={pool}"})
        for container in containers:
            remove_container(client, container["Id"])


def _old_images() -> tuple[dict[str, Any], ...]:
    """Filters for images that have lost their name to a newer one: finished ones, and those of packages.

    The last is for what older versions of tfprep built from: its layers hold the package index's password.
    """
    return tuple({"label": [f"tfprep.{label}"]} for label in ("worker", "packages", "stage"))
