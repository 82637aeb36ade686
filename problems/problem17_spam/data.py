"""Mail: 6,046 messages of 2002 from SpamAssassin's public corpus, wanted or spam."""

from __future__ import annotations

import email
import html
import re
from pathlib import Path
from typing import Final

import numpy as np

from ..problem import Splits
from ..split import Shares
from ..texts import TextData, Texts, tokens

MAIL: Final = TextData(
    classes=("wanted", "spam"),
    length=120,
    vocabulary=5000,
    shares=Shares(hidden=0.25, validation=0.15),
    what="mail",
    near=True,
    folders=(("wanted", "ham", "0"), ("spam", "1")),
)
_FOLDERS: Final = {"easy-ham-1": 0, "easy-ham-2": 0, "hard-ham-1": 0, "spam-1": 1, "spam-2": 1}
_TAG: Final = re.compile(r"<[^<>]*>")
_ENCODED: Final = re.compile(r"=\?[^\s?]*\?[bq]\?[^\s?]*\?=", re.IGNORECASE)
"""An encoded word of RFC 2047."""


def split_package(raw: Path, secret: bytes) -> Splits:
    """`raw` is a folder with folders of mails. Headers tell too much: only subject and body are read."""
    texts: list[str] = []
    labels: list[int] = []
    for folder, label in _FOLDERS.items():
        for path in sorted((raw / folder).glob("*.txt")):
            text = plain(path.read_text("latin-1"))
            if tokens(text):
                texts.append(text)
                labels.append(label)
    return MAIL.split(Texts(texts, np.array(labels, dtype=np.int64)), secret)


def plain(mail: str) -> str:
    """The subject and the words of a mail as it was sent, without the marks of HTML."""
    message = email.message_from_string(mail)
    bodies = [
        bytes(part.get_payload(decode=True) or b"").decode("latin-1")
        for part in message.walk()
        if part.get_content_maintype() == "text"
    ]
    subject = _ENCODED.sub("", str(message.get("Subject") or ""))
    return " ".join(f"{subject} {html.unescape(_TAG.sub(' ', ' '.join(bodies)))}".split())
