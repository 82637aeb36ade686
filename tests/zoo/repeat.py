"""Whether a file gives the same twice: `python -m tests.zoo.repeat` answers every file of the zoo again.

Each file is answered by two workers that know nothing of each other, each time in a process of its own, with
the same inputs. `python -m tests.zoo.repeat tf2.15 demand` takes the files with these words in their names.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from tfprep.errors import NotAModel
from tfprep.sandbox import Outcome, Sandbox
from tfprep.sandbox.host.local import LocalSandbox

from .index import Entry, predict, read_index, recognised


@dataclass(frozen=True)
class Repeat:
    """A file, and how its two answers differ; empty where they do not."""

    entry: Entry
    difference: str


def repeat(entries: Sequence[Entry], first: Sandbox, second: Sandbox) -> Iterator[Repeat]:
    """Each file, answered by both."""
    for entry in entries:
        if is_read(entry):
            yield Repeat(entry, compare(predict(first, entry), predict(second, entry)))


def is_read(entry: Entry) -> bool:
    """Whether it reaches a worker: what is no model is refused by its names and bytes alone."""
    try:
        recognised(entry)
    except NotAModel:
        return False
    return True


def compare(one: Outcome, other: Outcome) -> str:
    """What differs: how they ended, why, or a bit of the predictions."""
    if one.ending is not other.ending:
        return f"{one.ending.value}, then {other.ending.value}"
    if one.refusal != other.refusal:
        return f"{one.refusal}, then {other.refusal}"
    if (one.predictions is None) != (other.predictions is None):
        return "predictions only once"
    if one.predictions is None or other.predictions is None:
        return ""
    forms = [(each.dtype, each.shape, each.tobytes()) for each in (one.predictions, other.predictions)]
    same = forms[0] == forms[1]
    return "" if same else "other predictions"


def main(words: Sequence[str]) -> int:
    """Prints every difference and a count; 1 where there is one."""
    entries = [each for each in read_index() if each.file and all(word in each.file for word in words)]
    answered = different = 0
    with ExitStack() as stack:
        first, second = (stack.enter_context(LocalSandbox()) for _ in range(2))
        for each in repeat(entries, first, second):
            answered += 1
            if each.difference:
                different += 1
                print(f"{each.entry}: {each.difference}", flush=True)
    print(f"{len(entries)} files, {answered} of them answered, each twice: {different} differ.")
    return 1 if different else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
