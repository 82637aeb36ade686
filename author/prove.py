"""Proves a problem before anyone sits it: what is trained, what must earn nothing, and what must agree."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np

from ..errors import TfprepError
from ..files.text import counted, joined, listed
from ..grader.submission.submission import SIZE_LIMIT, read_submission
from ..home import Home
from ..problems import Dataset, Problem, Split, all_problems
from ..problems.scripts import script_of
from ..problems.workspace_files import full_marks, text_of
from ..sandbox import Sandbox
from .baselines import measure_baselines
from .cheats import CHEAT_FILES, CHEAT_SCRIPTS, Cheat
from .proof import Check
from .shuffled import shuffle_answers
from .solutions import SCRIPTS
from .trials import Trained, divided, run_artifact, run_script, with_public

Tell = Callable[[str], None]
EXPECTED: Final = {"reference": range(5, 6), "ordinary": range(2, 5), "naive": range(0, 2)}
"""The scores that each solution may earn."""
_LIKE: Final = 1e-3
"""So near, as a share of the spread of inputs, two examples are nearly the same."""
_LIKE_OF_FEW: Final = 1e-5
"""Of a few numbers: there, two that are measured apart may lie near each other."""
_FEW: Final = 20
_COMPARED: Final = 400
"""Hidden examples that are compared with all public ones at hand."""


@dataclass(frozen=True)
class Request:
    """What is to be proven."""

    problem: Problem
    seeds: int
    quick: bool
    """Train nothing, and run no script."""


def prove(asked: Request, home: Home, open_sandbox: Callable[[], Sandbox], tell: Tell) -> list[Check]:
    """Try everything of a problem.

    What was trained is kept in the home, so that an interrupted run goes on where it was.

    Args:
        asked: the problem, in how many seeds, and whether anything is trained.
        home: has downloads, and keeps results.
        open_sandbox: makes a sandbox, a context.
        tell: gets a line on each thing that was tried.

    Raises:
        BadData, DataUnavailable: its data cannot be had.
        SandboxUnavailable: nothing can be run.
    """
    checks: list[Check] = []
    with divided(asked.problem, 0, home.data / "downloads", tell) as dataset, open_sandbox() as sandbox:
        for check in _checks(asked, dataset, sandbox, home, tell):
            checks.append(check)
            mark = {True: "holds", False: "FAILS", None: "told"}[check.holds]
            tell(f"{check.what}: {mark}. {check.saw}")
    return checks


def _checks(asked: Request, dataset: Dataset, sandbox: Sandbox, home: Home, tell: Tell) -> Iterator[Check]:
    yield from check_data(dataset)
    yield _cheated(CHEAT_FILES, dataset, sandbox, "cheating files earn nothing")
    if asked.quick:
        return
    yield _cheated(CHEAT_SCRIPTS, dataset, sandbox, "cheating scripts earn nothing")
    yield from _gaps(dataset, sandbox)
    trained: list[Trained] = []
    for name in SCRIPTS:
        runs = [_in_seed(asked.problem, name, seed, home, sandbox, tell) for seed in range(asked.seeds)]
        trained += runs
        yield _as_expected(name, runs)
    yield _within_limits(asked.problem, trained)
    yield _shuffled(dataset, sandbox)


def check_data(dataset: Dataset) -> Iterator[Check]:
    """What can be seen of a problem on a division of its data, without running anything."""
    yield _agreement(dataset)
    yield _apart(dataset)
    yield from _guesses(dataset)
    yield _told_apart(dataset.problem)


def _agreement(dataset: Dataset) -> Check:
    """The starter and the statement say the bands, compile, and need nothing of tfprep."""
    wrong = []
    starter, statement = text_of(dataset, "starter.py"), text_of(dataset, "statement.md")
    wrong += [
        name
        for name, text in (("starter.py", starter), ("statement.md", statement))
        if full_marks(dataset) not in text
    ]
    if wrong:
        wrong = [f"{joined(wrong)} does not say what earns full marks ({full_marks(dataset)})"]
    wrong += [f"the starter has no {gap}" for gap in ("gap 1", "gap 2") if gap not in starter]
    scripts = {name: script_of(dataset.problem, name) for name in ("starter", *SCRIPTS)}
    for name, text in scripts.items():
        try:
            compile(text, f"{name}.py", "exec")
        except SyntaxError as error:
            wrong.append(f"{name}.py, line {error.lineno}: {error.msg}")
        if "import tfprep" in text or "from tfprep" in text:
            wrong.append(f"{name}.py imports tfprep")
    return Check("statement, starter and bands agree", not wrong, "; ".join(wrong) or full_marks(dataset))


def _apart(dataset: Dataset) -> Check:
    """No hidden example, or nearly one, among the public ones that are at hand."""
    known = [split for split in (Split.TRAINING, Split.VALIDATION) if dataset.has(split)]
    form = next(form for form in dataset.problem.inputs if form.dtype != "string")
    hidden = np.asarray(dataset.inputs(Split.HIDDEN)[form.name])[:_COMPARED]
    public = np.concatenate([np.asarray(dataset.inputs(split)[form.name]) for split in known])
    flat = public.reshape(len(public), -1).astype(np.float64)
    spread = np.maximum(flat.std(axis=0), 1e-12)
    is_ids = form.dtype.startswith("int")
    like = 0.02 if is_ids else _LIKE_OF_FEW if flat.shape[1] < _FEW else _LIKE
    near = 0
    for row in hidden.reshape(len(hidden), -1).astype(np.float64):
        apart = (flat != row).mean(axis=1) if is_ids else np.abs((flat - row) / spread).mean(axis=1)
        near += bool(apart.min() <= like)
    saw = f"{near} of {len(hidden)} hidden examples are nearly one of {len(public)} public ones"
    return Check("no hidden example is given away", near == 0, saw)


def _guesses(dataset: Dataset) -> Iterator[Check]:
    """What learned nothing earns at most 1; what needs no network is told."""
    results = measure_baselines(dataset)
    guesses = [each for each in results if not each.learns]
    bad = [each for each in guesses if each.score > 1]
    saw = ", ".join(f"{each.name} {each.value:.4g} ({each.score})" for each in guesses)
    yield Check("nothing learned earns at most 1", not bad, saw)
    learners = ", ".join(f"{each.name} {each.value:.4g} ({each.score})" for each in results if each.learns)
    yield Check("what needs no network", None, learners)


def _told_apart(problem: Problem) -> Check:
    shapes = {(form.shape, form.dtype) for form in problem.inputs}
    like = [
        each.name
        for each in all_problems()
        if each.id != problem.id and shapes & {(form.shape, form.dtype) for form in each.inputs if form.shape}
    ]
    saw = (
        f"models of {listed(like)} take inputs of the same shape"
        if like
        else "no other problem has such inputs"
    )
    return Check("inputs of other problems", None, saw)


def _cheated(cheats: Sequence[Cheat], dataset: Dataset, sandbox: Sandbox, what: str) -> Check:
    got = []
    for cheat in cheats:
        with tempfile.TemporaryDirectory(prefix="tfprep-author-") as scratch:
            path = Path(scratch) / cheat.name
            path.write_bytes(cheat.content)
            try:
                earned = run_artifact(
                    read_submission(path, dataset.problem.id, "author"), dataset, sandbox
                ).score
            except TfprepError:  # nothing is won by what cannot be run
                earned = None
        got += [f"{cheat.what} earns {earned}"] if earned else []
    return Check(what, not got, "; ".join(got) or f"{counted(len(cheats), 'cheat')}, none has a score")


def _gaps(dataset: Dataset, sandbox: Sandbox) -> Iterator[Check]:
    """The starter runs up to its gaps, which say their number."""
    starter = text_of(dataset, "starter.py")
    built = "    model = tf.keras.Sequential([tf.keras.layers.Dense(1)])\n"
    half = starter.replace("    model = None\n", built)
    for number, script in ((1, starter), (2, half)):
        reason = run_script(script, dataset, 0, sandbox).reason
        yield Check(
            f"gap {number} of the starter says its number", f"Gap {number} is still empty" in reason, reason
        )


def _as_expected(name: str, runs: Sequence[Trained]) -> Check:
    scores = [run.score for run in runs]
    holds = all(score in EXPECTED[name] for score in scores)
    values = " ".join("none" if run.value is None else f"{run.value:.4g}" for run in runs)
    allowed = " to ".join(map(str, sorted({EXPECTED[name][0], EXPECTED[name][-1]})))
    saw = f"{values}: {' '.join(map(str, scores))}" + "".join(
        f"; {run.reason}" for run in runs if run.score is None
    )
    return Check(f"{name}.py earns {allowed} in {counted(len(runs), 'seed')}", holds, saw)


def _within_limits(problem: Problem, runs: Sequence[Trained]) -> Check:
    train, predict = max(run.train_seconds for run in runs), max(run.predict_seconds for run in runs)
    size = max(run.model_bytes for run in runs)
    holds = train < problem.train_seconds and predict < problem.predict_seconds and size < SIZE_LIMIT
    saw = f"training {train:.0f} of {problem.train_seconds:.0f} s, predicting {predict:.1f} of "
    saw += f"{problem.predict_seconds:.0f} s, {size / 2**20:.1f} of {SIZE_LIMIT / 2**20:.0f} MiB"
    return Check("size, time and memory are within limits", holds, saw)


def _shuffled(dataset: Dataset, sandbox: Sandbox) -> Check:
    what = "the reference earns at most 1 on shuffled answers"
    with with_public(dataset) as copy:
        if not shuffle_answers(copy.public):
            return Check(what, None, "not tried: the answers in these files cannot be shuffled")
        run = run_script(script_of(dataset.problem, "reference"), copy, 0, sandbox)
    told = run.reason if run.value is None else f"{run.value:.4g} ({run.score})"
    return Check(what, run.score is not None and run.score <= 1, told)


def _in_seed(  # noqa: PLR0913, PLR0917
    problem: Problem, name: str, seed: int, home: Home, sandbox: Sandbox, tell: Tell
) -> Trained:
    """A solution's training in one seed, with a division of the data of its own; or what is kept of it."""
    script = script_of(problem, name)
    kept = home.root / "proofs" / f"{problem.id}.jsonl"
    with divided(problem, seed, home.data / "downloads", lambda line: None) as dataset:
        bands = [band.threshold for band in dataset.bands]
        key = hashlib.sha256(json.dumps([script, seed, dataset.fingerprint, bands]).encode()).hexdigest()
        if found := _kept(kept, key):
            return found
        tell(f"Training {name}.py in seed {seed} …")
        trained = run_script(script, dataset, seed, sandbox)
    kept.parent.mkdir(exist_ok=True)
    with kept.open("a", encoding="utf-8") as file:
        file.write(f"\n{json.dumps({'key': key, **asdict(trained)})}")
    return trained


def _kept(file: Path, key: str) -> Trained | None:
    if not file.is_file():
        return None
    for line in file.read_text("utf-8").splitlines():
        try:
            values = json.loads(line)
            if values.pop("key") == key:
                return Trained(**values)
        except (ValueError, TypeError, KeyError, AttributeError):
            continue  # a line that was cut off
    return None
