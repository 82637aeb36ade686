"""What several commands let one choose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pathlib import Path

    from ..grader.services import SubmissionRequest
    from ..sandbox.host.select_sandbox import Choice

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON value instead of a table.")
problem_choice = click.option("--problem", "problem_name", metavar="NAME", help="Needed outside a workspace.")
data_choice = click.option(
    "--data", "data_source", metavar="auto|tfds|package|PATH", help="Which data. PATH: a mentor's own files."
)
sandbox_choice = click.option(
    "--sandbox",
    "choice",
    type=click.Choice(["auto", "docker", "local"]),
    default="auto",
    show_default=True,
    help="Where the model runs. `auto` takes Docker when an engine answers.",
)
gpu_choice = click.option(
    "--gpus", metavar="N|all|none|IDS", help="GPUs for the Docker sandbox.  [default: $TFPREP_GPUS, or auto]"
)


@dataclass(frozen=True)
class Wish:
    """What every command that grades lets one choose."""

    problem_name: str | None
    data_source: str | None
    choice: Choice
    gpus: str | None

    def request(self, path: Path | None) -> SubmissionRequest:
        """What is to be graded."""
        from ..grader.services import SubmissionRequest

        return SubmissionRequest(path, self.problem_name, self.data_source)


def grading_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options of a `Wish`."""
    return problem_choice(data_choice(sandbox_choice(gpu_choice(command))))
