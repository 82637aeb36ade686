"""Keys by which names are compared: the same for spellings that are certainly one person's, and a looser one.

fold     case, width, composition, hidden characters and kinds of separators aside: certain
loose    accents and the order of words aside too: a suggestion, which a person must confirm
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from ...files.text import match_key

_SEPARATORS: Final = re.compile(r"[\s_.()\[\]\-‐‑–’'`´]+")  # noqa: RUF001 - as in names
_LETTERS: Final = str.maketrans(
    {"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "\u0131": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"}
)
_SPELLED_OUT: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})


@lru_cache(maxsize=16_384)
def fold(text: str) -> str:
    """What spellings of one name share, with `_`, `.` and `-` as spaces: "Ada_Lovelace" is "ada lovelace"."""
    return " ".join(_SEPARATORS.sub(" ", match_key(text)).split())


@lru_cache(maxsize=16_384)
def loose(text: str) -> frozenset[str]:
    """Keys that spellings of one name may share: words in any order, without accents or with ü as ue."""
    folded = fold(text)
    return frozenset({_without_accents(folded), _without_accents(folded.translate(_SPELLED_OUT))})


def plain_forms(text: str) -> frozenset[str]:
    """A name in its own order, without accents or with ü as ue."""
    folded = fold(text)
    return frozenset({_plain(folded), _plain(folded.translate(_SPELLED_OUT))})


def _without_accents(text: str) -> str:
    return " ".join(sorted(word.strip(",") for word in _plain(text).split()))


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return "".join(c for c in decomposed if not unicodedata.combining(c))
