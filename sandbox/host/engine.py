"""The door to the Docker engine: the only module that loads the `docker` package.

    connect()               a client of the engine that DOCKER_HOST (or the usual socket) names
    engine_answers()        whether there is one
    engine_errors("…")      what goes wrong inside becomes SandboxUnavailable, with what to do about it

Other modules get a client, and need to know nothing of the package's errors.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from ...errors import SandboxUnavailable
from ...files.text import one_line

if TYPE_CHECKING:
    from docker import APIClient

    Client: TypeAlias = APIClient

REQUEST_SECONDS: Final = 60.0
"""How long the engine may take for one ordinary request."""

_GONE: Final = (404, 409)
"""HTTP statuses for a container that is not there, or that is being removed already."""

REMEDIES: Final = {
    "no space left on device": "Its disk is full: `tfprep sandbox prune` and `docker system prune` help.",
    "permission denied": "Your account may not use the engine: join the group `docker`.",
    "no such image": "Build the sandbox's image: tfprep sandbox build",
    "could not select device driver": "Install the NVIDIA container toolkit, or use --gpus none.",
    "unknown runtime": "The engine does not know the runtime that TFPREP_RUNTIME names.",
    "unknown or invalid runtime": "The engine does not know the runtime that TFPREP_RUNTIME names.",
    "connection refused": "Start the engine, or set DOCKER_HOST to where it listens.",
    "no such file or directory": "Start the engine, or set DOCKER_HOST to where it listens.",
    "timed out": "The engine is busy or has ended: run `docker info`.",
}
"""What to do, by a part of the engine's message: it has no codes for these."""


def connect(timeout: float = REQUEST_SECONDS) -> Client:
    """A client of the engine, which has answered. Each request may take `timeout` seconds.

    Raises:
        SandboxUnavailable: there is no engine, or it refuses this user.
    """
    from docker.utils import kwargs_from_env

    with engine_errors(f"No Docker engine answers at {engine_address()}"):
        client = _client_class()(timeout=int(timeout), **kwargs_from_env())
        client.ping()
    return client


def _client_class() -> type[Client]:
    from docker import APIClient

    class ClientWithOwnCertificates(APIClient):
        """Checks an engine by DOCKER_CERT_PATH, also where REQUESTS_CA_BUNDLE names others for the web."""

        def merge_environment_settings(
            self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any
        ) -> Any:
            verify = self.verify if verify is None else verify
            return super().merge_environment_settings(url, proxies, stream, verify, cert)

    return ClientWithOwnCertificates


def engine_answers() -> bool:
    """Whether a Docker engine answers within five seconds."""
    try:
        connect(timeout=5.0).close()
    except SandboxUnavailable:
        return False
    return True


def remove_container(client: Client, container: str) -> bool:
    """Ends a container and removes it; False where it was already gone.

    Raises:
        SandboxUnavailable: the engine cannot be reached, or refuses.
    """
    from docker.errors import APIError

    with engine_errors("The engine could not remove a container"):
        try:
            client.remove_container(container, force=True, v=True)
        except APIError as error:
            if error.status_code in _GONE:
                return False
            raise
    return True


def engine_address() -> str:
    """Where the engine is expected."""
    return os.environ.get("DOCKER_HOST") or "the usual socket"


@contextmanager
def engine_errors(what: str) -> Iterator[None]:
    """Raises SandboxUnavailable(what: cause, remedy) for every error of the engine or of the way to it."""
    from docker.errors import DockerException
    from requests.exceptions import RequestException
    from urllib3.exceptions import HTTPError

    try:
        yield
    except (DockerException, RequestException, HTTPError, OSError, ValueError) as error:
        cause = explanation(error)
        raise SandboxUnavailable(f"{what}: {cause}", remedy_for(cause)) from error


def explanation(error: BaseException) -> str:
    """The engine's own sentence where it gave one, else the error's text; at most 400 characters."""
    given = getattr(error, "explanation", None)
    if isinstance(given, bytes):
        given = given.decode(errors="replace")
    return one_line(str(given or error) or type(error).__name__, 400).rstrip(".")


def remedy_for(cause: str) -> str:
    """What a person can do about this cause; `tfprep doctor` where there is nothing better."""
    lower = cause.lower()
    return next((remedy for words, remedy in REMEDIES.items() if words in lower), "Run `tfprep doctor`.")
