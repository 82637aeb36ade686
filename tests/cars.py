"""Cars that anybody may see: their miles per gallon follow from their weight alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np

RULES = """
name = "spring"
[problems.regression]
data = "cars.csv"
bands = [5.0, 4.0, 3.0, 2.0, 1.0]
"""
"""A cohort's, graded on these cars."""
COLUMNS = "cylinders,displacement,horsepower,weight,acceleration,model_year,usa,europe,japan,mpg"


def write_cars(path: Path) -> None:
    """Four hundred of them, as a mentor's own data for problem 1."""
    random = np.random.default_rng(0)
    lines = [COLUMNS]
    for _ in range(400):
        weight = random.integers(1500, 5000)
        origin = ["1,0,0", "0,1,0", "0,0,1"][random.integers(3)]
        rest = f"{random.integers(3, 9)},{random.integers(70, 450)},{random.integers(50, 230)}"
        lines.append(
            f"{rest},{weight},{random.integers(8, 25)},{random.integers(70, 83)},{origin},{10 + weight / 100}"
        )
    path.write_text("\n".join(lines))
