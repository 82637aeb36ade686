"""The door to the Docker engine: the only module that loads the `docker` package.

    connect()            a client of the engine that DOCKER_HOST (or the usual socket) names
    engine_answers()     whether there is one
    translated("…")      what goes wrong inside becomes SandboxUnavailable, with what to do about it

Other modules are handed a client and need to know nothing of the package's errors.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from ...errors import SandboxUnavailable

if TYPE_CHECKING:
    from docker import APIClient

    Client: TypeAlias = APIClient

PATIENCE: Final = 60.0
"""Seconds the engine may take for one ordinary request."""

GONE, GOING = 404, 409
"""What the engine answers when asked to remove what is not there, or is being removed."""

REMEDIES: Final = {
    "no space left on device": "Its disk is full: `tfprep sandbox prune` and `docker system prune` help.",
    "permission denied": "Your account may not use the engine: join the group `docker`.",
    "no such image": "Build the sandbox's image: tfprep sandbox build",
    "could not select device driver": "Install the NVIDIA container toolkit, or use --gpus none.",
    "unknown runtime": "The engine does not know the runtime that TFPREP_RUNTIME names.",
    "unknown or invalid runtime": "The engine does not know the runtime that TFPREP_RUNTIME names.",
    "connection refused": "Start the engine, or set DOCKER_HOST to where it listens.",
    "no such file or directory": "Start the engine, or set DOCKER_HOST to where it listens.",
    "timed out": "The engine is busy or gone: look at `docker info`.",
}
"""What to do, by words in the engine's message: it has no codes for these."""


def connect(patience: float = PATIENCE) -> Client:
    """A client of the engine, which has answered.

    Raises:
        SandboxUnavailable: there is no engine, or none that talks to us.
    """
    from docker.utils import kwargs_from_env

    with translated(f"No Docker engine answers at {engine_address()}"):
        client = _client_class()(timeout=int(patience), **kwargs_from_env())
        client.ping()
    return client


def _client_class() -> type[Client]:
    from docker import APIClient

    class ClientOfItsOwnAuthority(APIClient):
        """Checks an engine by DOCKER_CERT_PATH, also where REQUESTS_CA_BUNDLE names others for the web."""

        def merge_environment_settings(
            self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any
        ) -> Any:
            verify = self.verify if verify is None else verify
            return super().merge_environment_settings(url, proxies, stream, verify, cert)

    return ClientOfItsOwnAuthority


def engine_answers() -> bool:
    """Whether a Docker engine is there and talks to us, asked with little patience."""
    try:
        connect(patience=5.0).close()
    except SandboxUnavailable:
        return False
    return True


def remove_container(client: Client, container: str) -> bool:
    """Ends a container and removes it; False where somebody else was first.

    Raises:
        SandboxUnavailable: the engine cannot be reached, or would not.
    """
    from docker.errors import APIError

    with translated("The engine could not remove a container"):
        try:
            client.remove_container(container, force=True, v=True)
        except APIError as error:
            if error.status_code in (GONE, GOING):
                return False
            raise
    return True


def engine_address() -> str:
    """Where the engine is looked for."""
    return os.environ.get("DOCKER_HOST") or "the usual socket"


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Raise SandboxUnavailable(what: cause, remedy) for anything the engine or the way to it does wrong."""
    from docker.errors import DockerException
    from requests.exceptions import RequestException
    from urllib3.exceptions import HTTPError

    try:
        yield
    except (DockerException, RequestException, HTTPError, OSError, ValueError) as error:
        cause = explanation(error)
        raise SandboxUnavailable(f"{what}: {cause}", remedy_for(cause)) from error


def explanation(error: BaseException) -> str:
    """The engine's own sentence where it gave one, else the error's last words."""
    told = getattr(error, "explanation", None)
    if isinstance(told, bytes):
        told = told.decode(errors="replace")
    text = str(told or error) or type(error).__name__
    return " ".join(text.split())[:400].rstrip(".")


def remedy_for(cause: str) -> str:
    """What the person at the keyboard can do about it; `tfprep doctor` where we have nothing better."""
    lower = cause.lower()
    return next(
        (remedy for words, remedy in REMEDIES.items() if words in lower), "See what `tfprep doctor` says."
    )
