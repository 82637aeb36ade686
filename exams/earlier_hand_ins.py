"""Which hand-ins a home has made of one exam session: a list beside the kept models, each linked to the last.

Whoever owns the home can write the list anew; then it lacks what the mentor has, and the mentor is told.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, TypeAdapter, ValidationError

from ..files.atomic import write_whole
from .config import Digest, Moment, SignedPart

_NAME: Final = "hand-ins.json"
MOST: Final = 200
"""So many are told."""


class EarlierHandIn(SignedPart):
    """A hand-in that was made before."""

    content: Digest
    """Of what it held: `content_of`."""
    at: Moment
    """When it was made."""
    link: Digest
    """sha256 over the link of the one before, and this one."""


EarlierHandIns = Annotated[tuple[EarlierHandIn, ...], Field(max_length=MOST)]
_LIST: Final = TypeAdapter(EarlierHandIns)


def content_of(session: str, ended: datetime, models: Sequence[tuple[str, str]]) -> str:
    """What a hand-in holds, in hex: the same whenever it is made.

    Args:
        session: tells the exam session from every other one.
        ended: when the exam ended.
        models: the problem's id and the digest of each model.
    """
    values = [session, ended.isoformat(), sorted(models)]
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()


def read_earlier(folder: Path) -> tuple[EarlierHandIn, ...]:
    """The hand-ins that were made of the models in this folder; none where no list can be read."""
    try:
        return _LIST.validate_json((folder / _NAME).read_bytes())
    except (OSError, ValidationError):
        return ()


def note_hand_in(folder: Path, content: str, at: datetime) -> None:
    """Adds a hand-in to the list. Raises OSError."""
    earlier = read_earlier(folder)
    link = _link(earlier[-1].link if earlier else "", content, at)
    grown = (*earlier, EarlierHandIn(content=content, at=at, link=link))[-MOST:]
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_whole(folder / _NAME, _LIST.dump_json(grown))


def is_whole(earlier: Sequence[EarlierHandIn]) -> bool:
    """Whether no entry of the list was taken out or changed since it was linked."""
    first = [] if len(earlier) == MOST else [("", earlier[0])] if earlier else []
    pairs = [*first, *((before.link, each) for before, each in pairwise(earlier))]
    return all(each.link == _link(link, each.content, each.at) for link, each in pairs)


def _link(before: str, content: str, at: datetime) -> str:
    return hashlib.sha256(f"{before} {content} {at.astimezone(UTC).isoformat()}".encode()).hexdigest()
