"""How a companion of a submission becomes rows: each subject's module of the ledger registers its own."""

from __future__ import annotations

from functools import singledispatch

from sqlalchemy.orm import Session

from ..records.attachment import Attachment
from .tables import SubmissionRow


@singledispatch
def store_attachment(companion: Attachment, session: Session, submission: SubmissionRow) -> None:
    """Adds a companion's rows to the transaction that keeps its submission, which has its number already.

    Raises:
        TypeError: for a companion that no module has registered.
    """
    raise TypeError(f"The ledger has no place for a {type(companion).__name__}.")
