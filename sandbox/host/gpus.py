"""Which graphics card a worker gets: exactly one, or none."""

from __future__ import annotations

import logging
import re
import shutil
import subprocess
from collections.abc import Callable
from typing import Final

from ...errors import BadOption, SandboxUnavailable
from ...files.text import one_line
from .container_config import ALL, AUTO, NONE, Gpu

ANSWER_SECONDS: Final = 15.0
"""That a driver's program gets to answer: it hangs where a card has failed."""
logger = logging.getLogger(__name__)
_DEVICE: Final = re.compile(r"(GPU|MIG)-[0-9A-Za-z/-]+")


def choose_gpu(
    requested: str, slot: int, workers: int, list_gpus: Callable[[], tuple[str, ...]]
) -> Gpu | None:
    """The card of worker number `slot` out of `workers`, or None for a worker on the CPU.

    `requested` is "none"; "all"; how many cards to use ("2"); or ids, separated by commas ("MIG-…,MIG-…").
    Workers take the cards in turn; where there are more workers than cards, each takes an equal part of the
    memory.

    Raises:
        BadOption: `requested` is none of these.
        SandboxUnavailable: it asks for more cards than there are.
    """
    cards = _requested_cards(requested, list_gpus)
    if not cards:
        return None
    sharing = -(-workers // len(cards))
    return Gpu(cards[slot % len(cards)], 1.0 / sharing)


def check_gpus(requested: str) -> None:
    """See that a choice of GPUs is one of those that `choose_gpu` knows. Raises BadOption."""
    words = requested in ("", AUTO, ALL, NONE) or (requested.isascii() and requested.isdecimal())
    if not words and not all(_DEVICE.fullmatch(part.strip()) for part in requested.split(",")):
        raise BadOption(
            f"{one_line(requested)!r} names no GPU.",
            "Give --gpus or TFPREP_GPUS as auto, all, none, a number, or ids as `nvidia-smi -L` prints them.",
        )


def list_gpus() -> tuple[str, ...]:
    """Ids of the cards and slices that this machine's driver lists; ("0",) without `nvidia-smi`.

    The engine's interface lists none, and the engine may be on another machine: then the first card is
    requested, and other cards are chosen by their ids.
    """
    return read_listing(output_of("nvidia-smi", "-L")) or ("0",)


def output_of(program: str, argument: str) -> str:
    """What a program of this machine prints; empty where there is none, or it does not end in time."""
    path = shutil.which(program)
    if path is None:
        return ""
    try:
        run = subprocess.run(
            [path, argument],
            capture_output=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=ANSWER_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        logger.warning("%s %s: %s", path, argument, error)
        return ""
    return run.stdout.decode(errors="replace")


def read_listing(listed: str) -> tuple[str, ...]:
    """The ids in `nvidia-smi -L`; of a card that is divided into slices, only these: it computes in them."""
    ids: list[str] = []
    for line in listed.splitlines():
        found = re.search(r"UUID: ((GPU|MIG)-[^)\s]+)", line)
        if not found:
            continue
        if found[2] == "MIG" and ids and ids[-1].startswith("GPU-"):
            ids.pop()
        ids.append(found[1])
    return tuple(ids)


def _requested_cards(requested: str, list_gpus: Callable[[], tuple[str, ...]]) -> tuple[str, ...]:
    if requested in ("", NONE, "0"):
        return ()
    if requested == ALL:
        return list_gpus()
    if requested.isascii() and requested.isdecimal():
        return _first(int(requested[:6]), list_gpus())
    ids = tuple(part.strip() for part in requested.split(","))
    check_gpus(requested)
    return ids


def _first(count: int, present: tuple[str, ...]) -> tuple[str, ...]:
    if count > len(present):
        raise SandboxUnavailable(
            f"{count} GPUs were asked for and this machine shows {len(present)}.",
            "Ask for fewer, or name them by the ids that `nvidia-smi -L` prints on the engine's machine.",
        )
    return present[:count]
