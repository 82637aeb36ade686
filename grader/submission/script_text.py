"""A training script as text: decoded as Python would, and without what only a notebook understands.

A notebook that is saved as a script keeps lines such as `!pip install ...` and `%matplotlib inline`, or
`get_ipython().system(...)` in their place. They are no Python, or call what is not there. Those that only
prepare the machine are left out, and the script prints which; any other line is named and refused.
"""

from __future__ import annotations

import ast
import codecs
import io
import re
import tokenize
import warnings
from typing import Final

from ...files.text import one_line

SCRIPT_BYTES: Final = 256 * 2**10
_NOTEBOOK_BYTES: Final = 128 * 2**10
"""Above this size a script is not read again and again for a notebook's lines."""
_MOST_LINES: Final = 40
"""Notebook lines that are left out of one script."""
_MOST_PARSED: Final = 2**20
"""Bytes that Python reads for that: after each such line it reads the whole script again."""
_BOMS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Longest first: one of UTF-32 begins like one of UTF-16."""
_CODECS: Final = re.compile(r"utf-8(-sig)?|ascii|(iso8859|cp|koi8|mac|gb|big5|shift|euc)[-_a-z0-9]*")
"""Character sets. Python has codecs of other kinds, some of which take quadratic time."""
_IMPORT: Final = re.compile(r"^[ \t]*(?:import|from)[ \t]+\w", re.MULTILINE)
_CODING: Final = re.compile(r"[ \t\f]*#[^\n]*?coding[:=][ \t]*[-\w.]+")
_MAGIC: Final = re.compile(r"[ \t]*(?:[!?]|%%?[A-Za-z])")
_CELL: Final = re.compile(r"[ \t]*%%(?!time\b|capture\b)")
"""A cell magic that takes the rest of its cell for something else than Python to be run."""
_ASSIGNED: Final = re.compile(r"[ \t]*\w+[ \t]*=[ \t]*[!%]")
_CALLS: Final = frozenset({"system", "run_line_magic", "magic"})


class NotAScript(Exception):
    """A text that is meant to be a script, and cannot be run. The message is for its author."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def decode_script(content: bytes) -> str | None:
    """A text file's text; None for what is none. Its first bytes or its coding line tell the encoding."""
    encoding = _encoding(content)
    if encoding is None:
        return None
    try:
        text = content.decode(encoding)
    except (UnicodeError, LookupError):
        return None
    return None if "\0" in text else text


def read_script(content: bytes, *, is_named_so: bool) -> bytes | None:
    """A script as Python can run it: the same bytes wherever these can; None for what is no script.

    Args:
        content: the bytes of a file.
        is_named_so: whether it is called .py, so that damage to it is told as damage to a script.

    Raises:
        NotAScript: a script too long or too deep, not valid Python, not decodable, or one with a notebook's
            line that cannot be left out.
    """
    text = decode_script(content)
    if text is None:
        _refuse_undecodable(content)
        return None
    if not _IMPORT.search(text):
        return None
    if len(text) > SCRIPT_BYTES:
        raise NotAScript(
            "script_too_long", "The script is longer than 256 KiB. Submit the training code alone."
        )
    try:
        runnable = _without_notebook_lines(text)
    except SyntaxError as error:
        if not is_named_so:
            return None
        message = f"The script is not valid Python: {error.msg} (line {error.lineno})."
        raise NotAScript("script_syntax", message) from error
    except (RecursionError, MemoryError, ValueError) as error:
        raise NotAScript("script_too_deep", "The script is nested too deeply for Python to read.") from error
    # Python reads neither UTF-16 nor UTF-32; a note on a line left out may need characters that others lack.
    if runnable == text and _encoding(content) not in {"utf-16", "utf-32"}:
        return content
    return _without_coding_line(runnable).encode()


def _encoding(content: bytes) -> str | None:
    """How Python would decode a script; UTF-16 and UTF-32 too, which it would not; None for no text."""
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return encoding
    if b"\0" in content:
        return None
    try:
        found, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    except SyntaxError:
        return None
    name = codecs.lookup(found).name
    return found if _CODECS.fullmatch(name) else None


def _refuse_undecodable(content: bytes) -> None:
    """Names the line of a script that holds a byte that Python cannot read."""
    if b"\0" in content or len(content) > SCRIPT_BYTES or not _IMPORT.search(content.decode("latin-1")):
        return
    try:
        content.decode("utf-8")
        line = 1
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
    raise NotAScript(
        "script_encoding",
        f"The script is not in UTF-8: Python cannot read a character in line {line}. Save it as UTF-8.",
    )


def _without_coding_line(text: str) -> str:
    first, *rest = text.split("\n", 2)
    head = ["#" if _CODING.match(line) else line for line in (first, *rest[:1])]
    return "\n".join([*head, *rest[1:]])


def _without_notebook_lines(text: str) -> str:
    """The text, where it is valid Python; else with a notebook's lines left out, if it is then.

    Raises:
        SyntaxError: it is not valid Python, for another reason.
    """
    try:
        tree = _parse(text)
    except SyntaxError:
        if len(text) > _NOTEBOOK_BYTES:
            raise
        tree, text = _leave_out_magics(_lines(text))
    if "get_ipython()" not in text:
        return text
    lines = _lines(text)
    for call in _notebook_calls(tree):
        _leave_out(lines, call.lineno, call.end_lineno or call.lineno)
    changed = "\n".join(lines)
    _parse(changed)
    return changed


def _parse(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def _lines(text: str) -> list[str]:
    """The lines as Python counts them."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _leave_out_magics(lines: list[str]) -> tuple[ast.Module, str]:
    """Leaves out the lines at which Python stops and a notebook would not, one after the other."""
    size = sum(map(len, lines)) + len(lines)
    for _ in range(min(_MOST_LINES, max(1, _MOST_PARSED // size))):
        try:
            return _parse("\n".join(lines)), "\n".join(lines)
        except SyntaxError as error:
            number = error.lineno or 0
            line = lines[number - 1] if 0 < number <= len(lines) else ""
            if _CELL.match(line) or _ASSIGNED.match(line):
                raise _notebook_line(number, line) from error
            if not _MAGIC.match(line) and not line.rstrip().endswith("?"):
                raise
            last = number
            while lines[last - 1].endswith("\\") and last < len(lines):
                last += 1
            _leave_out(lines, number, last)
    return _parse("\n".join(lines)), "\n".join(lines)


def _notebook_calls(tree: ast.Module) -> list[ast.Expr]:
    """The statements `get_ipython().system(...)` and their like, as nbconvert writes them."""
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
            continue
        called = node.value.func
        if not isinstance(called, ast.Attribute) or not _is_get_ipython(called.value):
            continue
        if called.attr not in _CALLS:
            raise _notebook_line(node.lineno, f"get_ipython().{called.attr}(...)")
        found.append(node)
    return found


def _is_get_ipython(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "get_ipython"


def _leave_out(lines: list[str], first: int, last: int) -> None:
    """Puts a line that prints what was left out in the place of lines `first` to `last`, counted from 1."""
    line = lines[first - 1]
    indent = line[: len(line) - len(line.lstrip(" \t"))]
    note = f"Line {first} is for notebooks only, and was left out: {one_line(line, 80)}"
    lines[first - 1] = f"{indent}print({note!r})"
    lines[first:last] = [""] * (last - first)


def _notebook_line(number: int, line: str) -> NotAScript:
    return NotAScript(
        "notebook_line",
        f"Line {number} of the script is for notebooks only, and cannot be left out: {one_line(line, 60)!r}. "
        "Remove it or write it in Python, and submit the script again.",
    )
