"""Which releases' files are read, by format and layer family: a Markdown table from an actual run.

    .venv/bin/python -m tests.zoo.matrix        (with .src on PYTHONPATH)

A cell holds how many files of that family were read and gave the recorded predictions: "3" for all of three,
"2/3" where one was refused or differs, "-" where that release wrote none. Below the tables stands every file
that is not read, and every one that a release could not write, with the reason.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping

import numpy as np

from tfprep.sandbox import Ending, Sandbox
from tfprep.sandbox.host.local import LocalSandbox

from .index import Entry, predict, read_index

FORMATS = ("h5", "keras", "saved_model", "export")
SAME = 1e-5
SAME_IN_HALF_PRECISION = 1e-4


def main() -> None:
    entries = [entry for entry in read_index() if entry.families]
    with LocalSandbox() as sandbox:
        results = {}
        for count, entry in enumerate(entries, 1):
            results[entry] = look(sandbox, entry)
            print(f"{count} of {len(entries)}: {entry} {results[entry]}", file=sys.stderr, flush=True)
    for line in (*tables(results), *absences(results)):
        print(line)


def look(sandbox: Sandbox, entry: Entry) -> str:
    """What became of one file: "" where it was read and gave its predictions, else the reason."""
    if entry.file is None:
        return f"not written: {entry.error}"
    outcome = predict(sandbox, entry)
    if outcome.ending is not Ending.COMPLETED or outcome.predictions is None:
        return f"{outcome.ending}: {outcome.refusal.code if outcome.refusal else outcome.log[-200:]}"
    near = SAME_IN_HALF_PRECISION if "mixed precision" in entry.families else SAME
    distance = float(np.abs(outcome.predictions - entry.recorded).max())
    return "" if distance <= near else f"differs by {distance:.2g}"


def tables(results: Mapping[Entry, str]) -> Iterator[str]:
    """A table for each format: families down, releases across."""
    releases = sorted({entry.release for entry in results}, key=age)
    families = sorted({family for entry in results for family in entry.families}, key=str.lower)
    writers = {entry.release: entry.writer.split(",")[0] for entry in results}
    for form in FORMATS:
        yield f"\n### {form}\n"
        yield "| family | " + " | ".join(writers[release] for release in releases) + " |"
        yield "|---|" + "---|" * len(releases)
        for family in families:
            cells = [cell(results, release, form, family) for release in releases]
            yield f"| {family} | " + " | ".join(cells) + " |"


def age(release: str) -> tuple[bool, tuple[int, ...]]:
    """TensorFlow's releases with Keras 2 first, each by its number."""
    number = release.lstrip("tfkeras")
    return release.startswith("keras"), tuple(int(part) for part in number.split("."))


def cell(results: Mapping[Entry, str], release: str, form: str, family: str) -> str:
    there = [one for one in results if one.file and (one.release, one.format) == (release, form)]
    found = [results[one] for one in there if family in one.families]
    read = sum(not result for result in found)
    return "-" if not found else str(read) if read == len(found) else f"{read}/{len(found)}"


def absences(results: Mapping[Entry, str]) -> Iterator[str]:
    """Totals, and every file that is not in the zoo or not read."""
    written = [result for entry, result in results.items() if entry.file]
    same = sum(not result for result in written)
    yield f"\n{same} of {len(written)} files give the recorded predictions.\n"
    for entry, result in results.items():
        if result:
            yield f"- {entry.release} {entry.model} {entry.format}: {result[:200]}"


if __name__ == "__main__":
    main()
