"""Finished English sentences, found again among the templates they were made from, and said in a language.

A template is a sentence as the source has it, with a field for each value: "No problem is called {name}.".
`templates.json` lists them with the kinds of their fields; a language's catalogue translates them.
"""

from __future__ import annotations

import gettext
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent
DOMAIN: Final = "tfprep"
TEMPLATES: Final = FOLDER / "templates.json"
FIELD: Final = re.compile(r"\{(\w+)\}")
WORDS: Final = "words"
"""The kind of a field whose value is a phrase of ours, to be translated as well."""
CHOICE: Final = "choice:"
"""What begins the kind of a field that is one of a few phrases of ours: "choice:more|less"."""
LIST: Final = "list"
"""The kind of a field whose value was made by `listed` or `joined`: only "and", "or", "more" are ours."""
_KINDS: Final = {
    "number": r"[-+\u2212]?(?:\d[\d.,]*(?:e[-+]?\d+)?%?|nan|inf)",
    "amount": r"[-+\u2212]?(?:\d[\d.,]*(?:e[-+]?\d+)?%?|nan|inf)(?: \S+)?",
    "quoted": r"(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")",
    "scores": r"\d(?:, \d)*(?: (?:and|or) \d)?",
    "word": r"[^\s'\"]+",
}
_QUOTED: Final = r"(?<!\w)(?:'(?:[^'\\\n]|\\.){0,300}'|\"(?:[^\"\\\n]|\\.){0,300}\")(?!\w)|`[^`\n]{0,300}`"
_END: Final = re.compile(rf"{_QUOTED}|([.!?][)\"']?)(\s+)|( · )|(\n\s*)")
_OPEN: Final = re.compile(r": \{\w+\}$|stopped with an error\.$")
"""What leads to a stranger's words: the reason of an error, what a script printed."""
_LETTER: Final = re.compile(r"[^\W\d_]")
_LONGEST: Final = 600
"""Characters of a sentence that is looked for: none of ours is as long, its values included."""
_DEEPEST: Final = 5
"""Phrases in a phrase, and reasons behind a reason: more is a stranger's play with our words."""
_LETTERS_PER_FIELD: Final = 3
_MORE: Final = re.compile(r"(.*) and ([\d,]+) more")
_LAST: Final = re.compile(r"(\d+(?:, \d+)*) (and|or) (\d+)")


@dataclass(frozen=True)
class Template:
    """One sentence or phrase of the source."""

    text: str
    plural: str
    """The same for a number other than 1; empty where it counts nothing."""
    kinds: Mapping[str, str]

    def values(self, form: str, sentence: str) -> dict[str, str] | None:
        """The fields' values; None where the sentence was not made so, or could have been in two ways."""
        shortest, longest = (_pattern(form, self.kinds, lazy) for lazy in ("?", ""))
        found = shortest.fullmatch(sentence)
        other = found and longest.fullmatch(sentence)
        # Leftmost-shortest and leftmost-longest agree only where there is one way to read it.
        return found.groupdict() if found and other and found.groups() == other.groups() else None


class Sentences:
    """All templates, and one language's catalogue."""

    def __init__(self, templates: Mapping[str, list[object]], catalogue: gettext.NullTranslations) -> None:
        self._templates = [
            Template(text, str(plural), kinds if isinstance(kinds, dict) else {})
            for text, (plural, kinds) in templates.items()
        ]
        self._catalogue = catalogue

    @classmethod
    def of(cls, language: str) -> Sentences:
        """Those of this installation."""
        catalogue = gettext.translation(DOMAIN, FOLDER, [language], fallback=True)
        return cls(json.loads(TEMPLATES.read_text("utf-8")), catalogue)

    def shown(self, text: str, depth: int = 0) -> str:
        """The text translated, line by line: a line that is not ours stays as it is.

        Args:
            depth: of how many of our phrases it is a value.
        """
        said, line = "", []
        for sentence, end in parts(text):
            line.append((sentence, end))
            if not end.isspace() or "\n" in end:
                said, line = said + self._line(line, depth), []
        return said + self._line(line, depth)

    def _line(self, pieces: list[tuple[str, str]], depth: int) -> str:
        """A line of whole sentences. What it ends with may be a stranger's, where a sentence leads to that.

        Elsewhere, a piece that is not ours shows that a name was taken apart: then nothing is translated.
        """
        said, opened = "", False
        for place, (sentence, end) in enumerate(pieces):
            found = self._sentence(sentence, depth)
            if found is None and _LETTER.search(sentence):
                return (said if opened else _joined(pieces[:place])) + _joined(pieces[place:])
            said += (found[0] if found else sentence) + end
            opened = found is not None and found[1]
        return said

    def _sentence(self, sentence: str, depth: int) -> tuple[str, bool] | None:
        """One sentence translated, and whether a stranger's words may follow; None where no template fits."""
        if len(sentence) > _LONGEST or depth > _DEEPEST or not _LETTER.search(sentence):
            return None
        if (exact := self._fitted(sentence, depth)) is not None:
            return exact
        # What an error says ends in a full stop, and gives a reason behind a colon, which no template has.
        if sentence.endswith(".") and (without := self._fitted(sentence[:-1], depth)) is not None:
            return f"{without[0]}.", without[1]
        small = sentence[:1].lower() + sentence[1:]
        if small != sentence and (inside := self._fitted(small, depth)) is not None:
            return inside[0][:1].upper() + inside[0][1:], inside[1]
        head, colon, tail = sentence.partition(": ")
        if colon and (before := self._fitted(head, depth) or self._fitted(f"{head}:", depth)) is not None:
            after = self._sentence(tail, depth + 1)
            return f"{before[0].removesuffix(':')}: {after[0] if after else tail}", after is None
        return None

    def _fitted(self, sentence: str, depth: int) -> tuple[str, bool] | None:
        for template, form in self._candidates(sentence):
            values = template.values(form, sentence)
            if values is not None:
                return self._filled(template, form, values, depth), bool(_OPEN.search(form))
        return None

    def _filled(self, template: Template, form: str, values: Mapping[str, str], depth: int) -> str:
        said = (
            self._catalogue.ngettext(template.text, template.plural, 1 if form == template.text else 2)
            if template.plural
            else self._catalogue.gettext(template.text)
        )
        shown = {
            name: self._value(template.kinds.get(name, ""), value, depth + 1)
            for name, value in values.items()
        }
        return (
            FIELD.sub(lambda field: shown.get(field[1], field[0]), said).replace("{{", "{").replace("}}", "}")
        )

    def _value(self, kind: str, value: str, depth: int) -> str:
        if kind == WORDS or kind.startswith(CHOICE):
            said = self.shown(value.strip(), depth)
            head, bracket, tail = value.strip().partition(" (")
            if bracket and said == value.strip():  # a count, and which of them are meant
                said = f"{self.shown(head, depth)} {self.shown(f'({tail}', depth)}"
            return value.replace(value.strip(), said)
        if kind in (LIST, "scores"):
            return self._list(value)
        return value

    def _list(self, value: str) -> str:
        if more := _MORE.fullmatch(value):
            said = self._catalogue.gettext("{names} and {number} more")
            return said.replace("{number}", more[2]).replace("{names}", more[1])
        if last := _LAST.fullmatch(value):
            said = self._catalogue.gettext(f"{{numbers}} {last[2]} {{last}}")
            return said.replace("{last}", last[3]).replace("{numbers}", last[1])
        return value

    def _candidates(self, sentence: str) -> Iterator[tuple[Template, str]]:
        """The templates that may fit, those with the most letters of their own first."""
        if (exact := self._exact.get(sentence)) is not None:
            yield exact
        first = _first_word(sentence)
        near = [*self._by_word.get(first, ()), *self._by_word.get("", ())]
        yield from (
            (template, form)
            for _, template, form in sorted(near, key=lambda each: -each[0])
            if _parts_in(form, sentence)
        )

    @cached_property
    def _forms(self) -> list[tuple[Template, str]]:
        return [
            (each, form)
            for each in self._templates
            for form in (each.text, each.plural)
            if form and is_telling(form, each.kinds)
        ]

    @cached_property
    def _exact(self) -> dict[str, tuple[Template, str]]:
        return {
            form.replace("{{", "{").replace("}}", "}"): (each, form)
            for each, form in self._forms
            if not FIELD.search(form)
        }

    @cached_property
    def _by_word(self) -> dict[str, list[tuple[int, Template, str]]]:
        """Those with fields, by the word they begin with; "" for those that begin with a field."""
        found: dict[str, list[tuple[int, Template, str]]] = {}
        for template, form in self._forms:
            if FIELD.search(form):
                found.setdefault(_first_word(form), []).append((len(FIELD.sub("", form)), template, form))
        return found


def parts(text: str) -> Iterator[tuple[str, str]]:
    """Its sentences, lines and what stands between dots, each with the space or dot behind it."""
    begin = 0
    for found in _END.finditer(text):
        stop, space, dot, line = found.groups()
        if end := space or dot or line:
            yield text[begin : found.start() + len(stop or "")], end
            begin = found.end()
    yield text[begin:], ""


def _joined(pieces: list[tuple[str, str]]) -> str:
    return "".join(sentence + end for sentence, end in pieces)


def _first_word(text: str) -> str:
    word = text.split(" ", 1)[0]
    return "" if "{" in word else word


def _parts_in(form: str, sentence: str) -> bool:
    """Whether what a form has between its fields stands in the sentence, in this order."""
    place = 0
    for part in FIELD.split(form)[::2]:
        if (place := sentence.find(part, place)) < 0:
            return False
        place += len(part)
    return True


def is_telling(form: str, kinds: Mapping[str, str]) -> bool:
    """Whether it says enough for a sentence to be told from others by it: "{one} and {other}" does not."""
    fields = [kinds.get(name, "") for name in FIELD.findall(form)]
    known = sum(kind in ("number", "amount", "scores") or kind.startswith(CHOICE) for kind in fields)
    letters = len(_LETTER.findall(FIELD.sub("", form))) + 2 * known
    return letters >= _LETTERS_PER_FIELD * (len(fields) - known)


def _pattern(form: str, kinds: Mapping[str, str], lazy: str) -> re.Pattern[str]:
    pieces = FIELD.split(form)
    names = pieces[1::2]
    pieces[::2] = [re.escape(piece.replace("{{", "{").replace("}}", "}")) for piece in pieces[::2]]
    for place, name in enumerate(names):
        # What stands right behind a word may be nothing, or begin with a space of its own.
        anything = f"[^\\n]{'*' if pieces[2 * place][-1:].isalnum() else '+'}{lazy}"
        kind = kinds.get(name, "")
        choice = (
            "|".join(map(re.escape, kind.removeprefix(CHOICE).split("|"))) if kind.startswith(CHOICE) else ""
        )
        pieces[2 * place + 1] = f"(?P<{name}>{choice or _KINDS.get(kind, anything)})"
    return re.compile("".join(pieces))
