"""Texts told again: sentences in another order, synonyms from a fixed list, and other names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np

from .problem import Copies, Inputs
from .texts import TEXT, TOKENS, VOCABULARY_FILE, encode, tokens

NAMES: Final = ("James", "Mary", "Robert", "Anna", "David", "Sarah", "Peter", "Jane", "Paul", "Kate")
_SHARE: Final = 0.6
"""Of the words that have a synonym, so many are exchanged."""
_APART: Final = 3.0
"""So many places a sentence may go, about: a model that reads fewer words still sees much the same."""
_WORDS_APART: Final = 2.5
"""So many places a word may go, about."""
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+|(?:<br />\s*)+")
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z']*")


@dataclass(frozen=True)
class TextVariation:
    """Texts of which a model sees the first words, told again; their labels stay right."""

    length: int
    """So many words are seen. What is seen of a text stays within what was seen of it."""
    synonyms: Sequence[frozenset[str]] = ()
    """Words that say the same, in groups."""
    rename: bool = True
    """People get other names. Not where it is who they are that tells the class."""
    loose: bool = False
    """Words get a slightly other order too: which words there are tells the class, and hardly their order."""

    def render(self, inputs: Inputs, random: np.random.Generator, public: Path) -> Copies:
        """Texts told again, as they are written and as the ids of the public vocabulary."""
        texts = [self.vary(text, random) for text in inputs[TEXT]]
        vocabulary = (public / VOCABULARY_FILE).read_text(encoding="utf-8").splitlines()
        return Copies({TOKENS: encode(texts, vocabulary, self.length), TEXT: texts})

    def vary(self, text: str, random: np.random.Generator) -> str:
        """One text told again."""
        seen, rest = self._as_seen(text)
        moved = _moved(seen, _APART, random)
        if self.loose:
            sentences = moved if len(seen) > 1 else [text]
            moved = [" ".join(_moved(sentence.split(), _WORDS_APART, random)) for sentence in sentences]
            rest = rest if len(seen) > 1 else []
        names: dict[str, str] = {}
        return " ".join([*(self._reworded(sentence, names, random) for sentence in moved), *rest])

    def _as_seen(self, text: str) -> tuple[list[str], list[str]]:
        """The sentences that lie within the first words, and the others."""
        seen: list[str] = []
        sentences = [sentence.rstrip() for sentence in _SENTENCE.split(text) if tokens(sentence)]
        count = 0
        for sentence in sentences:
            count += len(tokens(sentence))
            if count > self.length:
                break
            seen.append(sentence)
        return seen, sentences[len(seen) :]

    def _reworded(self, sentence: str, names: dict[str, str], random: np.random.Generator) -> str:
        """The sentence with other names (the same one everywhere in a text) and some synonyms."""

        def other(found: re.Match[str]) -> str:
            word = found.group()
            lower = word.lower()
            if lower in self._others:
                return str(random.choice(self._others[lower])) if random.random() < _SHARE else word
            is_name = self.rename and found.start() > 0 and word[0].isupper() and word[1:].islower()
            if is_name and sentence[found.start() - 1] == " ":
                return names.setdefault(word, str(random.choice(NAMES)))
            return word

        return _WORD.sub(other, sentence)

    @cached_property
    def _others(self) -> Mapping[str, list[str]]:
        return {word: sorted(group - {word}) for group in self.synonyms for word in group}


def _moved(parts: Sequence[str], apart: float, random: np.random.Generator) -> list[str]:
    """The parts of a text, each up to so many places away, about."""
    places = np.argsort(np.arange(len(parts)) + random.uniform(0, apart, len(parts)))
    return [parts[place] for place in places]
