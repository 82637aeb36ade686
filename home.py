"""Where a user's things live: `TFPREP_HOME`, or the platform's data directory."""

from __future__ import annotations

import getpass
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import platformdirs

RUNNING_EXAMS: Final = "exams-running.json"
"""A file in the home that is there while an exam runs."""


@dataclass(frozen=True)
class Home:
    """The folder of one person's tfprep, and what stands in it."""

    root: Path
    ledger_url: str
    """A path to a SQLite file, or any SQLAlchemy URL."""
    learner: str
    """Who submits, where nobody says otherwise."""

    @classmethod
    def find(cls, environment: Mapping[str, str] = os.environ) -> Home:
        """The home that the environment names (`TFPREP_HOME`, `TFPREP_LEDGER`, `TFPREP_LEARNER`)."""
        named = environment.get("TFPREP_HOME")
        root = (
            Path(named).expanduser() if named else Path(platformdirs.user_data_dir("tfprep", appauthor=False))
        )
        root = root.absolute()
        return cls(
            root=root,
            ledger_url=environment.get("TFPREP_LEDGER") or str(root / "ledger.db"),
            learner=environment.get("TFPREP_LEARNER") or _account(),
        )

    @property
    def data(self) -> Path:
        """Downloads, and every data set that was built."""
        return self.root / "data"

    @property
    def reports(self) -> Path:
        """Pages that were written."""
        return self.root / "reports"

    @property
    def logs(self) -> Path:
        """The log of the last runs."""
        return self.root / "logs"

    def make(self) -> None:
        """Make the folder, readable by its owner only. Raises OSError where that is not possible."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)


def _account() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in some containers
        return "learner"
