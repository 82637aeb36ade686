"""Checks of `tfprep doctor` for the user's own things: home, ledger, packages."""

from __future__ import annotations

import platform
import shutil
from importlib.metadata import PackageNotFoundError, version

from ..errors import HomeUnavailable, LedgerUnavailable
from ..files.text import counted
from ..home import Home
from ..sandbox.host.doctor import CheckState, EngineCheck
from ..sandbox.host.kept_worker import KeptWorkers

ENOUGH_BYTES = 2 * 2**30
"""The five problems' data, downloads included, and a few hundred submissions."""


def check_home(home: Home) -> tuple[EngineCheck, ...]:
    """Every check of the user's own things. Where the home cannot be used, the ledger is not looked at."""
    try:
        home.make()
    except HomeUnavailable as error:
        return _check_packages(), EngineCheck("home", CheckState.WRONG, error.what, error.remedy)
    return _check_packages(), _check_disk(home), _check_ledger(home), *_check_worker(home)


def _check_worker(home: Home) -> tuple[EngineCheck, ...]:
    """Of a worker that waits for the next command, where one does."""
    state = KeptWorkers(home.run, 0.0).look()
    if state is None:
        return ()
    where = f"container {state['container'][:12]}" if "container" in state else f"process {state['process']}"
    return (EngineCheck("worker", CheckState.GOOD, f"One waits for the next command: {where}."),)


def _check_packages() -> EngineCheck:
    try:
        tensorflow, keras = version("tensorflow"), version("keras")
    except PackageNotFoundError as error:
        found, remedy = f"{error.name} is not installed.", "Install tfprep again with pip."
        return EngineCheck("packages", CheckState.WRONG, found, remedy)
    found = f"Python {platform.python_version()}, TensorFlow {tensorflow}, Keras {keras}"
    return EngineCheck("packages", CheckState.GOOD, found)


def _check_disk(home: Home) -> EngineCheck:
    free = shutil.disk_usage(home.root).free
    found = f"{home.root}, {free / 2**30:.1f} GiB free"
    if free >= ENOUGH_BYTES:
        return EngineCheck("home", CheckState.GOOD, found)
    return EngineCheck(
        "home", CheckState.WRONG, found, "Free some space, or set TFPREP_HOME to another place."
    )


def _check_ledger(home: Home) -> EngineCheck:
    from .ledger import Ledger

    try:
        with Ledger.open(home.ledger_url) as ledger:
            return EngineCheck(
                "ledger", CheckState.GOOD, f"{counted(len(ledger.history()), 'submission')} recorded"
            )
    except LedgerUnavailable as error:
        return EngineCheck("ledger", CheckState.WRONG, error.what, error.remedy)
