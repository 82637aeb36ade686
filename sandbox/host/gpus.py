"""Which graphics card a worker gets: exactly one, or none."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ...errors import SandboxUnavailable

AUTO: Final = "auto"
ALL: Final = "all"
NONE: Final = "none"
RUNTIME: Final = "nvidia"
CAPABILITIES: Final = [["gpu", "compute", "utility"]]
_DEVICE: Final = re.compile(r"(GPU|MIG)-[0-9A-Za-z/-]+")


@dataclass(frozen=True)
class Gpu:
    """One card, or one slice of it, as the engine is asked for it."""

    id: str
    """An index ("0") or the id that `nvidia-smi -L` prints ("GPU-…", "MIG-…")."""
    share: float = 1.0
    """The part of its memory one worker may take, where several workers share it."""


def choose_gpu(wish: str, slot: int, workers: int, list_gpus: Callable[[], tuple[str, ...]]) -> Gpu | None:
    """The card of worker number `slot` out of `workers`, or None for a worker on the CPU.

    `wish` is "none"; "all"; how many cards to use ("2"); or ids, separated by commas ("MIG-…,MIG-…"). Workers
    take the cards in turn; where there are more workers than cards, each takes an equal part of the memory.

    Raises:
        SandboxUnavailable: the wish cannot be read, or asks for more cards than there are.
    """
    cards = _cards(wish, list_gpus)
    if not cards:
        return None
    sharing = -(-workers // len(cards))
    return Gpu(cards[slot % len(cards)], 1.0 / sharing)


def settle(wish: str, runtimes: Mapping[str, Any]) -> str:
    """What "auto" stands for on this engine: "all" where it has the NVIDIA runtime, else "none"."""
    if wish != AUTO:
        return wish
    return ALL if RUNTIME in runtimes else NONE


def list_gpus() -> tuple[str, ...]:
    """Ids of the cards and slices that this machine's driver shows; ("0",) where it cannot be asked.

    The engine's interface lists none, and the engine may stand elsewhere: then the first card is asked
    for, and naming ids is the way to others.
    """
    program = shutil.which("nvidia-smi")
    if not program:
        return ("0",)
    listed = subprocess.run([program, "-L"], capture_output=True, text=True, check=False, timeout=30).stdout
    return read_listing(listed) or ("0",)


def read_listing(listed: str) -> tuple[str, ...]:
    """The ids in `nvidia-smi -L`; of a card that is cut into slices, only these: it computes through them."""
    ids: list[str] = []
    for line in listed.splitlines():
        found = re.search(r"UUID: ((GPU|MIG)-[^)\s]+)", line)
        if not found:
            continue
        if found[2] == "MIG" and ids and ids[-1].startswith("GPU-"):
            ids.pop()
        ids.append(found[1])
    return tuple(ids)


def _cards(wish: str, list_gpus: Callable[[], tuple[str, ...]]) -> tuple[str, ...]:
    if wish in ("", NONE, "0"):
        return ()
    if wish == ALL:
        return list_gpus()
    if wish.isdecimal():
        return _first(int(wish), list_gpus())
    ids = tuple(part.strip() for part in wish.split(","))
    if not all(_DEVICE.fullmatch(part) for part in ids):
        raise SandboxUnavailable(
            f"{wish!r} names no GPU.",
            "Give auto, all, none, a number, or ids as `nvidia-smi -L` prints them.",
        )
    return ids


def _first(count: int, present: tuple[str, ...]) -> tuple[str, ...]:
    if count > len(present):
        raise SandboxUnavailable(
            f"{count} GPUs were asked for and {len(present)} can be seen from here.",
            "Ask for fewer, or name them by the ids that `nvidia-smi -L` prints on the engine's machine.",
        )
    return present[:count]
