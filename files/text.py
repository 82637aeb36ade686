"""Text that strangers wrote, made safe to show and made comparable; each function takes linear time.

one_line          printable text on one line, short: what a page, a table or a message may show
terminal_line     a line that a program printed, as a terminal would leave it
without_controls  text of several lines that holds no control characters
match_key         equal for two names that a person would take for the same one
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

Tell = Callable[[str], None]
"""Gets a sentence that a person reads while something goes on."""
NAME_LIMIT: Final = 120
"""Characters of a learner's id or name."""
SENTENCE_LIMIT: Final = 1_000
LINE_LIMIT: Final = 2_000

_ESCAPE: Final = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[PX^_][^\x1b]*(?:\x1b\\)?|[@-_])"
)
_NOT_WORD: Final = re.compile(r"\W")


def say_nothing(sentence: str) -> None:
    """A `Tell` to which nobody listens."""


def one_line(text: object, limit: int = NAME_LIMIT) -> str:
    """The text, composed, as one line of at most `limit` printable characters; empty for what is no text.

    Terminal escapes are dropped, and characters that only steer others, such as those that turn the direction
    of writing. Space of any kind becomes one space, whatever else cannot be printed a `?`.
    """
    if not isinstance(text, str):
        return ""
    # Four times as much is looked at, so that a name of a million characters costs nothing.
    # Composed first, as an escape takes the letter after it, accent and all; then again, as what was dropped
    # may have stood between a letter and its accent.
    head = _ESCAPE.sub("", unicodedata.normalize("NFC", text[: 4 * limit]))
    seen = unicodedata.normalize("NFC", "".join(c for c in head if unicodedata.category(c) != "Cf"))
    printable = "".join(c if c.isprintable() else " " if c.isspace() else "?" for c in seen)
    return _shortened(" ".join(printable.split()), limit, cut=len(text) > 4 * limit)


def terminal_line(line: str, limit: int = LINE_LIMIT) -> str:
    """One printed line as a person may see it: without escapes, or what a progress bar overwrote."""
    shown = next((part for part in reversed(line.split("\r")) if part.strip()), "")
    # Keras 2's progress bars take their characters back one by one.
    shown = _ESCAPE.sub("", shown.replace("\x08", "")).replace("\t", "    ")
    return _shortened("".join(c if c.isprintable() else "" if ord(c) < 32 else "�" for c in shown), limit)


def without_controls(text: str) -> str:
    """The text without control and steering characters; line ends stay."""
    return "".join(c for c in text if c == "\n" or unicodedata.category(c)[0] != "C")


def is_usable_id(identity: str) -> bool:
    """Whether an id can be used as it is: short, and each character of it visible."""
    return 0 < len(identity) <= NAME_LIMIT and one_line(identity) == identity and identity not in {".", ".."}


def match_key(text: str) -> str:
    """What two spellings of one name share: case, width, composition, hidden characters and spaces aside."""
    folded = unicodedata.normalize("NFKC", one_line(text, 4 * NAME_LIMIT)).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def word_characters(text: str) -> str:
    """Small letters, digits and underscores alone, as Canvas writes names into those of files."""
    return _NOT_WORD.sub("", unicodedata.normalize("NFC", text)).lower()


def _shortened(text: str, limit: int, *, cut: bool = False) -> str:
    return text if len(text) <= limit and not cut else f"{text[: limit - 1]}…"


def second(when: datetime, zone: tzinfo = UTC) -> str:
    """For example "2026-06-30 21:59:00 UTC"."""
    return f"{when.astimezone(zone):%Y-%m-%d %H:%M:%S} {zone}"


def listed(names: Iterable[str], most: int = 5) -> str:
    """The first `most` names, and how many more there are: "Ada, Bob, Cem and 3 more"."""
    shown = list(names)
    more = f" and {len(shown) - most:,} more" if len(shown) > most else ""
    return ", ".join(shown[:most]) + more


def joined(names: Iterable[str], word: str = "and") -> str:
    """All names with a word before the last: "Ada, Bob and Cem"."""
    shown = list(names)
    return f" {word} ".join(filter(None, (", ".join(shown[:-1]), *shown[-1:])))


def counted(count: float, one: str, many: str = "") -> str:
    """A number and its noun: "1 learner", "1,200 learners", "1.5 seconds".

    `many`: what stands behind other numbers than 1, where that is not `one` with an s.
    """
    number = f"{count:,}" if isinstance(count, int) else f"{count:,g}"
    return f"{number} {one if count == 1 else many or f'{one}s'}"


def in_words(time: timedelta) -> str:
    """For example "4 h 05 min", "12 min 30 s", "12 min" or "40 s"."""
    seconds = round(time.total_seconds())
    hours, minutes = seconds // 3600, seconds // 60 % 60
    if hours:
        return f"{hours} h {minutes:02d} min"
    if seconds % 60 == 0 and minutes:
        return f"{minutes} min"
    return f"{minutes} min {seconds % 60:02d} s" if minutes else f"{seconds} s"
