"""A cohort's rules as the ledger keeps them: what its `cohort.toml` said when somebody let it count."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class RecordedRules:
    """The text of a `cohort.toml` and of the table of extensions beside it; never the secret in it."""

    path: str = ""
    """Where the file was; empty where a cohort has none, and the usual rules count."""
    text: str | None = ""
    """Without the secret. None where a version before step 0011 graded, which kept the path alone."""
    extensions: str = ""
    """The CSV that `extensions_file` names, as text."""
    secret: str = ""
    """Tells which secret divides the data, without telling it; empty where there is none."""

    @property
    def digest(self) -> str:
        """sha256, in hex, over all but the path."""
        parts = (self.text or "", self.extensions, self.secret)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@dataclass(frozen=True)
class Adoption:
    """That rules began to count for a cohort."""

    rules: RecordedRules
    by: str
    when: datetime
    reason: str
