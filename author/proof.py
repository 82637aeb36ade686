"""What a problem was proven with: a signed record, and whether its folder is still what was proven.

A folder's problem keeps the record in its folder, so that it travels along; one of tfprep's own in the home.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final

from ..classroom.signing import LIMIT, read_or_make_key, sign, verify
from ..errors import BadOption, NotGenuine, explained
from ..files.atomic import sha256, write_whole
from ..files.text import one_line
from ..home import Home
from ..problems import Problem
from ..problems.folders import FolderProblem

FILE: Final = "proof.json"
PAGE: Final = "proof.md"
_KIND: Final = "problem-proof"
_LEFT_OUT: Final = frozenset({FILE, PAGE})


@dataclass(frozen=True)
class Check:
    """One thing that was tried."""

    what: str
    holds: bool | None
    """None where it was not tried, or is only told."""
    saw: str


@dataclass(frozen=True)
class Proof:
    """What was tried of a problem, with which tfprep, when, and of which files."""

    problem: str
    tfprep: str
    when: str
    quick: bool
    files: str
    """Of the folder: see `digest_of`."""
    checks: Sequence[Check]

    @property
    def holds(self) -> bool:
        """Nothing that was tried failed."""
        return all(check.holds is not False for check in self.checks)


def digest_of(problem: Problem) -> str:
    """sha256, in hex, over the names and contents of the problem's files, data included."""
    folder = problem.folder
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    whole = hashlib.sha256()
    for path in paths:
        name = path.relative_to(folder).as_posix()
        if name not in _LEFT_OUT and not any(
            part.startswith((".", "__pycache__")) for part in Path(name).parts
        ):
            whole.update(f"{name}\0{sha256(path)}\n".encode())
    return whole.hexdigest()


def make_proof(problem: Problem, version: str, checks: Sequence[Check], *, quick: bool) -> Proof:
    """The proof of a problem as its files are now."""
    when = datetime.now(UTC).strftime("%Y-%m-%d")
    return Proof(problem.id, version, when, quick, digest_of(problem), tuple(checks))


def write_proof(problem: Problem, proof: Proof, home: Home) -> Path:
    """Write the signed record, and the page beside it, whose path is given. Raises BadOption."""
    folder = _place(problem, home)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        signed = sign(_KIND, asdict(proof), read_or_make_key(home.root))
        write_whole(folder / FILE, signed.decode("ascii"))
        return write_whole(folder / PAGE, page_of(problem, proof))
    except OSError as error:
        raise BadOption(f"The proof could not be written: {explained(error)}.") from error


@cache
def told_proof(problem: Problem) -> str:
    """For a card: "with tfprep 0.1 on 2026-11-27", and what has to be known of it; empty without a proof."""
    file = _place(problem, Home.find()) / FILE
    try:
        with file.open("rb") as opened:
            content = opened.read(LIMIT + 1)
        signed = verify(_KIND, content)
        values = json.loads(signed.content)
        proof = Proof(**{**values, "checks": [Check(**each) for each in values["checks"]]})
    except FileNotFoundError:
        return ""
    except (OSError, NotGenuine, ValueError, TypeError, KeyError):
        return "its proof was changed, or cannot be read"
    if proof.problem != problem.id:
        return f"its proof is one of {one_line(proof.problem, 40)}"
    how = "quickly, " if proof.quick else ""
    told = f"{how}with tfprep {one_line(proof.tfprep, 20)} on {one_line(proof.when, 20)}, by {signed.signer}"
    failed = sum(check.holds is False for check in proof.checks)
    return (
        told
        + (f"; {failed} of its checks failed" if failed else "")
        + ("" if proof.files == digest_of(problem) else "; its files have changed since")
    )


def page_of(problem: Problem, proof: Proof) -> str:
    """The page of a proof, as Markdown."""
    marks = {True: "holds", False: "**fails**", None: "told"}
    rows = "".join(
        f"| {check.what} | {marks[check.holds]} | {_cell(check.saw)} |\n" for check in proof.checks
    )
    how = "in the quick form, which trains nothing" if proof.quick else "in full"
    verdict = "Everything that was tried holds." if proof.holds else "It is not proven: see what fails."
    return (
        f"# Proof of {problem.id}: {problem.title}\n\n"
        f"Tried {how} with tfprep {proof.tfprep} on {proof.when}. "
        f"{verdict}\n\n| what | | what was seen |\n|---|---|---|\n{rows}\nFiles: {proof.files}\n"
    )


def _cell(text: str) -> str:
    return one_line(text, 400).replace("|", "/")


def _place(problem: Problem, home: Home) -> Path:
    return problem.folder if isinstance(problem, FolderProblem) else home.root / "proofs" / problem.id
