"""The house stays in order: heavy packages stay out of the way, and what is offered is documented."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import tfprep
from tfprep.cli import tfprep as root

ROOT = Path(tfprep.__file__).resolve().parent
HEAVY = ("tensorflow", "keras", "docker", "sqlalchemy", "matplotlib", "pandas", "tensorflow_datasets")
HEAVY += ("alembic", "cryptography", "jinja2", "pydantic", "scipy")


def commands(group: click.Group, words: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], click.Command]]:
    found: list[tuple[tuple[str, ...], click.Command]] = []
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        found.append(((*words, name), command))
        if isinstance(command, click.Group):
            found += commands(command, (*words, name))
    return found


def loaded_by(arguments: list[str]) -> set[str]:
    """The heavy packages that `tfprep ARGUMENTS` has imported by the time it ends."""
    code = (
        "import sys, tfprep.cli\n"
        f"tfprep.cli.tfprep({arguments!r}, standalone_mode=False)\n"
        f"print('loaded:', *({set(HEAVY)!r} & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT / ".src"
    )
    return set(run.stdout.splitlines()[-1].split()[1:])


def test_help_loads_nothing_heavy() -> None:
    assert loaded_by(["--help"]) == set()


def test_listing_the_problems_loads_nothing_heavy() -> None:
    assert loaded_by(["problems"]) == set()


def test_readiness_loads_the_ledger_and_nothing_else_that_is_heavy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TFPREP_HOME", str(tmp_path))
    assert loaded_by(["ready"]) - {"alembic"} == {"sqlalchemy"}


def test_every_command_is_explained() -> None:
    for words, command in commands(root):
        assert command.help, f"tfprep {' '.join(words)} has no help"


def test_what_a_command_does_is_one_line_that_80_columns_do_not_cut_off() -> None:
    for words, command in [((), root), *commands(root)]:
        line = (command.help or "").split("\n\n")[0].strip()
        assert "\n" not in line, f"tfprep {' '.join(words)}: {line}"
        if isinstance(command, click.Group):
            listed = CliRunner().invoke(command, ["--help"], terminal_width=80).output
            assert "..." not in listed.split("Commands:")[1], listed


def test_every_command_stands_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    for words, command in commands(root):
        if not isinstance(command, click.Group):
            assert f"tfprep {' '.join(words)}" in readme, f"tfprep {' '.join(words)} is missing in README.md"


@pytest.mark.parametrize(("misspelt", "meant"), [("histroy", "history"), ("submitt", "submit")])
def test_a_misspelt_command_gets_the_nearest_one_offered(misspelt: str, meant: str) -> None:
    # A process of its own: another test may have imported every command already.
    run = subprocess.run(
        [sys.executable, "-m", "tfprep.cli", misspelt],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT / ".src",
    )
    assert run.returncode == 2
    assert f"No such command '{misspelt}'. Did you mean '{meant}'?" in run.stderr


def test_the_tests_of_a_file_share_a_process(request: pytest.FixtureRequest) -> None:
    """pytest-xdist writes the group of a test into its id, and says nothing where pytest takes no notice."""
    if getattr(request.config.option, "loadgroup", False):
        assert request.node.nodeid.endswith("@house"), "Install the versions of constraints.txt."
