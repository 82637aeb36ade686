"""Twenty newsgroups: 18,821 messages of 1993, each from one of twenty groups of Usenet."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from ..problem import Splits
from ..split import Shares
from ..texts import TextData, read_tab_files

GROUPS: Final = TextData(
    classes=(
        "alt.atheism",
        "comp.graphics",
        "comp.os.ms-windows.misc",
        "comp.sys.ibm.pc.hardware",
        "comp.sys.mac.hardware",
        "comp.windows.x",
        "misc.forsale",
        "rec.autos",
        "rec.motorcycles",
        "rec.sport.baseball",
        "rec.sport.hockey",
        "sci.crypt",
        "sci.electronics",
        "sci.med",
        "sci.space",
        "soc.religion.christian",
        "talk.politics.guns",
        "talk.politics.mideast",
        "talk.politics.misc",
        "talk.religion.misc",
    ),
    length=200,
    vocabulary=10_000,
    shares=Shares(hidden=0.2, validation=0.2),
    what="message",
    near=True,
)


def split_package(raw: Path, secret: bytes) -> Splits:
    """`raw` is a folder with 20newsgroups-train.tab and 20newsgroups-test.tab. Both are pooled."""
    files = [raw / f"20newsgroups-{part}.tab" for part in ("train", "test")]
    return GROUPS.split(read_tab_files(files, GROUPS.classes), secret)
