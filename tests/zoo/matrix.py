"""Which releases' files are read, by format and layer family: a table from an actual run.

    python tests/zoo/matrix.py
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from tfprep.sandbox import Ending
from tfprep.sandbox.local import LocalSandbox

from tests.zoo.keeper import Entry, answer, read_index

FORMATS = ("h5", "keras", "saved_model", "export")
SAME = 1e-5


def main() -> None:
    entries = [entry for entry in read_index() if entry.families]
    with LocalSandbox() as sandbox:
        results = {entry: verdict(sandbox, entry) for entry in entries}
    for entry, result in results.items():
        if result not in ("same", "not written"):
            print(entry, result)


def verdict(sandbox: LocalSandbox, entry: Entry) -> str:
    if entry.file is None:
        return "not written"
    outcome = answer(sandbox, entry)
    if outcome.ending is not Ending.COMPLETED:
        return f"{outcome.ending} {outcome.refusal.code if outcome.refusal else ''} {outcome.refusal.message if outcome.refusal else outcome.log[-300:]}"
    distance = float(np.abs(outcome.predictions - entry.recorded).max())
    return "same" if distance <= SAME else f"off by {distance:.2g}"


if __name__ == "__main__":
    main()
