"""News of the BBC: 2,225 articles of 2004 and 2005, each from one of five parts of its site."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from ..problem import Splits
from ..split import Shares
from ..texts import TextData, Texts

NEWS: Final = TextData(
    classes=("business", "entertainment", "politics", "sports", "tech"),
    length=120,
    vocabulary=5000,
    shares=Shares(hidden=0.25, validation=0.15),
    what="news article",
    near=True,
)


def split_package(raw: Path, secret: bytes) -> Splits:
    """`raw` is a folder with a folder of text files per class. A few signs of one article are not UTF-8."""
    texts: list[str] = []
    labels: list[int] = []
    for label, name in enumerate(NEWS.classes):
        for path in sorted((raw / name).glob("*.txt")):
            texts.append(path.read_text("utf-8", errors="replace"))
            labels.append(label)
    return NEWS.split(Texts(texts, np.array(labels, dtype=np.int64)), secret)
