"""Scripts as editors and notebooks write them: read as Python would, or refused by the line."""

import ast
import contextlib
import io
import time
from pathlib import Path

import pytest

from tfprep.sandbox import ArtifactKind

from .model_files import read, refusal, write

SCRIPT = "import tensorflow as tf\n# Größe: 5 €\nwords = 'Größe'\n"


def artifact(path: Path, content: bytes) -> bytes:
    submission = read(write(path, content))
    assert submission.kind is ArtifactKind.SCRIPT, submission.refusal
    return submission.artifact


def words_in(script: bytes) -> object:
    """What a script assigns to `words`, read by Python itself."""
    scope: dict[str, object] = {}
    tree = ast.parse(script)
    tree.body = [node for node in tree.body if isinstance(node, ast.Assign)]
    exec(compile(tree, "script", "exec"), scope)
    return scope["words"]


def printed_by(script: bytes) -> str:
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        exec(compile(script, "script.py", "exec"), {})
    return shown.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        SCRIPT.encode(),
        SCRIPT.encode("utf-8-sig"),
        SCRIPT.replace("\n", "\r\n").encode(),
        b"# -*- coding: cp1252 -*-\n" + SCRIPT.encode("cp1252"),
        b"#!/usr/bin/python\n# vim: set fileencoding=latin-1 :\n"
        + SCRIPT.replace("€", "E").encode("latin-1"),
    ],
)
def test_a_script_that_python_reads_goes_on_unchanged(tmp_path: Path, content: bytes) -> None:
    assert artifact(tmp_path / "starter.py", content) == content
    assert words_in(content) == "Größe"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("coding", ["", "# -*- coding: utf-16 -*-\n"])
def test_a_script_that_windows_saved_as_unicode_is_read(tmp_path: Path, encoding: str, coding: str) -> None:
    mark = "" if encoding in {"utf-16", "utf-32"} else "\ufeff"
    script = artifact(tmp_path / "starter.py", (mark + coding + SCRIPT).encode(encoding))
    assert words_in(script) == "Größe"


def test_a_script_in_another_encoding_without_a_coding_line_names_the_line(tmp_path: Path) -> None:
    code, message = refusal(write(tmp_path / "starter.py", SCRIPT.encode("cp1252")))
    assert code == "script_encoding"
    assert "line 2" in message
    assert "UTF-8" in message


@pytest.mark.parametrize("codec", ["punycode", "idna", "unicode_escape", "utf_7", "rot13", "nonsense"])
def test_a_coding_line_of_no_character_set_is_not_followed(tmp_path: Path, codec: str) -> None:
    content = f"# coding: {codec}\n".encode() + SCRIPT.encode()
    assert refusal(write(tmp_path / "starter.py", content))[0] in {"script_encoding", "not_a_model"}


NOTEBOOK = """# -*- coding: utf-8 -*-
!pip install -q tensorflow
%matplotlib inline
import os
if True:
    !mkdir -p saved
    %%time
!pip install \\
    keras
text = QQQ
!this is text
%so is this
QQQ
print(os.sep, 7 % 4, text)
os?
get_ipython().run_line_magic('matplotlib', 'inline')
get_ipython().system('pip install -q tensorflow')
""".replace("QQQ", "'" * 3)


def test_what_only_prepares_a_notebook_is_left_out_and_said(tmp_path: Path) -> None:
    script = artifact(tmp_path / "starter.py", NOTEBOOK.encode())
    assert len(script.splitlines()) == len(NOTEBOOK.splitlines())
    shown = printed_by(script)
    assert "/ 3 \n!this is text\n%so is this\n" in shown
    for line in (2, 3, 6, 7, 8, 15, 16, 17):
        assert f"Line {line} is for notebooks only, and was left out: " in shown
    assert "!pip install -q tensorflow" in shown


@pytest.mark.parametrize(
    "line",
    [
        "%%bash",
        "%%writefile helper.py",
        "files = !ls data",
        "get_ipython().run_cell_magic('time', '', 'model.fit(x, y)')",
    ],
)
def test_a_notebook_line_whose_meaning_would_be_lost_is_named(tmp_path: Path, line: str) -> None:
    code, message = refusal(write(tmp_path / "starter.py", f"import os\n{line}\nprint(1)\n".encode()))
    assert code == "notebook_line"
    assert "Line 2" in message


def test_a_mistake_in_python_is_no_notebook_line(tmp_path: Path) -> None:
    code, message = refusal(write(tmp_path / "starter.py", b"import os\n!pip install x\nif x\n"))
    assert code == "script_syntax"
    assert "line 3" in message


def test_a_script_of_nothing_but_notebook_lines_ends_soon(tmp_path: Path) -> None:
    assert refusal(write(tmp_path / "starter.py", b"import os\n" + b"!x\n" * 40_000))[0] == "script_syntax"


def test_a_character_at_any_place_of_a_long_first_line_is_read(tmp_path: Path) -> None:
    for length in range(4_090, 4_100):
        content = b"import os; words = '" + b"x" * length + "é'\n".encode()
        assert artifact(tmp_path / "starter.py", content) == content


def test_many_empty_lines_cost_nothing(tmp_path: Path) -> None:
    assert refusal(write(tmp_path / "starter.py", b"\n" * 9_000_000))[0] == "text_file"


def test_a_note_on_a_line_left_out_fits_into_any_encoding(tmp_path: Path) -> None:
    """A long line is shortened by a character that latin-1 lacks."""
    script = "# coding: latin-1\nimport os\nprint('é')\n!pip install " + "x" * 200 + "\n"
    found = artifact(tmp_path / "starter.py", script.encode("latin-1")).decode("utf-8")
    assert "print('é')" in found
    assert "was left out: !pip install xxx" in found
    assert "latin-1" not in found


def test_many_notebook_lines_at_the_end_of_a_long_script_end_soon(
    tmp_path: Path,
) -> None:
    """Each costs a reading of the whole script: 40 of them took 22 seconds on a busy machine."""
    long = b"import os\n" + b"x=[1,2,3]+[4,5,6]\n" * 6_500
    began = time.perf_counter()
    assert artifact(tmp_path / "starter.py", long + b"!x\n").startswith(long)
    once = time.perf_counter() - began
    began = time.perf_counter()
    assert refusal(write(tmp_path / "starter.py", long + b"!x\n" * 40))[0] == "script_syntax"
    assert time.perf_counter() - began < 12 * once + 2
