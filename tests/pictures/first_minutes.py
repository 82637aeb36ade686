"""A learner's first five minutes in a terminal, recorded: real commands, a real training, drawn by rich.

`python -m tests.pictures.first_minutes` makes it alone.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from tfprep.problems import find

from .camera import PICTURES, ROOT

WIDTH: Final = 88
FOLDER: Final = "problem1_regression"
FIRST: Final = (
    "tfprep start problem1",
    f"cd {FOLDER}",
    "python starter.py",
    "tfprep check",
    'tfprep submit -m "first try"',
    "tfprep history",
)
"""What is typed. Before the third, somebody fills the gaps."""
SHOWN_AS: Final = "~/.local/share/tfprep"
LAST_LINES: Final = 3
"""Of what a training prints."""
_CONTROL: Final = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_DRAWN: Final = re.compile(r"^[\u2800-\u28ff] ")
"""A frame of what turns while somebody waits."""

TERMINAL = """<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; \
font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
.{unique_id}-title {{ font-family: system-ui, sans-serif; font-size: 18px; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
"""rich's drawing of a terminal, with the reader's own fonts: its usual form fetches one."""


def record_first_minutes(folder: Path) -> None:
    """Types the commands in a new home, and draws what they print."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    console = Console(record=True, width=WIDTH, file=open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123,SIM115
    for command in FIRST:
        console.print(Text(f"$ {command}", "bold"))
        if command == "python starter.py":
            solution = (find("1").folder / "ordinary.py").read_text("utf-8")
            (folder / FOLDER / "starter.py").write_text(solution, "utf-8")
        for line in _printed(command, folder):
            console.print(line, soft_wrap=False)
    draw(console, "first-minutes", "the first five minutes")


def draw(console: Console, name: str, title: str) -> None:
    """What a console has recorded, as a picture."""
    drawing = console.export_svg(title=title, code_format=TERMINAL, unique_id=name)
    (PICTURES / f"{name}.svg").write_text(drawing, "utf-8")


def _printed(command: str, folder: Path) -> list[Text]:
    """What a command says to a person: first what it tells meanwhile, then what it prints."""
    program, *words = shlex.split(command)
    if program == "cd":
        return []
    home = folder / "home"
    started = [sys.executable, *(words if program == "python" else ["-m", "tfprep.cli", *words])]
    place = folder / FOLDER
    ended = subprocess.run(
        started,
        cwd=place if place.is_dir() else folder,
        # Nobody's engine: what a learner without Docker sees.
        env={
            **os.environ,
            "TFPREP_HOME": str(home),
            "TFPREP_LEARNER": "amina",
            "PYTHONPATH": str(ROOT / ".src"),
            "DOCKER_HOST": "tcp://127.0.0.1:9",
            "FORCE_COLOR": "1",
            "COLUMNS": str(WIDTH),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode > 1:
        raise SystemExit(f"{command} ended with {ended.returncode}: {ended.stderr}")
    if program == "python":
        last = _CONTROL.sub("", ended.stdout).splitlines()[-LAST_LINES:]
        return [Text("...", "dim"), *map(Text, last)]
    told = (_CONTROL.sub("", each).rstrip() for each in re.split("[\r\n]", ended.stderr))
    lines = dict.fromkeys(_DRAWN.sub("", each) for each in told if each and "\u2501" not in each)
    printed = ended.stdout.replace(str(home), SHOWN_AS)
    return [*(Text(line, "dim") for line in lines), *Text.from_ansi(printed).split()]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        record_first_minutes(Path(made))
