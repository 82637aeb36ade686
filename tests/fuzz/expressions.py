"""Every regular expression of the host's rooms, with texts that may cost it more than linear time.

The expressions are found in the source. The texts are made of what each expression itself asks for: a
beginning, a piece that is repeated, and an end at which it fails.
"""

from __future__ import annotations

import ast
import itertools
import re
import re._constants as sre  # type: ignore[import-not-found, unused-ignore]
import re._parser as parser  # type: ignore[import-not-found, unused-ignore]
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
ROOMS: Final = (
    "author",
    "languages",
    "classroom",
    "cohorts",
    "commands",
    "exams",
    "files",
    "grader",
    "problems",
    "reports",
    "sandbox/host",
)
_FUNCTIONS: Final = frozenset({"match", "search", "fullmatch", "sub", "subn", "split", "findall", "finditer"})
_CATEGORIES: Final = {
    sre.CATEGORY_DIGIT: "1",
    sre.CATEGORY_SPACE: " \n",
    sre.CATEGORY_WORD: "a",
    sre.CATEGORY_NOT_DIGIT: "x",
    sre.CATEGORY_NOT_SPACE: "x",
    sre.CATEGORY_NOT_WORD: "-",
}
_ENDS: Final = ("!", "\n")


@dataclass(frozen=True)
class Expression:
    """A regular expression, and the ways in which its module uses it."""

    where: str
    pattern: str
    flags: int
    functions: tuple[str, ...]

    def calls(self) -> list[Callable[[str], object]]:
        """What its module does with a text."""
        compiled = re.compile(self.pattern, self.flags)
        return [
            (lambda text: compiled.sub("", text)) if name in {"sub", "subn"} else getattr(compiled, name)
            for name in self.functions
            if name != "finditer"
        ]

    def texts(self, length: int) -> Iterator[str]:
        """Texts of about this many characters."""
        atoms = list(dict.fromkeys(_atoms(parser.parse(self.pattern, self.flags))))[:14]
        pieces = [*atoms, *("".join(pair) for pair in itertools.permutations(atoms[:4], 2))]
        starts = ["", *atoms[:3], "".join(atoms[:2])]
        for start, piece, end in itertools.product(starts, pieces, _ENDS):
            yield start + piece * (length // len(piece)) + end


def expressions() -> list[Expression]:
    """All of them."""
    files = sorted(file for room in ROOMS for file in (ROOT / room).rglob("*.py"))
    return [found for file in files for found in _in_module(file)]


def _in_module(file: Path) -> Iterator[Expression]:
    text = file.read_text("utf-8")
    if not re.search(r"\bre\.", text):
        return
    tree = ast.parse(text)
    where = file.relative_to(ROOT).as_posix()
    named: dict[str, tuple[int, str, int]] = {}
    used: dict[str, set[str]] = {}
    compiled = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Call):
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            if _is_re(node.value, "compile") and isinstance(target, ast.Name):
                named[target.id] = (node.lineno, *_pattern_of(node.value))
                compiled.add(node.value)
        if isinstance(node, ast.Attribute) and node.attr in _FUNCTIONS and isinstance(node.value, ast.Name):
            used.setdefault(node.value.id, set()).add(node.attr)
    for name, (line, pattern, flags) in named.items():
        if not pattern:  # it is computed: the module has it
            found = getattr(import_module(f"tfprep.{where.removesuffix('.py').replace('/', '.')}"), name)
        else:
            found = re.compile(pattern, flags)
        functions = tuple(sorted(used.get(name, {"search"})))
        yield Expression(f"{where}:{line}", found.pattern, found.flags & ~re.UNICODE, functions)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _is_re(node) and node not in compiled:
            function = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            name = function if function in _FUNCTIONS else "search"
            yield Expression(f"{where}:{node.lineno}", *_pattern_of(node), (name,))


def _is_re(call: ast.Call, name: str = "") -> bool:
    function = call.func
    return (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id == "re"
        and function.attr in ({name} if name else _FUNCTIONS | {"compile"})
    )


def _pattern_of(call: ast.Call) -> tuple[str, int]:
    """The pattern of a call and its flags; empty where it is computed."""
    try:
        pattern = ast.literal_eval(call.args[0])
        if isinstance(pattern, bytes):  # the same in Latin-1, where a byte is a character
            pattern = pattern.decode("latin-1")
    except ValueError:
        pattern = ""
    flags = sum(
        getattr(re, node.attr)
        for argument in [*call.args[1:], *(keyword.value for keyword in call.keywords)]
        for node in ast.walk(argument)
        if isinstance(node, ast.Attribute) and isinstance(getattr(re, node.attr, None), re.RegexFlag)
    )
    return pattern, int(flags)


def _atoms(parsed: Any) -> Iterator[str]:
    """Pieces of text that parts of an expression ask for."""
    run = ""
    for operation, value in parsed:
        if operation is sre.LITERAL:
            run += chr(value)
            yield chr(value)
        else:
            if run:
                yield run
            run = ""
            yield from _inside(operation, value)
    if run:
        yield run


def _inside(operation: Any, value: Any) -> Iterator[str]:
    if operation is sre.IN:
        yield from itertools.islice(_of_set(value), 4)
    elif operation in {sre.ANY, sre.NOT_LITERAL}:
        yield "x"
    elif operation is sre.CATEGORY:
        yield from _CATEGORIES[value]
    elif operation is sre.SUBPATTERN:
        yield from _atoms(value[-1])
    elif operation is sre.BRANCH:
        for branch in value[1]:
            yield from _atoms(branch)
    elif operation in {sre.MAX_REPEAT, sre.MIN_REPEAT} or operation.name == "POSSESSIVE_REPEAT":
        yield from _atoms(value[2])
    elif operation in {sre.ASSERT, sre.ASSERT_NOT}:
        yield from _atoms(value[1])
    elif operation.name == "ATOMIC_GROUP":
        yield from _atoms(value)


def _of_set(parts: Any) -> Iterator[str]:
    negated = any(operation is sre.NEGATE for operation, _ in parts)
    if negated:
        yield from "x1 "
        return
    for operation, value in parts:
        if operation is sre.LITERAL:
            yield chr(value)
        elif operation is sre.RANGE:
            yield chr(value[0])
            yield chr(value[1])
        elif operation is sre.CATEGORY:
            yield from _CATEGORIES[value]
