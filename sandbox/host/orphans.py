"""Containers that a grader left behind: told by their labels, removed at the next start or on request."""

from __future__ import annotations

import contextlib
import os
import platform
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from .engine import connect, remove_container, translated
from .image import Accelerator, recipe_of

if TYPE_CHECKING:
    from .engine import Client

HOST: Final = "tfprep.host"
PROCESS: Final = "tfprep.pid"
BORN: Final = "tfprep.born"
HOME: Final = "tfprep.home"
CREW: Final = "tfprep.crew"
"""On the containers of workers that run side by side and are ended together."""
ABANDONED_AFTER: Final = 3600.0
"""Seconds after which a container that does not run is nobody's, whichever machine it was started from."""

REMOVING_SECONDS: Final = 900.0
"""Images of gigabytes, on a slow disk."""


@dataclass(frozen=True)
class Pruned:
    """What was removed."""

    containers: int = 0
    images: int = 0
    image_bytes: int = 0


def owner_labels(home: str, pool: str = "") -> dict[str, str]:
    """Labels that tie a container to this process on this machine, and to a crew where it belongs to one."""
    process = os.getpid()
    labels = {HOST: this_host(), PROCESS: str(process), BORN: _birth(process), HOME: home}
    return labels | ({CREW: pool} if pool else {})


def this_host() -> str:
    """The machine, its boot and our view of its processes: their numbers mean nothing beyond these."""
    with contextlib.suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{platform.node()}/{boot}/{Path('/proc/self/ns/pid').stat().st_ino}"
    return platform.node()


def prune() -> Pruned:
    """Removes abandoned containers, and images that a newer one has replaced. Those in use stay.

    Raises:
        SandboxUnavailable: the engine cannot be reached.
    """
    client = connect(REMOVING_SECONDS)
    try:
        containers = remove_leftovers(client)
        with translated("The engine could not remove old images"):
            removed = [client.prune_images({"dangling": True} | labels) for labels in _old_images()]
    finally:
        client.close()
    return Pruned(
        containers,
        sum("Deleted" in entry for report in removed for entry in report["ImagesDeleted"] or ()),
        sum(report["SpaceReclaimed"] for report in removed),
    )


def _old_images() -> tuple[dict[str, Any], ...]:
    """Finished images, and first stages but those that the next build takes up again."""
    # One request for each: the engine takes several exceptions together, as if all had to hold.
    stages = (
        {"label": [f"tfprep.stage={each.value}"], "label!": [f"tfprep.recipe={recipe_of(each)}"]}
        for each in Accelerator
    )
    return {"label": ["tfprep.worker"]}, *stages


def remove_leftovers(client: Client) -> int:
    """Removes the containers whose grader is gone; returns how many there were."""
    with translated("The engine could not list its containers"):
        ours = client.containers(all=True, filters={"label": [HOST, PROCESS]})
    abandoned = [container["Id"] for container in ours if is_abandoned(container, time.time())]
    return sum(remove_container(client, container) for container in abandoned)


def is_abandoned(container: Mapping[str, Any], now: float) -> bool:
    """Whether nobody will come back for this container, as listed by the engine at `now` (epoch seconds)."""
    labels = container["Labels"]
    if labels[HOST] == this_host():
        return not _is_alive(int(labels[PROCESS]), labels.get(BORN, ""))
    return bool(container["State"] != "running" and now - container["Created"] > ABANDONED_AFTER)


def end_pool(pool: str) -> None:
    """Removes every container of this crew, whatever runs in it. Raises SandboxUnavailable."""
    client = connect()
    try:
        with translated("The engine could not list its containers"):
            theirs = client.containers(all=True, filters={"label": f"{CREW}={pool}"})
        for container in theirs:
            remove_container(client, container["Id"])
    finally:
        client.close()


def _is_alive(process: int, born: str) -> bool:
    if sys.platform == "win32":
        return True  # Asking there with signal 0 would end the process that is asked.
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return _birth(process) == born


def _birth(process: int) -> str:
    """When a process began, in the kernel's ticks; empty where the system does not tell."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[19]
    except (OSError, IndexError):
        return ""
