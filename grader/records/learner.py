"""Who is in a cohort."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Learner:
    """One person of a roster. Names come from files of other people: hostile until shown as plain text."""

    id: str
    """What results are keyed by: unique in the cohort."""
    name: str = ""
    email: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Every column of the roster as it was given: an import file for Canvas or Moodle repeats some."""

    @property
    def shown(self) -> str:
        """The name, or the id where there is none."""
        return self.name or self.id
