"""Names that strangers chose: made fit to show, and made comparable.

clean     printable text on one line, short: what a page, a table or a terminal may show
likeness  equal for two names that a person would take for the same one
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

LONGEST: Final = 120
"""Signs of a learner's id or name. Longer ones are no names."""
_NOT_WORD: Final = re.compile(r"\W")


def clean(text: str, longest: int = LONGEST) -> str:
    """The text on one line, composed: what cannot be seen is dropped, what cannot be printed is a `?`.

    Dropped are signs that only steer others, such as those that turn the direction of writing.
    """
    # Four times as much is looked at, so that a name of a million signs costs nothing.
    composed = unicodedata.normalize("NFC", text[: 4 * longest])
    seen = (sign for sign in composed if unicodedata.category(sign) != "Cf")
    printable = "".join(sign if sign.isprintable() else _stand_in(sign) for sign in seen)
    short = " ".join(printable.split())
    return short if len(short) <= longest and len(text) <= 4 * longest else f"{short[: longest - 1]}…"


def is_fit(identity: str) -> bool:
    """Whether an id can be used as it is: short, and all of it seen."""
    return 0 < len(identity) <= LONGEST and clean(identity) == identity and identity not in {".", ".."}


def likeness(text: str) -> str:
    """What two spellings of one name share: case, width, composed or not, hidden signs and spaces aside."""
    folded = unicodedata.normalize("NFKC", clean(text, 4 * LONGEST)).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def squeezed(text: str) -> str:
    """Small letters, digits and underscores alone, as Canvas writes names into those of files."""
    return _NOT_WORD.sub("", unicodedata.normalize("NFC", text)).lower()


def _stand_in(sign: str) -> str:
    return " " if sign.isspace() else "?"
