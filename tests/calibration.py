"""Where the bands' thresholds come from: every solution trained in several seeds and graded.

Run as `python -m tests.calibration`. Each seed has a home secret of its own, so another part of the
data is hidden, and another start of the training. The thresholds hold where in every seed the reference earns
5, the ordinary solution 2 to 4, and the naive one at most 1.

Measured metrics are kept, one line each, so that an interrupted run goes on where it was; a changed solution
is trained anew (remove the file when the data are split otherwise). Scores are not kept: they follow
from the metric and the bands as they are now.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean, median
from time import perf_counter
from typing import Final

from rich.console import Console
from rich.table import Table

from tfprep.grader.grade import grade
from tfprep.grader.scoring.card import Interval, ScoreCard
from tfprep.grader.scoring.score import earned_score, scores_between
from tfprep.grader.submission.submission import pick_submission, read_submission
from tfprep.home import Home
from tfprep.problems import Band, Dataset, DataStore, Problem, all_problems, find
from tfprep.problems.scripts import script_of
from tfprep.problems.sources import Sources
from tfprep.problems.workspace import make_workspace
from tfprep.sandbox import Sandbox
from tfprep.sandbox.host.local import LocalSandbox

from . import warm_python

SEEDS: Final = 5
EXPECTED: Final = {"reference": range(5, 6), "ordinary": range(2, 5), "naive": range(0, 2)}
"""The scores that each solution may earn."""
LOG_SHOWN: Final = 2_000
_LONGEST: Final = 7_200.0
"""Seconds that a training may take, on a busy machine."""
"""Characters of a failed training's output that are shown."""

Tell = Callable[[str], None]


class CalibrationFailed(Exception):
    """A solution of ours did not train, or what it saved could not be scored."""


@dataclass(frozen=True)
class Trial:
    """One solution to train and grade."""

    problem: str
    data_source: str
    """As it was asked for: "package", or the path of a mentor's files."""
    solution: str
    seed: int
    script: str
    """sha256 of the solution, in hex: another script is another trial."""


@dataclass(frozen=True)
class Measured:
    """What a trial gave."""

    trial: Trial
    data_source: str
    """As the data calls itself: "package", "own:<digest>"."""
    hidden: int
    """How many hidden examples there were."""
    value: float
    low: float
    high: float
    train_seconds: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is missing, print the table. 0 where every threshold holds, else 1."""
    asked = _parse(arguments)
    console = Console()
    problems = [find(name) for name in asked.problems] or list(all_problems())
    data_source = str(asked.data.resolve()) if asked.data else None
    trials = list(plan(problems, data_source, range(asked.seeds), asked.solutions))
    measured = measure(trials, asked.results, asked.home.data / "downloads", console.print)
    for table in show(problems, measured):
        console.print(table)
    broken = [sentence for problem in problems for sentence in broken_thresholds(problem, measured)]
    console.print("\n".join(broken) or "Every threshold holds.")
    return 1 if broken else 0


def plan(
    problems: Iterable[Problem], data_source: str | None, seeds: Iterable[int], solutions: Sequence[str]
) -> Iterator[Trial]:
    """Every trial there is to run. Seeds vary slowest, so that an early end leaves whole seeds.

    Without a data source it is the one that each problem has without TensorFlow Datasets.
    """
    chosen = list(problems)
    for seed in seeds:
        for problem in chosen:
            for solution in solutions:
                if (problem.folder / f"{solution}.py").is_file():
                    script = script_of(problem, solution).encode()
                    digest = hashlib.sha256(script).hexdigest()
                    yield Trial(problem.id, data_source or carried(problem), solution, seed, digest)


def carried(problem: Problem) -> str:
    """The data source of a problem that needs no TensorFlow Datasets: "package" or "generated"."""
    return next(each.name for each in problem.data_sources if each.name not in ("tfds", "own"))


def measure(trials: Sequence[Trial], results: Path, downloads: Path, tell: Tell) -> list[Measured]:
    """The trials' results: those in the file as they are, the others run and added to it."""
    known = {measured.trial: measured for measured in read_results(results)}
    missing = [trial for trial in trials if trial not in known]
    tell(f"{len(trials) - len(missing)} of {len(trials)} trials are in {results}; {len(missing)} to run.")
    if missing:
        with LocalSandbox() as sandbox:
            for number, trial in enumerate(missing, start=1):
                known[trial] = measured = run_trial(trial, sandbox, downloads)
                append_result(results, measured)
                tell(f"{number}/{len(missing)} {_described(measured)}")
    return [known[trial] for trial in trials]


def run_trial(trial: Trial, sandbox: Sandbox, downloads: Path) -> Measured:
    """Build the data with the seed's secret, train the solution in a fresh workspace, grade what it saved.

    Raises:
        CalibrationFailed: when the solution does not train or its model cannot be scored.
    """
    problem = find(trial.problem)
    with tempfile.TemporaryDirectory(prefix="tfprep-calibration-") as scratch:
        store = DataStore(Path(scratch) / "data", secret_of(trial.seed), Sources(downloads))
        dataset = store.load(problem, trial.data_source)
        workspace = make_workspace(Path(scratch) / "work", dataset).folder
        seconds = train(script_of(problem, trial.solution), workspace, trial.seed)
        card = grade_workspace(workspace, dataset, sandbox)
    if card.value is None or card.interval is None:
        raise CalibrationFailed(f"{trial.solution} of {problem.id}: {card.reason}")
    hidden = dataset.counts.hidden
    return Measured(
        trial, dataset.data_source, hidden, card.value, card.interval.low, card.interval.high, seconds
    )


def secret_of(seed: int) -> bytes:
    """A home's secret, the same each time: the table can be measured again, and is no secret."""
    return hashlib.sha256(f"tfprep calibration {seed}".encode()).digest()


def train(solution: str, workspace: Path, seed: int, **variables: str) -> float:
    """Run the text of a solution in a workspace as a learner would. Returns the seconds it took.

    Raises:
        CalibrationFailed: with the end of what it printed.
    """
    began = perf_counter()
    script = workspace / "solution.py"
    script.write_text(solution, encoding="utf-8")
    environment = {**os.environ, **variables, "SEED": str(seed)}
    ran = warm_python.run([script.name], cwd=workspace, env=environment, timeout=_LONGEST)
    if ran.returncode != 0:
        told = (ran.stdout + ran.stderr)[-LOG_SHOWN:]
        raise CalibrationFailed(f"The solution ended with {ran.returncode}:\n{told}")
    return perf_counter() - began


def grade_workspace(workspace: Path, dataset: Dataset, sandbox: Sandbox) -> ScoreCard:
    """What the saved model earns on the hidden test set."""
    submission = read_submission(pick_submission(workspace), dataset.problem.id, "calibration")
    return grade(submission, dataset, sandbox).card


def read_results(path: Path) -> Iterator[Measured]:
    """Every result in the file; a last line that was cut off is left out."""
    if not path.is_file():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            fields = json.loads(line)
        except ValueError:
            continue
        yield Measured(**{**fields, "trial": Trial(**fields["trial"])})


def append_result(path: Path, measured: Measured) -> None:
    """Add one line to the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        # The line break comes first: the line before may have been cut off.
        file.write("\n" + json.dumps(asdict(measured)))


def show(problems: Sequence[Problem], measured: Sequence[Measured]) -> Iterator[Table]:
    """A table per problem: each solution's metric and score by seed, its time, and how sure a score is."""
    for problem in problems:
        mine = [one for one in measured if one.trial.problem == problem.id]
        if not mine:
            continue
        bands = _bands(problem, mine[0].data_source)
        thresholds = ", ".join(f"{band.score} from {band.threshold:g}" for band in bands)
        hidden = f"{median(one.hidden for one in mine):.0f} hidden"
        table = Table(title=f"{problem.number} {problem.name}, {mine[0].data_source}, {hidden}; {thresholds}")
        table.add_column("solution")
        for heading in ("metric by seed", "mean", "scores", "95% interval", "spans bands", "seconds"):
            table.add_column(heading, justify="right")
        for solution in EXPECTED:
            if group := [one for one in mine if one.trial.solution == solution]:
                table.add_row(*_row(solution, group, bands))
        yield table


def _row(solution: str, group: Sequence[Measured], bands: Sequence[Band]) -> tuple[str, ...]:
    spanning = sum(len(scores_between(bands, Interval(one.low, one.high))) > 1 for one in group)
    return (
        solution,
        " ".join(f"{one.value:.3f}" for one in group),
        f"{mean(one.value for one in group):.3f}",
        " ".join(str(earned_score(bands, one.value)) for one in group),
        f"±{median((one.high - one.low) / 2 for one in group):.3f}",
        f"{spanning} of {len(group)}",
        f"{median(one.train_seconds for one in group):.0f}",
    )


def broken_thresholds(problem: Problem, measured: Sequence[Measured]) -> Iterator[str]:
    """A sentence for each trial whose score is not what its solution stands for."""
    for one in measured:
        if one.trial.problem == problem.id:
            score = earned_score(_bands(problem, one.data_source), one.value)
            expected = EXPECTED[one.trial.solution]
            if score not in expected:
                allowed = " to ".join(map(str, sorted({expected[0], expected[-1]})))
                yield f"{_described(one)}: earns {score}, should earn {allowed}."


def _bands(problem: Problem, data_source: str) -> tuple[Band, ...]:
    return problem.data_source(data_source.partition(":")[0]).bands


def _described(measured: Measured) -> str:
    trial, seconds = measured.trial, measured.train_seconds
    return f"{trial.problem} {trial.solution} seed {trial.seed}: {measured.value:.4f}, {seconds:.0f} s"


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    home = Home.find()
    parser = argparse.ArgumentParser(prog="tests.calibration", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--problems", nargs="+", default=[], metavar="NAME", help="all, unless named")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="how many, from 0")
    parser.add_argument("--solutions", nargs="+", choices=list(EXPECTED), default=list(EXPECTED))
    parser.add_argument("--data", type=Path, metavar="PATH", help="a mentor's files, not the package's data")
    parser.add_argument("--results", type=Path, default=home.root / "calibration.jsonl")
    parser.set_defaults(home=home)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
