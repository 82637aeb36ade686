"""Containers that a killed grader left behind: recognised by their labels, removed at the next start.

`tfprep sandbox prune` removes them too, and images of older versions.
"""

from __future__ import annotations

import contextlib
import logging
import os
import platform
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import psutil

from .engine import connect, engine_errors, remove_container
from .kept_worker import start_time

if TYPE_CHECKING:
    from .engine import Client

logger = logging.getLogger(__name__)

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
    with contextlib.suppress(OSError):
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
