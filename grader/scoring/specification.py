"""By what predictions are scored, and what a score depends on, each as one digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from ...problems import Problem
from ...problems import metrics as metrics_module
from ...problems import problem as problem_module
from . import score as score_module


def grader_fingerprint(problem: Problem) -> str:
    """sha256 over the code that turns this problem's predictions into a score, and numpy's version."""
    sources = [
        Path(module.__file__) for module in (score_module, metrics_module, problem_module) if module.__file__
    ]
    return _digest([*sources, problem.folder / "__init__.py"], f"numpy {np.__version__}")


def environment_fingerprint(environment: Mapping[str, str]) -> str:
    """The versions that decided the predictions, in one canonical line of JSON."""
    return json.dumps(dict(sorted(environment.items())), separators=(",", ":"))


def _digest(files: Iterable[Path], *texts: str) -> str:
    digest = hashlib.sha256()
    for content in [*(file.read_bytes() for file in files), *(text.encode() for text in texts)]:
        digest.update(len(content).to_bytes(8))
        digest.update(content)
    return digest.hexdigest()
