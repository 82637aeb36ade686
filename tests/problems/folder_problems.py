"""Folders of problems that are no part of tfprep, made up for tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np

HOUSES = """
title = "Houses"
task = "Predict what a house costs from its measures."
trains = "scaling inside the model"
category = "A"
kind = "table"
data = "houses.csv"
metric = "mean absolute error"
unit = "kEUR"
bands = [80, 60, 40, 30, 20]

[table]
target = "Price (k€)"
columns = [
    { name = "area", header = "Living area" },
    { name = "rooms", missing = 3 },
    { name = "town", values = ["Bonn", "Köln am Rhein"] },
]
"""


def write_houses(place: Path, name: str = "houses", text: str = HOUSES, rows: int = 120) -> Path:
    """A problem on a table with words and gaps."""
    folder = place / name
    folder.mkdir(parents=True)
    (folder / "problem.toml").write_text(text, "utf-8")
    for script in ("reference", "ordinary", "naive"):
        (folder / f"{script}.py").write_text('"""A solution."""\n\n# AS IN THE STARTER\n', "utf-8")
    (folder / "statement.md").write_text("# Houses\n\n| full marks | as measured |\n", "utf-8")
    random = np.random.default_rng(0)
    lines = ["Living area,rooms,town,Price (k€)"]
    for row in range(rows):
        area, town = random.integers(40, 200) + row / 1000, ("Bonn", "Köln am Rhein", "Aachen")[row % 3]
        lines.append(f"{area},{'' if row % 10 == 0 else row % 5 + 1},{town},{2 * area + 10 * (row % 3):g}")
    (folder / "houses.csv").write_text("\n".join(lines) + "\n", "utf-8")
    return folder
