"""Attacks the installed sandbox on this machine's engine, for the person who answers for it."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from ..errors import WorkerLost
from ..files.text import counted
from ..sandbox import ArtifactKind, Ending, InputForm, Limits, PredictJob, Sandbox, TrainJob, pack_inputs
from .attack_table import FILES, PRELUDE, SCRIPTS, FileAttack, ScriptAttack

LIMITS: Final = Limits(seconds=6, memory_bytes=2**30, disk_bytes=2**28)
_LONGEST: Final = 300
"""Characters of what is told of an attack that did not fail."""


@dataclass(frozen=True)
class AttackResult:
    """What became of one attack."""

    kind: str
    what: str
    held: bool
    """The attack failed, as it must."""
    saw: str
    """How it ended; of one that did not fail, what it got."""
    seconds: float


OnResult = Callable[[AttackResult], None]


def attack(sandbox: Sandbox, tell: OnResult = lambda result: None) -> tuple[AttackResult, ...]:
    """Tries every attack of the table, one after the other.

    Each job starts with a worker that answers a known model: so what an attack breaks for others is seen by
    the next one, and after the last by a job of no harm.

    Args:
        sandbox: an open sandbox. In a plain process, some attacks succeed.
        tell: gets each result as it is known.

    Raises:
        SandboxUnavailable: the sandbox cannot be used at all, or an attack left it so.
    """
    results = []
    for result in _results(sandbox):
        tell(result)
        results.append(result)
    return tuple(results)


def _results(sandbox: Sandbox) -> Iterator[AttackResult]:
    with tempfile.TemporaryDirectory(prefix="tfprep-attack-") as folder:
        public = Path(folder)
        for script in SCRIPTS:
            yield _timed(script.kind, script.what, partial(_try_script, sandbox, script, public))
        for file in FILES:
            yield _timed(file.kind, file.what, partial(_try_file, sandbox, file))
        yield _timed("afterwards", "an honest script runs", partial(_run_honest, sandbox, public))


def _timed(kind: str, what: str, run: Callable[[], tuple[bool, str]]) -> AttackResult:
    began = time.monotonic()
    try:
        held, saw = run()
    except WorkerLost as lost:
        held, saw = False, f"the worker was lost: {lost.what}"
    return AttackResult(kind, what, held, saw[:_LONGEST], round(time.monotonic() - began, 1))


def _try_script(sandbox: Sandbox, tried: ScriptAttack, public: Path) -> tuple[bool, str]:
    outcome = sandbox.train(TrainJob((PRELUDE + tried.script).encode(), public, LIMITS))
    got = [line for line in outcome.log.splitlines() if line.startswith("GOT ")]
    failed = sum(line.startswith("FAILED ") for line in outcome.log.splitlines())
    if got:
        return False, "; ".join(got)
    if outcome.ending not in tried.endings or failed < tried.attempts:
        return (
            False,
            f"it ended as {outcome.ending.value}: {outcome.log[-_LONGEST:] or 'nothing was printed'}",
        )
    return (
        True,
        f"{counted(failed, 'attempt')} failed" if tried.attempts else f"it ended as {outcome.ending.value}",
    )


def _try_file(sandbox: Sandbox, tried: FileAttack) -> tuple[bool, str]:
    form = InputForm("x", (2,), "float32")
    inputs = pack_inputs({form.name: np.zeros((1, 2), np.float32)}, (form,))
    kind = ArtifactKind.KERAS if tried.content.startswith(b"PK") else ArtifactKind.H5
    outcome = sandbox.predict(PredictJob(kind, tried.content, inputs, ((1,),), LIMITS))
    told = outcome.refusal.message if outcome.refusal is not None else f"it ended as {outcome.ending.value}"
    return outcome.ending is Ending.REFUSED, told


def _run_honest(sandbox: Sandbox, public: Path) -> tuple[bool, str]:
    outcome = sandbox.train(TrainJob(b"print('well')", public, LIMITS))
    return outcome.log == "well", outcome.log or f"it ended as {outcome.ending.value}"
