"""Opens what a class handed in: whatever a stranger's file is, it is one line in the list."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ..errors import NotGenuine, explained
from ..files.reading import NotRegular, TooLarge, read_file
from ..files.text import counted
from ..grader.records.cohort import ExamChoice, ExamTotal
from .accepting import choice_of, find_accepted, let_count
from .checks import Expected, OpenedHandIn, check_alone, check_together, join_facts, tell_changed
from .hand_in import LIMIT, read_hand_in
from .hand_in_files import HandInFiles, RefusedFile, fairly
from .measured import Choices

logger = logging.getLogger(__name__)

MOST_FILES: Final = 5_000
"""So many hand-ins of a source are read."""


@dataclass(frozen=True)
class OpenedHandIns:
    """All that lay in a source."""

    hand_ins: tuple[OpenedHandIn, ...]
    """With what speaks against each, alone and beside the others."""
    refused: tuple[RefusedFile, ...]
    choices: tuple[ExamChoice, ...] = ()
    """What the mentor lets count from now on."""
    not_applied: tuple[str, ...] = ()
    """What the mentor asked for in vain, a sentence each."""


def open_all(found_files: HandInFiles, private: bytes, expected: Expected, choices: Choices) -> OpenedHandIns:
    """Opens every hand-in that was found.

    Args:
        found_files: nothing in these files is trusted.
        private: the mentor's private signing key.
        expected: what the mentor knows.
        choices: what the mentor lets count, and what the ledger has of the same cohort: it is compared too.
    """
    found: dict[str, OpenedHandIn] = {}
    refused = [*found_files.refused]
    files = fairly(found_files.files)
    for number, file in enumerate(files[:MOST_FILES], 1):
        opened = _open_safely(file.path, file.name, number, private, expected)
        if isinstance(opened, RefusedFile):
            refused.append(opened)
            continue
        found[opened.identity] = _one_of(found.get(opened.identity), opened)
    if len(files) > MOST_FILES:
        more = counted(len(files) - MOST_FILES, "more file was", "more files were")
        refused.append(RefusedFile("…", f"{more} not read."))
    alone = tuple(_beside_the_ledger(each, choices.results) for each in found.values())
    accepted = find_accepted(choices.accepted, alone, choices.results, expected.mentor)
    chosen = {(each.exam, each.learner): each.digest for each in choices.results if each.chosen}
    chosen |= {whose: each.identity for whose, each in accepted.hand_ins.items()}
    hand_ins, made = [], []
    for each, against, remarks, questions in check_together(alone, choices.results, chosen, expected.names):
        seen = replace(
            each,
            against=(*each.against, *against),
            remarks=(*remarks, *each.remarks),
            questions=tuple(questions),
        )
        whose = each.config.exam, each.learner
        is_chosen = chosen.get(whose) == each.identity and each.mentor == expected.mentor
        hand_ins.append(let_count(seen) if is_chosen else seen)
        if accepted.hand_ins.get(whose) is each:
            made.append(choice_of(seen, remarks))
    return OpenedHandIns(tuple(hand_ins), tuple(refused), tuple(made), tuple(accepted.not_applied))


def _one_of(known: OpenedHandIn | None, opened: OpenedHandIn) -> OpenedHandIn:
    """Of two files with the same hand-in the one that was made first, whatever they are called.

    What is noticed of one is noticed of both.
    """
    if known is None:
        return opened
    first, second = sorted((known, opened), key=lambda each: (each.notes.written, each.number))
    changed = tell_changed(first, second.facts, second.file)
    against = dict.fromkeys((*first.against, *second.against, *changed))
    return replace(
        first,
        copies=tuple(sorted({*known.copies, second.file} - {first.file})),
        stands=not against,
        facts=join_facts(first.facts, second.facts),
        against=tuple(against),
        remarks=tuple(dict.fromkeys((*first.remarks, *second.remarks))),
    )


_BEFORE: Final = "Said of its notes before: "


def _beside_the_ledger(opened: OpenedHandIn, known: Sequence[ExamTotal]) -> OpenedHandIn:
    """The hand-in, with what speaks against it where the ledger has other notes of this exam session."""
    same = [each for each in known if each.digest == opened.identity]
    changed = tell_changed(opened, (same and same[0].facts) or {}, "those that were graded before")
    if not changed:
        return opened
    noticed = [f"{_BEFORE}{each.removeprefix(_BEFORE)}" for each in same[0].notes or ()]
    against = (*opened.against, *changed)
    return replace(opened, stands=False, against=against, remarks=(*opened.remarks, *dict.fromkeys(noticed)))


def _open_safely(
    file: Path, name: str, number: int, private: bytes, expected: Expected
) -> OpenedHandIn | RefusedFile:
    try:
        content = read_file(file, LIMIT)
    except NotRegular:
        return RefusedFile(name, "This is a link, or no file at all. It was not opened.")
    except TooLarge:
        return RefusedFile(name, f"This is larger than any hand-in: more than {LIMIT // 2**20} MiB.")
    except OSError as error:
        return RefusedFile(name, f"It cannot be read: {explained(error)}.")
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
            facts=found.facts,
        )
        if why := expected.of_another(opened):
            raise NotGenuine(why)
        against, remarks = check_alone(opened, expected)
        return replace(opened, stands=not against, against=against, remarks=remarks)
    except NotGenuine as error:
        return RefusedFile(name, str(error))
    except Exception as error:  # a stranger's file stops nobody's result
        logger.exception("A hand-in cannot be opened: %s", name)
        return RefusedFile(name, f"It cannot be opened ({type(error).__name__}).")


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
