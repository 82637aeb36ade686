"""Where a user's things live: `TFPREP_HOME`, or the platform's data directory."""

from __future__ import annotations

import getpass
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import platformdirs

from .errors import BadOption, HomeUnavailable, reason_of

RUNNING_EXAMS: Final = "exams-running.json"
"""A file in the home that is there while an exam runs."""
KEEP_MINUTES: Final = 10
_MOST_MINUTES: Final = 60
_MOST_ATTEMPTS: Final = 100_000
_REMEDY: Final = "Give yourself write access to this folder, or set TFPREP_HOME to another one."


@dataclass(frozen=True)
class Home:
    """The folder of one person's tfprep, and what stands in it."""

    root: Path
    ledger_url: str
    """A path to a SQLite file, or the address of a PostgreSQL database."""
    learner: str
    """Who submits, where nobody says otherwise."""
    attempt_limit: int | None = None
    """So many attempts at one hidden test set in practice; None where nobody says."""
    keep_minutes: int = KEEP_MINUTES
    """How long a worker waits for the next command; 0 for not at all."""

    @classmethod
    def find(cls, environment: Mapping[str, str] = os.environ) -> Home:
        """The home that the environment names.

        By `TFPREP_HOME`, `TFPREP_LEDGER`, `TFPREP_LEARNER`, `TFPREP_ATTEMPTS` and `TFPREP_KEEP_MINUTES`.

        Raises:
            HomeUnavailable: the path begins with `~` of an account that is not known.
            BadOption: `TFPREP_ATTEMPTS` is no number from 1 to 100,000, or `TFPREP_KEEP_MINUTES` none to 60.
        """
        named = environment.get("TFPREP_HOME") or platformdirs.user_data_dir("tfprep", appauthor=False)
        try:
            root = Path(named).expanduser().absolute()
        except RuntimeError as error:
            raise HomeUnavailable(f"{named}: this account has no home folder.", _REMEDY) from error
        return cls(
            root=root,
            ledger_url=environment.get("TFPREP_LEDGER") or str(root / "ledger.db"),
            learner=environment.get("TFPREP_LEARNER") or _account(),
            attempt_limit=_attempt_limit(environment.get("TFPREP_ATTEMPTS", "")),
            keep_minutes=_keep_minutes(environment.get("TFPREP_KEEP_MINUTES", "")),
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
    def problems(self) -> Path:
        """Folders of problems that are no part of tfprep."""
        return self.root / "problems"

    @property
    def run(self) -> Path:
        """The socket of a worker that waits for the next command."""
        return self.root / "run"

    @property
    def logs(self) -> Path:
        """The log of the last runs."""
        return self.root / "logs"

    def make(self) -> None:
        """Make the folder and those in it, for their owner only, and see that it may be written.

        Raises:
            HomeUnavailable: it is no folder, or may not be made or written.
        """
        try:
            # For the owner only, each by itself: the home may be a folder that others can look into.
            for folder in (self.root, self.data, self.reports):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            # This says more than `os.access`, which knows no read-only file system of a container.
            tempfile.TemporaryFile(dir=self.root).close()
        except OSError as error:
            raise HomeUnavailable(
                f"{self.root} cannot be used for your submissions: {reason_of(error)}.", _REMEDY
            ) from error


def _attempt_limit(written: str) -> int | None:
    if not written:
        return None
    if written.isascii() and written.isdigit() and 1 <= int(written[:7]) <= _MOST_ATTEMPTS:
        return int(written)
    raise BadOption(
        f"TFPREP_ATTEMPTS is {written[:40]!r}, which is not a number from 1 to {_MOST_ATTEMPTS:,}.",
        "Correct it, or leave it out: then there are 100 attempts for each data source of a problem.",
    )


def _keep_minutes(written: str) -> int:
    if not written:
        return KEEP_MINUTES
    if written.isascii() and written.isdigit() and int(written[:7]) <= _MOST_MINUTES:
        return int(written)
    raise BadOption(
        f"TFPREP_KEEP_MINUTES is {written[:40]!r}, which is not a number from 0 to {_MOST_MINUTES}.",
        f"Correct it, or leave it out: then a worker waits {KEEP_MINUTES} minutes for the next command.",
    )


def _account() -> str:
    """The account's name; what is no UTF-8 in it as question marks."""
    try:
        return getpass.getuser().encode("utf-8", "replace").decode()
    except (KeyError, OSError):  # an account without a name, as in some containers
        return "learner"
