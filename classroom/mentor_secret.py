"""The mentor's own secret, which divides a cohort's data: from a sentence or a file, never guessable."""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path
from typing import Any, Final

from ..errors import BadCohort
from ..files.secrets import SIZE

SHORTEST: Final = 16
_LONGEST: Final = 4_096


def derive(words: Any) -> bytes:
    """The key that a text stands for: always the same, and slow to find by trying texts.

    A learner holds the public part, against which guesses can be tried; so the text must be long, and each
    guess cost something (scrypt).

    Raises:
        ValueError: saying what is expected, where the text is too short.
    """
    if not isinstance(words, str) or not SHORTEST <= len(words.strip()) <= _LONGEST:
        raise ValueError(f"a text of at least {SHORTEST} signs that nobody guesses")
    return _stretch(words.strip().encode())


def read_secret_file(path: Path) -> bytes:
    """The key that a file's bytes stand for. Raises BadCohort where it cannot be read or is too short."""
    try:
        with path.open("rb") as opened:
            content = opened.read(_LONGEST + 1).strip()
    except OSError as error:
        raise BadCohort(f"The secret's file {path} cannot be read: {error.strerror or error}.") from error
    if not SHORTEST <= len(content) <= _LONGEST:
        raise BadCohort(f"The secret's file {path} must hold {SHORTEST} to {_LONGEST:,} bytes.")
    return _stretch(content)


def warn_of_readers(path: Path) -> tuple[str, ...]:
    """A sentence where everybody on this machine may read the secret."""
    if path.stat().st_mode & stat.S_IROTH:
        return (f"Everybody on this machine can read the secret in {path}. `chmod 600 {path}` ends that.",)
    return ()


def _stretch(text: bytes) -> bytes:
    return hashlib.scrypt(text, salt=b"tfprep cohort", n=2**14, r=8, p=1, dklen=SIZE)
