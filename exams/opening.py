"""Opens what a class handed in: whatever a stranger's file is, it is one line in the list."""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ..errors import NotGenuine, explained
from ..files.reading import NotRegular, TooLarge, read_file
from .checks import Expected, OpenedHandIn, check_alone, check_together
from .hand_in import LIMIT, read_hand_in
from .hand_in_files import FoundFiles, Refused

logger = logging.getLogger(__name__)

MOST_FILES: Final = 5_000
"""So many hand-ins of a source are read."""


@dataclass(frozen=True)
class Opened:
    """All that lay in a source."""

    hand_ins: tuple[OpenedHandIn, ...]
    """With what speaks against each, alone and beside the others."""
    refused: tuple[Refused, ...]


def open_all(lying: FoundFiles, private: bytes, expected: Expected, accepted: Collection[str] = ()) -> Opened:
    """Opens every hand-in that was found.

    Args:
        lying: nothing in these files is trusted.
        private: the mentor's private signing key.
        expected: what the mentor knows.
        accepted: ids of learners whose only hand-in under this mentor's rules counts, whatever speaks
            against it: what does is a remark then.
    """
    found: dict[str, OpenedHandIn] = {}
    refused = [*lying.refused]
    files = lying.files
    for number, file in enumerate(files[:MOST_FILES], 1):
        opened = _open_safely(file.path, file.name, number, private, expected)
        if isinstance(opened, Refused):
            refused.append(opened)
            continue
        first = found.setdefault(opened.identity, opened)
        if first is not opened:
            found[opened.identity] = replace(first, copies=(*first.copies, file.name))
    if len(files) > MOST_FILES:
        refused.append(Refused("…", f"{len(files) - MOST_FILES:,} more files were not read."))
    compared = (
        replace(each, against=(*each.against, *against), questions=tuple(questions))
        for each, against, questions in check_together(tuple(found.values()))
    )
    hand_ins = tuple(compared)
    ours = Counter(each.learner for each in hand_ins if each.mentor == expected.mentor)
    single = {learner for learner in accepted if ours[learner] == 1}
    return Opened(
        tuple(_accept(each) if _may_count(each, single, expected) else each for each in hand_ins),
        tuple(refused),
    )


def _may_count(found: OpenedHandIn, accepted: Collection[str], expected: Expected) -> bool:
    return bool(found.against) and found.mentor == expected.mentor and found.learner in accepted


def _accept(found: OpenedHandIn) -> OpenedHandIn:
    told = tuple(f"The mentor let it count although: {each}" for each in found.against)
    return replace(found, against=(), remarks=(*told, *found.remarks))


def _open_safely(
    file: Path, name: str, number: int, private: bytes, expected: Expected
) -> OpenedHandIn | Refused:
    try:
        content = read_file(file, LIMIT)
    except NotRegular:
        return Refused(name, "This is a link, or no file at all. It was not opened.")
    except TooLarge:
        return Refused(name, f"This is larger than any hand-in: more than {LIMIT // 2**20} MiB.")
    except OSError as error:
        return Refused(name, f"It cannot be read: {explained(error)}.")
    try:
        found = read_hand_in(content, private)
        opened = OpenedHandIn(
            file=name,
            digest=hashlib.sha256(content).hexdigest(),
            notes=found.notes,
            config=found.config,
            mentor=found.mentor,
            machine=found.machine,
            path=file,
            number=number,
        )
        against, remarks = check_alone(opened, expected)
        return replace(opened, against=against, remarks=remarks)
    except NotGenuine as error:
        return Refused(name, str(error))
    except Exception as error:  # a stranger's file stops nobody's result
        logger.exception("A hand-in cannot be opened: %s", name)
        return Refused(name, f"It cannot be opened ({type(error).__name__}).")


def read_models(opened: OpenedHandIn, private: bytes) -> Mapping[str, bytes]:
    """The models of a hand-in, by the problem's id.

    Raises:
        NotGenuine: the file is another one than it was.
        NotRegular, TooLarge, OSError: it cannot be read any more.
    """
    content = read_file(opened.path, LIMIT)
    if hashlib.sha256(content).hexdigest() != opened.digest:
        raise NotGenuine(f"{opened.file} was changed while it was graded. Run it again.")
    return read_hand_in(content, private).models
