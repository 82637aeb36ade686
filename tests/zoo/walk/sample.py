"""The walk's sample: a file for each mechanism, copied from a walk into the zoo, and answered by CI.

python -m tests.zoo.walk.sample FOLDER [RELEASE/FILE ...]    copies these files of the walk in FOLDER
python -m tests.zoo.walk.sample                              prints {file: how it was answered}
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

from ..index import COLLECTION
from .answer import entries, in_forks

SAMPLE = COLLECTION / "walk"


def copy(walk: Path, names: list[str]) -> None:
    """Copies files with their line of the index and the predictions that were recorded for them."""
    for name in names:
        release, _, file = name.partition("/")
        entry = next((each for each in entries(walk / release) if each["file"] == file), None)
        if entry is None:
            print(f"{name} is not in the walk", file=sys.stderr)
            continue
        target = SAMPLE / release
        target.mkdir(parents=True, exist_ok=True)
        shutil.copy(walk / release / file, target)
        shutil.copy(walk / release / f"{entry['model']}.npy", target)
        lines = {
            each["file"]: each for each in (entries(target) if (target / "index.jsonl").exists() else [])
        }
        kept = sorted((lines | {file: entry}).values(), key=lambda each: each["file"])
        (target / "index.jsonl").write_text("".join(json.dumps(each) + "\n" for each in kept))


def files() -> list[str]:
    """Every file of the sample, as RELEASE/FILE."""
    folders = sorted(path.parent for path in SAMPLE.glob("*/index.jsonl"))
    return [f"{folder.name}/{entry['file']}" for folder in folders for entry in entries(folder)]


def answer_all() -> dict[str, dict[str, Any]]:
    """How each file of the sample is answered."""
    import keras  # noqa: F401 - imported before the forks
    import tensorflow as tf  # noqa: F401

    folders = sorted(path.parent for path in SAMPLE.glob("*/index.jsonl"))
    return {
        f"{folder.name}/{line['file']}": line
        for folder in folders
        for line in in_forks(entries(folder), folder)
    }


if __name__ == "__main__":
    if len(sys.argv) > 1:
        copy(Path(sys.argv[1]), sys.argv[2:])
    else:
        print(json.dumps(answer_all()))
