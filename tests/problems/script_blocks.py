"""Scripts that stand whole in a problem's folder: what they repeat is as `problems/scripts.py` has it.

`python -m tests.problems.script_blocks` writes what they share into every such script.
"""

from __future__ import annotations

from typing import Final

from tfprep.problems import Problem, all_problems
from tfprep.problems.scripts import PROTECTED, kept_in_solutions, script_of, with_shared

SOLUTIONS: Final = ("reference", "ordinary", "naive")
SCRIPTS: Final = ("starter", *SOLUTIONS)


def rendered(problem: Problem, name: str) -> str:
    """A script with what it shares as its source has it."""
    script = script_of(problem, name)
    if name == "starter":
        return with_shared(script, problem)
    blocks = iter(kept_in_solutions(problem))
    return PROTECTED.sub(lambda found: next(blocks, found[0]), script)


if __name__ == "__main__":
    for each in all_problems():
        for script in SCRIPTS:
            if not (each.starter or "# AS IN" in (each.folder / f"{script}.py").read_text("utf-8")):
                (each.folder / f"{script}.py").write_text(rendered(each, script), encoding="utf-8")
