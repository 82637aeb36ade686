"""The reader's language: which one it is, and what is shown in it. English costs nothing.

Sentences are made, stored and compared in English. Where one is shown (terminal, page, help), `shown` puts it
into the reader's language, by the templates of `sentences.py`; what has no translation stays in English.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..errors import BadOption

if TYPE_CHECKING:
    from .sentences import Sentences

ENGLISH: Final = "en"
LANGUAGES: Final = {
    ENGLISH: "English",
    "es": "español",
    "id": "Bahasa Indonesia",
    "ko": "한국어",
    "pt": "português",
}
"""Each language's code, and what it is called in itself."""
COMPLETE: Final = ("es", "id", "ko", "pt")
"""Those in which no sentence for learners is missing; `make languages` and a test hold them to it."""
VARIABLE: Final = "TFPREP_LANG"
_LOCALE: Final = ("LC_ALL", "LC_MESSAGES", "LANG")
"""In the order that POSIX gives them (Base Definitions, 8.2)."""


class _Reader:
    """Who reads what this process shows."""

    language: str = ENGLISH
    sentences: Sentences | None = None


_reader: Final = _Reader()


def chosen(environment: Mapping[str, str]) -> str:
    """The language that is asked for: by `TFPREP_LANG`, else by the locale where there is one for it.

    Raises:
        BadOption: `TFPREP_LANG` names none that there is.
    """
    if asked := environment.get(VARIABLE, "").strip():
        if (language := _language_of(asked)) is None:
            raise BadOption(f"TFPREP_LANG is {asked!r}.", f"It can be {', '.join(sorted(LANGUAGES))}.")
        return language
    locale = next((environment[name] for name in _LOCALE if environment.get(name)), "")
    return _language_of(locale) or ENGLISH


def _language_of(locale: str) -> str | None:
    """For example "pt" for "pt_BR.UTF-8@euro"; None where there is none for it."""
    code = locale.replace("-", "_").split(".")[0].split("@")[0].split("_")[0].lower()
    # Until Java and iOS followed ISO 639, Indonesian was "in".
    return {"in": "id"}.get(code, code) if code in (*LANGUAGES, "in") else None


def use(language: str) -> None:
    """From now on, show everything in this language."""
    _reader.language, _reader.sentences = language, None
    if language != ENGLISH:
        from .sentences import Sentences

        _reader.sentences = Sentences.of(language)


def in_use() -> str:
    """The code of the language that is shown."""
    return _reader.language


def in_language(file: Path) -> Path:
    """The file of the reader's language that stands beside an English one; that one where there is none.

    `statement.es.md` stands beside `statement.md`.
    """
    translated = file.with_suffix(f".{_reader.language}{file.suffix}")
    return translated if _reader.language != ENGLISH and translated.is_file() else file


def shown(text: str) -> str:
    """The text in the reader's language, as far as it is ours; names, numbers and strangers' words stay."""
    return text if _reader.sentences is None else _reader.sentences.shown(text)
