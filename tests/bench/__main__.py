"""`python -m tests.bench [NAME …]`: measures, and prints one table."""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from .material import Material
from .row import Row

Benchmark = Callable[[Material], Iterator[Row]]


def single(material: Material) -> Iterator[Row]:
    """One learner's submit, cold and warm."""
    from .single import measure

    return measure(material)


def cohort(material: Material) -> Iterator[Row]:
    """Two hundred submissions beside three other ways to grade them."""
    from .cohort import measure

    return measure(material)


def scale(material: Material) -> Iterator[Row]:
    """A thousand submissions: whether the last ones cost more than the first."""
    from .scale import measure

    return measure(material)


def orchestration(material: Material) -> Iterator[Row]:
    """Ten thousand submissions with predictions that cost nothing."""
    from .orchestration import measure

    return measure(material)


def cluster(material: Material) -> Iterator[Row]:
    """The same over the hosts of a Dask cluster."""
    from .cluster import measure

    return measure(material)


def pages(material: Material) -> Iterator[Row]:
    """The gradebook and the pages of a large cohort."""
    from .pages import measure

    return measure(material)


BENCHMARKS: Final[dict[str, Benchmark]] = {
    "single": single,
    "cohort": cohort,
    "scale": scale,
    "orchestration": orchestration,
    "cluster": cluster,
    "pages": pages,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures what is named, or everything."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description="Measures, and prints one table."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}; else all")
    names = parser.parse_args(arguments).names
    if unknown := set(names) - set(BENCHMARKS):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    console = Console()
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as scratch:
        material = Material(Path(scratch), console)
        rows = [row for name in names or BENCHMARKS for row in BENCHMARKS[name](material)]
    console.print(tabulate(rows))
    load = f"{before:.1f} before and {os.getloadavg()[0]:.1f} after, own work included"
    console.print(f"{os.cpu_count()} cores; load {load}.")


def tabulate(rows: Iterable[Row]) -> Table:
    """Everything that was measured."""
    table = Table("what", "beside", "seconds", "seconds beside", "ratio", "promised")
    for row in rows:
        table.add_row(*row.cells())
    return table


if __name__ == "__main__":
    main()
