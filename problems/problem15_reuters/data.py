"""Reuters R8: 7,674 messages of 1987, each of one of eight subjects; half of them are of company earnings."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from ..problem import Splits
from ..split import Shares
from ..texts import TextData, read_tab_files

MESSAGES: Final = TextData(
    classes=("acq", "crude", "earn", "grain", "interest", "money-fx", "ship", "trade"),
    length=120,
    vocabulary=5000,
    shares=Shares(hidden=0.25, validation=0.15),
    what="message",
    near=True,
)


def split_package(raw: Path, secret: bytes) -> Splits:
    """`raw` is a folder with reuters-r8-train.tab and reuters-r8-test.tab. Both are pooled."""
    files = [raw / f"reuters-r8-{part}.tab" for part in ("train", "test")]
    return MESSAGES.split(read_tab_files(files, MESSAGES.classes), secret)
