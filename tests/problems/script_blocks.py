"""The code that learners' scripts repeat, from one source: a script must run alone, so it cannot be imported.

script_blocks.txt   what the starters of all problems share
starter.py          what a problem's solutions share with it

`python -m tests.problems.script_blocks` writes both into every script; a test holds them equal.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from tfprep.problems import Problem, all_problems

SOLUTIONS: Final = ("reference", "ordinary", "naive")
SCRIPTS: Final = ("starter", *SOLUTIONS)
PROTECTED: Final = re.compile(r"# DO NOT CHANGE THIS CODE.*?# END OF THE CODE NOT TO CHANGE", re.DOTALL)
_BLOCK: Final = re.compile(
    r"^(# DO NOT CHANGE THIS CODE: .*)\n(?:(?!# DO NOT CHANGE|# END OF).*\n)*(?:# END OF.*\n)?", re.MULTILINE
)
_QUIET: Final = re.compile(r"# Whatever the level.*?finally:\n.*?\n\n", re.DOTALL)
"""How a starter keeps TensorFlow from writing. Solutions train the tests' models: they stay as they are."""
_NO_DATA: Final = re.compile(
    r"    raise SystemExit\(\n        f\"There is no folder data/.*?\n    \)\n", re.DOTALL
)
_NO_DATA_IN_SOLUTIONS: Final = (
    '    raise SystemExit(f"There is no folder data/ in {beside}: '
    'put the one that came with this file beside it.")\n'
)
"""Without its problem's number, for the same reason."""
_SHARED: Final = {
    match[1]: match[0] for match in _BLOCK.finditer(Path(__file__).with_suffix(".txt").read_text("utf-8"))
}
"""By their first lines."""


def rendered(problem: Problem, name: str) -> str:
    """A script with what it shares as its source has it."""
    script = source(problem, name)
    if name == "starter":
        return _BLOCK.sub(lambda found: _shared(found, problem), script)
    blocks = iter(kept_in_solutions(problem))
    return PROTECTED.sub(lambda found: next(blocks, found[0]), script)


def kept_in_solutions(problem: Problem) -> list[str]:
    """The starter's blocks, without what a learner alone needs: word of a gap, quiet, a command."""
    blocks = PROTECTED.findall(rendered(problem, "starter"))
    plain = (_NO_DATA.sub(_NO_DATA_IN_SOLUTIONS, _QUIET.sub("", block)) for block in blocks)
    return [block for block in plain if "says which gap" not in block]


def source(problem: Problem, name: str) -> str:
    """A script as it stands."""
    return (problem.folder / f"{name}.py").read_text("utf-8")


def _shared(found: re.Match[str], problem: Problem) -> str:
    """The shared block with this one's imports and its problem's number; a problem's own block stays."""
    imports = re.findall(r"^(?:import|from) .*$", found[0], re.MULTILINE)
    packages = [line for line in imports if line.endswith("# noqa: E402")]
    standard_library = [line for line in imports if line not in packages]
    block = _SHARED.get(found[1], found[0])
    block = block.replace("{standard_library}", "\n".join(standard_library))
    block = block.replace("start {number}", f"start {problem.number}")
    return block.replace("{packages}", "\n".join(packages))


if __name__ == "__main__":
    for each in all_problems():
        for script in SCRIPTS:
            (each.folder / f"{script}.py").write_text(rendered(each, script), encoding="utf-8")
