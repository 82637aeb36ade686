"""What the ledger stores beside submissions and their score cards."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Attachment:
    """The base of what `Ledger.record` stores with a submission, in the same transaction.

    A subject that has something to keep (a cohort's entry, an exam's, training curves) derives a frozen
    dataclass from it, and tells in its module of `grader.ledger` which row it becomes.
    """


@dataclass(frozen=True)
class Notes(Attachment):
    """What tells a learner's attempts apart."""

    note: str = ""
    """In the learner's own words: `tfprep submit -m`."""
    source: str = ""
    """The workspace's starter, or the script that was submitted, as it was then; empty without one."""


@dataclass(frozen=True)
class Curve:
    """One number over the training: `loss`, say, or `val_loss`."""

    name: str
    steps: tuple[int, ...]
    """Rising or not: as the log has them. The first epoch is 1."""
    values: tuple[float | None, ...]
    """As many; None where the log has a gap, or a number that is not finite."""

    @property
    def of_validation(self) -> bool:
        """Whether it was measured on examples that the model was not trained on."""
        return self.name.startswith("val_")

    @property
    def subject(self) -> str:
        """What it measures: "loss" for both `loss` and `val_loss`."""
        return self.name.removeprefix("val_")


@dataclass(frozen=True)
class Curves(Attachment):
    """Every curve of one training, and the log it was read from. Kept beside a submission."""

    source: str
    """For people: "history.csv"."""
    curves: tuple[Curve, ...]
