"""Otter-Grader, as a course would use it for the same task: a notebook loads the model, a test scores it.

It gets an environment of its own, with the TensorFlow, Keras and NumPy that tfprep has here. TFPREP_OTTER may
name the `bin` of one that is ready.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

from .material import Material
from .row import run

PACKAGES = ("tensorflow", "keras", "numpy", "h5py")
TEST = """
OK_FORMAT = True
test = {
    "name": "accuracy", "points": 5, "suites": [{
        "type": "doctest", "scored": True, "setup": "", "teardown": "",
        "cases": [{"code": ">>> bool(accuracy >= 0.9)\\nTrue", "hidden": False, "locked": False}],
    }],
}
"""
CELLS = (
    "import numpy as np\nimport keras",
    "images, labels = np.load({images!r}), np.load({labels!r})",
    "model = keras.models.load_model({model!r}, compile=False)",
    "accuracy = (model.predict(images, verbose=0).argmax(axis=1) == labels).mean()",
)


@dataclass(frozen=True)
class Otter:
    """An environment with Otter-Grader, and an autograder that is ready."""

    programs: Path
    autograder: Path
    place: Path

    @classmethod
    def prepare(cls, material: Material) -> Self:
        """Installs it where it is not there yet, and makes the autograder once: neither is measured."""
        place = material.place / "otter"
        (place / "tests").mkdir(parents=True)
        (place / "tests" / "accuracy.py").write_text(TEST, encoding="utf-8")
        made = cls(_programs(material), place / "autograder.zip", place)
        made._run("generate", "--tests-dir", str(place / "tests"), "--output-path", str(made.autograder))
        return made

    def grade(self, material: Material, model: Path) -> None:
        """`otter run` on a notebook that loads this model and predicts the hidden pictures."""
        files = {"model": str(model), "images": str(material.images), "labels": str(material.labels)}
        cells = [cell.format(**files) for cell in CELLS]
        with tempfile.TemporaryDirectory(dir=self.place) as folder:
            told = self._run_notebook(Path(folder), _notebook(cells))
        if [test["score"] for test in told if test["name"] == "accuracy"] != [5.0]:
            raise SystemExit(f"Otter-Grader did not score the model as it should: {told}")

    def _run_notebook(self, place: Path, notebook: dict[str, object]) -> list[dict[str, Any]]:
        submission = place / "submission.ipynb"
        submission.write_text(json.dumps(notebook), encoding="utf-8")
        options = ("--no-logo", "--autograder", str(self.autograder), "--output-dir", str(place))
        self._run("run", *options, str(submission))
        told: list[dict[str, Any]] = json.loads((place / "results.json").read_text(encoding="utf-8"))["tests"]
        return told

    def _run(self, *arguments: str) -> None:
        environment = os.environ | {
            "PATH": f"{self.programs}:{os.environ['PATH']}",
            "TF_CPP_MIN_LOG_LEVEL": "2",
        }
        run([str(self.programs / "otter"), *arguments], environment)


def _programs(material: Material) -> Path:
    ready = os.environ.get("TFPREP_OTTER")
    if ready:
        return Path(ready)
    material.console.print("Installing Otter-Grader 7 into an environment of its own.")
    folder = material.place / "otter-environment"
    run([sys.executable, "-m", "venv", str(folder)])
    same = [f"{name}=={version(name)}" for name in PACKAGES]
    run([str(folder / "bin" / "pip"), "install", "--quiet", "otter-grader==7.*", "ipykernel", *same])
    return folder / "bin"


def _notebook(cells: list[str]) -> dict[str, object]:
    made = [
        {
            "cell_type": "code",
            "execution_count": None,
            "id": f"cell{place}",
            "metadata": {},
            "outputs": [],
            "source": cell,
        }
        for place, cell in enumerate(cells)
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": made, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
