"""design/map.md says what is true: its diagram is that of the imports, and every module it names is there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import grimp
import pytest

import tfprep

ROOT = Path(tfprep.__file__).resolve().parent
MAP = (ROOT / "design" / "map.md").read_text(encoding="utf-8")
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
    "contracts"
]
WITHIN_THE_SANDBOX = ("sandbox.host", "sandbox.protocol", "sandbox.worker")


def layers() -> list[set[str]]:
    """The rooms from the top floor down, as the import contracts have them."""
    (downward,) = [each for each in CONTRACTS if each["name"] == "Imports run downward"]
    return [
        {room.strip().removeprefix("tfprep.") for room in floor.split("|")} for floor in downward["layers"]
    ]


def room_of(module: str) -> str:
    """The room that a module stands in; the sandbox's three parts are rooms of their own."""
    inner = module.removeprefix("tfprep.")
    for part in WITHIN_THE_SANDBOX:
        if inner == part or inner.startswith(f"{part}."):
            return part
    return inner.partition(".")[0]


def real_imports() -> set[tuple[str, str]]:
    """(room, room that it imports), read from the code."""
    graph = grimp.build_graph("tfprep", cache_dir=None)
    pairs = {
        (room_of(module), room_of(imported))
        for module in graph.modules
        for imported in graph.find_modules_directly_imported_by(module)
    }
    # The package itself holds the version, and the sandbox's door only hands on what its host offers.
    return {(one, other) for one, other in pairs if one != other and "tfprep" not in (one, other)}


def drawn_imports() -> set[tuple[str, str]]:
    """(room, room that it imports), read from the diagram."""
    (diagram,) = re.findall(r"```mermaid\n(.*?)```", MAP, re.DOTALL)
    arrows = set()
    for line in diagram.splitlines():
        if "-->" in line:
            left, right = line.strip().split(" --> ")
            arrows |= {(one, other) for one in left.split(" & ") for other in right.split(" & ")}
    return arrows


def test_the_diagram_shows_the_imports_between_rooms_and_no_other() -> None:
    assert drawn_imports() == real_imports()


def test_every_arrow_of_the_diagram_runs_downward_as_the_contracts_say() -> None:
    floor = {room: number for number, rooms in enumerate(layers()) for room in rooms}
    floor |= dict.fromkeys(("sandbox.host", "sandbox.worker"), floor["sandbox"])
    floor["sandbox.protocol"] = floor["sandbox"] + 0.5  # type: ignore[assignment]
    assert [arrow for arrow in drawn_imports() if floor[arrow[0]] > floor[arrow[1]]] == []


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`([a-z0-9_/]+\.py)`", MAP))))
def test_every_module_on_the_map_is_there(path: str) -> None:
    assert (ROOT / path).is_file(), f"design/map.md names {path}"
