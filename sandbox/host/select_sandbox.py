"""Which sandbox a piece of work gets. One's own work may fall back to local; other people's never does."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Final, Literal

from ...errors import SandboxUnavailable
from .sandbox import Sandbox

Choice = Literal["auto", "docker", "local"]
_START_DOCKER: Final = (
    "Install or start Docker, then run `tfprep sandbox build`; `tfprep doctor` shows what is missing."
)


def for_own_work(choice: Choice, tell: Callable[[str], None], gpus: str | None = None) -> Sandbox:
    """A sandbox for what its author submits themselves. `auto` takes Docker where an engine and an image are.

    `gpus` is for Docker: "auto", "all", "none", a number, or ids; None leaves it to the environment.

    Raises:
        SandboxUnavailable: Docker was asked for and there is none.
    """
    if choice == "local":
        return _local()
    if choice == "docker":
        return _docker(gpus)
    try:
        return _docker(gpus)
    except SandboxUnavailable as error:
        tell(f"{error.what.rstrip('.')}: your model runs as a plain process on this machine.")
        return _local()


def for_others_work(choice: Choice, tell: Callable[[str], None], gpus: str | None = None) -> Sandbox:
    """A sandbox for other people's work: Docker or nothing.

    Raises:
        SandboxUnavailable: there is no Docker, or local was asked for.
    """
    if choice == "local":
        raise SandboxUnavailable(
            "Other people's models are programs, and the local sandbox cannot hold them.", _START_DOCKER
        )
    return _docker(gpus)


def _local() -> Sandbox:
    from .local import LocalSandbox

    return LocalSandbox()


def _docker(gpus: str | None) -> Sandbox:
    from .container import DockerOptions, DockerSandbox, engine_answers

    if not engine_answers():
        raise SandboxUnavailable("No Docker engine answers", _START_DOCKER)
    options = DockerOptions.from_environment(os.environ)
    return DockerSandbox(options if gpus is None else replace(options, gpus=gpus))
