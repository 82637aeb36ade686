"""Checks of `tfprep doctor` for the user's own things: home, ledger, packages."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from ..errors import LedgerUnavailable
from ..home import Home
from ..sandbox.host.doctor import Check, State

ENOUGH_BYTES = 2 * 2**30
"""The five problems' data, downloads included, and a few hundred submissions."""


def check_home(home: Home) -> tuple[Check, ...]:
    """Every check of the user's own things."""
    return (*_check_packages(), *_check_disk(home), *_check_ledger(home))


def _check_packages() -> Iterator[Check]:
    try:
        tensorflow, keras = version("tensorflow"), version("keras")
        found = f"Python {platform.python_version()}, TensorFlow {tensorflow}, Keras {keras}"
        yield Check("packages", State.GOOD, found)
    except PackageNotFoundError as error:
        yield Check(
            "packages", State.WRONG, f"{error.name} is not installed.", "Install tfprep again with pip."
        )


def _check_disk(home: Home) -> Iterator[Check]:
    free = shutil.disk_usage(home.root).free
    found = f"{home.root}, {free / 2**30:.1f} GiB free"
    if free < ENOUGH_BYTES:
        yield Check("home", State.WRONG, found, "Free some space, or set TFPREP_HOME to another place.")
    else:
        yield Check("home", State.GOOD, found)


def _check_ledger(home: Home) -> Iterator[Check]:
    from .ledger import Ledger

    try:
        with Ledger.open(home.ledger_url) as ledger:
            count = len(ledger.history())
    except LedgerUnavailable as error:
        yield Check("ledger", State.WRONG, error.what, error.remedy)
    else:
        yield Check("ledger", State.GOOD, f"{count} submissions recorded")
