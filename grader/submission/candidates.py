"""The saved models that lie in a workspace: which one is meant, by name and by age.

A starter saves `mymodel.h5`. Browsers, cloud drives and file managers make `mymodel (1).h5`, `Copy of
mymodel.keras` or `mymodel.h5.zip` of it, and some systems write names in capitals. A copy that is newer than
the usual file may be the right one or an old one downloaded again: that is asked, and never guessed.
"""

from __future__ import annotations

import math
import os
import re
import shlex
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ...errors import BadSubmission
from ...files.text import Tell, joined, say_nothing
from ...sandbox.protocol import contract

SAVED_MODEL_FILE: Final = contract.SAVED_MODEL_FILE
SAVED_MODEL_ENTRIES: Final = frozenset(
    {"saved_model.pb", "keras_metadata.pb", "fingerprint.pb", "variables", "assets", "assets.extra", "debug"}
)
"""What a SavedModel consists of. Whatever else lies in the folder is left out, so it changes no digest."""
KERAS_PARTS: Final = frozenset({"config.json", "metadata.json", "model.weights.h5"})
KERAS_ENTRIES: Final = KERAS_PARTS | {"assets"}
"""What a .keras file consists of when it is unpacked."""
MODEL_SUFFIXES: Final = (".h5", ".hdf5", ".keras")
USUAL: Final = "mymodel"
_ARCHIVES: Final = (".zip", ".tar.gz", ".tgz", ".tar", ".gz")
_SUFFIXES: Final = (*MODEL_SUFFIXES, "", *_ARCHIVES)
"""Of a saved model or an archive with one; "" is a folder. Of two of the same age, the first comes first."""
_NUMBERED: Final = re.compile(r"\.[0-9]{1,3}\Z")
"""What wget puts behind the name of a second download."""
_SAME_AGE: Final = 1.0
"""Seconds. Some file systems and every copy round times, so a smaller difference means nothing."""
_MOST_LISTED: Final = 4

Spell = Callable[[Path], str]
TimeOf = Callable[[os.stat_result], float]
"""Which of a file's times counts, in POSIX seconds."""


@dataclass(frozen=True)
class Candidate:
    """A file or folder of a workspace that looks like a saved model by its name."""

    path: Path
    saved: float
    """When, as a POSIX time in seconds: of a folder, when its newest part was."""
    is_usual: bool
    """Whether it bears a name that a starter gives; else it is a copy, or called otherwise."""

    @property
    def name(self) -> str:
        """The name of the file or folder."""
        return self.path.name


def command_for(path: Path, command: str = "tfprep submit", here: Path | None = None) -> str:
    """The command line that submits a path, as a shell in `here`, the path's own folder, takes it."""
    shown = os.path.relpath(path, here or path.parent)
    return f"`{command} {shlex.quote(shown if not shown.startswith('-') else f'./{shown}')}`"


def pick_submission(workspace: Path, tell: Tell = say_nothing, spell: Spell = command_for) -> Path:
    """The saved model of a workspace that is meant when none is named.

    Args:
        workspace: the folder that is looked through; not the folders in it.
        tell: gets a sentence wherever something else could have been meant.
        spell: gives the command line that would submit a path.

    Raises:
        BadSubmission: there is none ("no_submission"), or it is not certain which one is meant ("ambiguous").
    """
    try:
        named = [entry for entry in workspace.iterdir() if entry.name.isprintable()]
    except OSError as error:
        why = error.strerror or str(error)
        raise BadSubmission("unreadable", f"{str(workspace)!r} cannot be read: {why}.") from error
    found = sorted(filter(None, map(_candidate, named)), key=_newest_first)
    meant = [each for each in found if USUAL in each.name.casefold()]
    if not meant:
        raise BadSubmission("no_submission", _nothing_saved(found, spell))
    newest = meant[0]
    rivals = meant if not newest.is_usual else [each for each in meant if _same_age(each, newest)]
    if len(rivals) > 1:
        raise BadSubmission("ambiguous", _which(rivals, spell))
    _tell_what_else(newest, found, tell, spell)
    return newest.path


def modified(status: os.stat_result) -> float:
    """When a file's content was changed; anybody can set this time."""
    return status.st_mtime


def modified_or_changed(status: os.stat_result) -> float:
    """When a file's content or the file itself was changed, the later of them: `touch -d` cannot set it."""
    return max(status.st_mtime, status.st_ctime)


def last_saved(
    workspace: Path, until: float, time_of: TimeOf = modified_or_changed
) -> tuple[Path, float] | None:
    """The newest saved model of a workspace that is no younger than `until`, a POSIX time in seconds.

    Of two of the same age, the one whose name a starter gives comes first.

    Returns:
        Its path and its time; None where there is none.
    """
    try:
        named = list(workspace.iterdir())
    except OSError:
        return None
    found = sorted(filter(None, (_candidate(path, time_of) for path in named)), key=_newest_first)
    in_time = [each for each in found if USUAL in each.name.casefold() and each.saved <= until]
    return (in_time[0].path, in_time[0].saved) if in_time else None


def _candidate(path: Path, time_of: TimeOf = modified) -> Candidate | None:
    """What lies at a path; None where that is no saved model by its name, or is gone."""
    name = path.name.casefold()
    plain = _NUMBERED.sub("", name)
    try:
        found = os.lstat(path)
        is_folder = stat.S_ISDIR(found.st_mode)
        is_archive = USUAL in plain and plain.endswith(_ARCHIVES)
        if not (_holds_model(path) if is_folder else is_model_name(plain) or is_archive):
            return None
        saved = saved_at(path, time_of)
    except OSError:
        return None
    return Candidate(path, saved, is_usual=name in {f"{USUAL}{suffix}" for suffix in _SUFFIXES})


def _holds_model(folder: Path) -> bool:
    with os.scandir(folder) as entries:
        names = {entry.name for entry, _ in zip(entries, range(1_000), strict=False)}
    return SAVED_MODEL_FILE in names or is_keras_folder(names) or folder.name == USUAL


def saved_at(path: Path, time_of: TimeOf = modified) -> float:
    """When a model was saved, as a POSIX time in seconds: of a folder, its newest part. Raises OSError."""
    found = os.lstat(path)
    return _age(path, time_of) if stat.S_ISDIR(found.st_mode) else time_of(found)


def saved_models(workspace: Path, wait: Callable[[], None]) -> Iterator[Path]:
    """The workspace's newest saved model, now and whenever another one is saved there; without end.

    A file that is being written changes from one look to the next: it is given once it was still for one.

    Args:
        workspace: the folder that is looked at; not the folders in it.
        wait: lets some time pass between two looks.
    """
    before = given = None
    while True:
        path, _ = last_saved(workspace, math.inf) or (None, 0.0)
        now = None if path is None else _state(path)
        if path is not None and now is not None and now == before and now != given:
            given = now
            yield path
        before = now
        wait()


def _state(path: Path) -> tuple[Path, float, int] | None:
    """What changes with each save; None where it is gone meanwhile."""
    try:
        return path, saved_at(path), path.stat().st_size
    except OSError:
        return None


def _age(folder: Path, time_of: TimeOf) -> float:
    """Of its newest file, however deep: a folder's own time does not tell when a file in it was changed.

    What is hidden beside the model is no part of it; nor is what macOS leaves in a folder that it shows.
    """
    times = []
    for above, folders, names in os.walk(folder):
        place = Path(above)
        is_hidden = re.compile(r"\." if place == folder else r"\.DS_Store\Z|\._").match
        folders[:] = [name for name in folders if not is_hidden(name)]
        times += [time_of(os.lstat(place / name)) for name in names if not is_hidden(name)]
    return max(times, default=time_of(os.lstat(folder)))


def _newest_first(candidate: Candidate) -> tuple[float, bool, int, str]:
    name = candidate.name.casefold()
    rank = next(
        (place for place, suffix in enumerate(_SUFFIXES) if name == f"{USUAL}{suffix}"), len(_SUFFIXES)
    )
    return -candidate.saved, not candidate.is_usual, rank, candidate.name


def _same_age(one: Candidate, other: Candidate) -> bool:
    return abs(one.saved - other.saved) <= _SAME_AGE


def _which(rivals: list[Candidate], spell: Spell) -> str:
    newest, *others = rivals
    listed = _listed([each.name for each in rivals])
    why = f"{listed} are of the same age."
    if not _same_age(newest, others[0]):
        why = f"{newest.name!r} is newer than {_listed([each.name for each in others])}."
    commands = " or ".join(spell(each.path) for each in rivals[:_MOST_LISTED])
    return f"{why} Say which one: {commands}."


def _tell_what_else(taken: Candidate, found: Iterable[Candidate], tell: Tell, spell: Spell) -> None:
    others = [each for each in found if each is not taken]
    older = [each.name for each in others if USUAL in each.name.casefold()]
    newer = [each for each in others if each.saved > taken.saved + _SAME_AGE]
    if older:
        tell(f"{taken.name!r} is taken: it is newer than {_listed(older)}.")
    elif not taken.is_usual:
        tell(f"{taken.name!r} is taken: there is no other saved model called {USUAL}.")
    if newer:
        tell(
            f"{_listed([each.name for each in newer])} is newer, but is not called {USUAL}. "
            f"To take it instead: {spell(newer[0].path)}."
        )


def _nothing_saved(others: list[Candidate], spell: Spell) -> str:
    if others:
        return (
            f"There is no {USUAL}.h5 here, but {_listed([each.name for each in others])}. To submit it: "
            f"{spell(others[0].path)}."
        )
    return f"There is no saved model here. Run the starter to the end: it saves {USUAL}.h5. Or give a path."


def _listed(names: list[str]) -> str:
    shown = [repr(name) for name in names[:_MOST_LISTED]]
    if len(names) > _MOST_LISTED:
        shown.append(f"{len(names) - _MOST_LISTED} more")
    return joined(shown)


def is_keras_folder(names: Iterable[str]) -> bool:
    """Whether the entries of a folder are those of an unpacked .keras file, weights included."""
    return {"config.json", "model.weights.h5"}.issubset(names)


def is_model_name(name: str) -> bool:
    """Whether a file of this name holds a whole model, as .h5, .hdf5 or .keras in any case."""
    folded = name.casefold()
    return folded.endswith(MODEL_SUFFIXES) and not folded.endswith(".weights.h5")
