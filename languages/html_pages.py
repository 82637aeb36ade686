"""A page in the reader's language: its words are translated where they stand, its marks and data are not.

What a person wrote stands in an element with `translate="no"`, HTML's own word for it: it stays as it is.
"""

from __future__ import annotations

from html import escape
from html.parser import HTMLParser
from typing import Final

from . import shown

_LABELS: Final = frozenset({"aria-label", "title", "placeholder", "alt"})
_NOT_WORDS: Final = frozenset({"script", "style", "pre", "code"})
_EMPTY: Final = frozenset({"meta", "link", "br", "hr", "img", "input", "col", "wbr"})


def page_in_language(page: str) -> str:
    """The page with its texts and labels shown in the language that is in use."""
    translator = _Translator()
    translator.feed(page)
    translator.close()
    return "".join(translator.out)


class _Translator(HTMLParser):
    """Writes what it reads, and translates texts on the way."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self._left: list[str] = []
        """The open elements from the first on that is left as it is."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        raw = self.get_starttag_text() or ""
        if tag not in _EMPTY and (self._left or tag in _NOT_WORDS or ("translate", "no") in attrs):
            self._left.append(tag)
        for name, value in attrs if not self._left else ():
            if name in _LABELS and value and (said := shown(value)) != value:
                raw = raw.replace(f'{name}="{escape(value)}"', f'{name}="{escape(said)}"')
        self.out.append(raw)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.out.append(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        if self._left and tag in self._left:
            while self._left.pop() != tag:
                pass
        self.out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if self._left and self._left[-1] in ("script", "style"):
            self.out.append(data)
        elif self._left or not data.strip():
            self.out.append(escape(data, quote=False))
        else:
            words = " ".join(data.split())
            before, after = data[: len(data) - len(data.lstrip())], data[len(data.rstrip()) :]
            self.out.append(f"{before}{escape(shown(words), quote=False)}{after}")

    def handle_comment(self, data: str) -> None:
        self.out.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self.out.append(f"<!{decl}>")
