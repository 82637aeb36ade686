"""What learners' scripts share, once: starters from a template of their kind, solutions without it.

A problem's folder may hold its starter.py whole, or say in `Problem.starter` which template makes it. A
solution may hold only what it adds: a line `# AS IN THE STARTER` stands for the starter's own blocks, outside
of `solution_model` and inside it.

starters/shared.txt     what the starters of all problems share
starters/<kind>.txt     a template, with the words of `Problem.starter` in double braces
starters/<kind>_naive.txt    that solution, for the problems of a kind whose folder has none of its own
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from .problem import Band, Metric, Problem

TEMPLATES: Final = Path(__file__).parent / "starters"
PROTECTED: Final = re.compile(r"# DO NOT CHANGE THIS CODE.*?# END OF THE CODE NOT TO CHANGE", re.DOTALL)
KIND: Final = "kind"
"""The word of `Problem.starter` that names the template."""
_AS_IN_STARTER: Final = re.compile(r"^( *)# AS IN THE STARTER$", re.MULTILINE)
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
_SET_IN: Final = re.compile(r"# [A-Z][a-z]+:  ")
_WIDE: Final = 90
_END: Final = """\n
# The grader loads the file that is saved here. Do not change its name.
if __name__ == "__main__":
    model = solution_model()
    model.save("mymodel.h5")
"""


def script_of(problem: Problem, name: str) -> str:
    """A script of a problem as somebody runs it: "starter", "reference", "ordinary" or "naive".

    Raises:
        OSError: where the problem has no such script.
    """
    file = problem.folder / f"{name}.py"
    if name == "starter":
        return file.read_text("utf-8") if file.is_file() else _from_template(problem)
    if not file.is_file():
        file = TEMPLATES / f"{problem.starter.get(KIND, '')}_{name}.txt"
    script = file.read_text("utf-8")
    if not _AS_IN_STARTER.search(script):
        return script
    *before, inside = kept_in_solutions(problem)
    outside = "\n\n\n".join(before)
    return _AS_IN_STARTER.sub(lambda found: inside if found[1] else outside, script) + _END


def kept_in_solutions(problem: Problem) -> list[str]:
    """The starter's blocks, without what a learner alone needs: word of a gap, quiet, a command."""
    blocks = PROTECTED.findall(with_shared(script_of(problem, "starter"), problem))
    plain = (_NO_DATA.sub(_NO_DATA_IN_SOLUTIONS, _QUIET.sub("", block)) for block in blocks)
    return [block for block in plain if "says which gap" not in block]


def with_shared(script: str, problem: Problem) -> str:
    """A starter in which each block that all of them share is as its source has it."""
    sources = _BLOCK.finditer((TEMPLATES / "shared.txt").read_text("utf-8"))
    shared = {source[1]: source[0] for source in sources}
    return _BLOCK.sub(lambda found: _shared(found, shared.get(found[1], found[0]), problem), script)


def marks_in_words(metric: Metric, bands: Sequence[Band]) -> str:
    """What earns the best score: "an accuracy of at least 0.98"."""
    best = max(bands, key=lambda band: band.score)
    article = "an" if metric.name[0] in "aeiou" else "a"
    bound = "at least" if best.at_least is not None else "at most"
    return f"{article} {metric.name} of {bound} {best.threshold:g} {metric.unit}".rstrip()


def _from_template(problem: Problem) -> str:
    bands = problem.data_sources[0].bands
    words = {
        "number": problem.call,
        "full_marks": marks_in_words(problem.metric, bands),
        **problem.starter,
    }
    script = (TEMPLATES / f"{words[KIND]}.txt").read_text("utf-8")
    for word, meaning in words.items():
        script = script.replace(f"{{{{{word}}}}}", meaning)
    header, rest = script.split("\n\n", 1)
    wrapped = "\n".join(map(_wrapped, header.splitlines()))
    return with_shared(f"{wrapped}\n\n{rest}", problem)


def _wrapped(line: str) -> str:
    """A comment of the header in lines that are not too long, set in below "# Input:"."""
    below = "#          " if _SET_IN.match(line) else "# "
    return textwrap.fill(line, _WIDE, subsequent_indent=below, break_long_words=False) if line else line


def _shared(found: re.Match[str], block: str, problem: Problem) -> str:
    """The shared block with this one's imports and its problem's number; a problem's own block stays."""
    imports = re.findall(r"^(?:import|from) .*$", found[0], re.MULTILINE)
    packages = [line for line in imports if line.endswith("# noqa: E402")]
    standard_library = [line for line in imports if line not in packages]
    block = block.replace("{standard_library}", "\n".join(standard_library))
    block = block.replace("start {number}", f"start {problem.call}")
    return block.replace("{packages}", "\n".join(packages))
