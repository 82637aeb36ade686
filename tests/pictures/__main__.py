"""Makes the README's pictures: models trained here, graded by the real grader, photographed in Chromium.

`make pictures` runs it; it needs Chromium, and a Docker engine for the cohort. The pictures of whole classes
need no engine: `python -m tests.pictures.classes` makes them alone, `tests.pictures.first_minutes` the
recording. What was trained is kept in `.pictures/`, or in the folder that is named, so that a second run only
grades and photographs.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from tfprep.files.secrets import read_or_make_secret
from tfprep.grader.ledger import Ledger
from tfprep.grader.report_data import ReportDataLoader
from tfprep.home import Home
from tfprep.problems import DataStore, find
from tfprep.reports.terminal import show_record

from .camera import PICTURES, ROOT, chromium, photograph, weigh
from .classes import photograph_classes
from .first_minutes import draw, record_first_minutes

COLOUR = """
import keras
layers = [keras.Input((28, 28, 3)), keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")]
model = keras.Sequential(layers)
model.save("mymodel.h5")
"""
"""A model for pictures in colour, where the problem's are grey."""

CLASS = {
    "amina-haddad": {"regression": "reference 0", "mnist": "ordinary 0"},
    "ben-castillo": {"regression": "ordinary 0", "mnist": "naive 0"},
    "chiara-lindqvist": {"regression": "reference 1", "mnist": "ordinary 1"},
    "dmitri-okafor": {"regression": "naive 0"},
    "esi-moreau": {"regression": "reference 2", "mnist": "colour 0"},
    "farid-novak": {"regression": "ordinary 1", "mnist": "ordinary 2"},
    "grace-tanaka": {"regression": "ordinary 0", "mnist": "ordinary 0"},
    "hugo-silva": {"mnist": "reference 0"},
}
"""Who hands in which solution, trained from which seed. Grace has copied."""

RULES = """
name = "Spring 2026"
[problems.regression]
weight = 1
[problems.mnist]
weight = 2
"""


@dataclass(frozen=True)
class Studio:
    """Where models are trained and kept, and the home that they are graded in."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """A home of its own; nothing of the user's is touched."""
        return {**os.environ, "TFPREP_HOME": str(self.folder / "home"), "TF_CPP_MIN_LOG_LEVEL": "2"}

    def tfprep(self, *words: str) -> str:
        """What a command prints. Exit codes 0 and 1 are both a score."""
        run = subprocess.run(
            [sys.executable, "-m", "tfprep.cli", *words],
            env={**self.environment, "PYTHONPATH": str(ROOT / ".src")},
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        if run.returncode > 1:
            raise SystemExit(f"tfprep {' '.join(words)} ended with {run.returncode}.")
        return run.stdout

    def train(self, problem: str, solution: str) -> Path:
        """A workspace with the model of a solution: "reference 0" is the reference, from seed 0."""
        workspace = self.folder / problem / solution.replace(" ", "-")
        if (workspace / "mymodel.h5").is_file():
            return workspace
        shutil.rmtree(workspace, ignore_errors=True)
        self.tfprep("start", problem, "--into", str(workspace))
        name, seed = solution.split()
        script = COLOUR if name == "colour" else (find(problem).folder / f"{name}.py").read_text("utf-8")
        (workspace / "starter.py").write_text(script, "utf-8")
        print(f"Training {problem}, {solution} …", flush=True)
        command = [sys.executable, "starter.py"]
        environment = {**self.environment, "SEED": seed}
        run = subprocess.run(
            command, cwd=workspace, env=environment, check=False, capture_output=True, text=True
        )
        if run.returncode:
            raise SystemExit(f"Training ended with {run.returncode}:\n{run.stderr}")
        return workspace

    def submit(self, problem: str, solution: str) -> int:
        """The number under which the ledger keeps the submission of a learner."""
        model = self.train(problem, solution) / "mymodel.h5"
        submitted = self.tfprep("submit", str(model), "--problem", problem, "--learner", "amina", "--json")
        return int(json.loads(submitted)["number"])

    def page(self, number: int) -> Path:
        """The page of a submission."""
        return Path(self.tfprep("report", str(number), "--html").split()[-1])


def main() -> None:
    """Trains, grades, photographs; says what was written."""
    studio = Studio(Path(sys.argv[1]).absolute() if len(sys.argv) > 1 else ROOT / ".pictures")
    PICTURES.mkdir(exist_ok=True)
    (studio.folder / "home" / "ledger.db").unlink(missing_ok=True)
    numbers = hand_in(studio)
    with chromium() as browser:
        for name, number in numbers.items():
            photograph(browser, studio.page(number), name)
        photograph(browser, studio.page(numbers["passed"]), "dark", scheme="dark")
        index = Path(studio.tfprep("report", "--all").strip())
        photograph(browser, index, "index", size=(1100, 900))
        photograph(browser, grade_class(studio), "cohort")
        photograph_classes(browser, studio.folder / "classes")
    draw_terminal(studio, numbers["partial"])
    record_first_minutes(studio.folder / "first")
    weigh()


def hand_in(studio: Studio) -> dict[str, int]:
    """One learner's attempts: the number of a passed, of a partial and of an invalid one."""
    invalid = studio.submit("mnist", "colour 0")
    studio.submit("mnist", "naive 0")
    studio.submit("mnist", "ordinary 0")
    passed = studio.submit("mnist", "reference 0")
    partial = studio.submit("regression", "ordinary 0")
    return {"passed": passed, "partial": partial, "invalid": invalid}


def grade_class(studio: Studio) -> Path:
    """A folder as a mentor has it, graded; the cohort's page."""
    folder, out = studio.folder / "class", studio.folder / "graded"
    shutil.rmtree(folder, ignore_errors=True)
    for learner, work in CLASS.items():
        for problem, solution in work.items():
            place = folder / learner / find(problem).id
            place.mkdir(parents=True)
            shutil.copy(studio.train(problem, solution) / "mymodel.h5", place)
    rules, roster = studio.folder / "cohort.toml", studio.folder / "roster.csv"
    rules.write_text(RULES, "utf-8")
    people = (f"{learner},{learner.replace('-', ' ').title()},{learner}@school.example" for learner in CLASS)
    roster.write_text("\n".join(("id,name,email", *people)), "utf-8")
    options = ("--rules", str(rules), "--roster", str(roster), "--out", str(out))
    studio.tfprep("cohort", "grade", str(folder), *options)
    return out / "cohort.html"


def draw_terminal(studio: Studio, number: int) -> None:
    """A submission's report in the terminal, as a drawing."""
    home = Home.find(studio.environment)
    console = Console(record=True, width=88, file=open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123,SIM115
    with Ledger.open(home.ledger_url) as ledger:
        record = ledger.read(number)
        store = DataStore(home.data, read_or_make_secret(home.root))
        report_data = ReportDataLoader(ledger, store).gather(record)
    show_record(console, record, report_data)
    draw(console, "terminal", f"tfprep report {number}")


if __name__ == "__main__":
    main()
