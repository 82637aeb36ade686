"""Reviews told again: sentences in another order, synonyms from a fixed list, and other names."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import numpy as np

from ..problem import Copies, Inputs
from .data import LENGTH, encode, tokens

SYNONYMS: Final = tuple(
    frozenset(words.split())
    for words in (
        "movie film picture",
        "movies films pictures",
        "actor performer",
        "actors performers",
        "story plot tale",
        "begin start",
        "begins starts",
        "began started",
        "end finish",
        "ends finishes",
        "saw watched",
        "see watch",
        "seeing watching",
        "quite rather",
        "maybe perhaps",
        "also too",
        "large big",
        "small little",
        "kids children",
        "kid child",
        "entire whole",
        "almost nearly",
        "often frequently",
        "people persons",
        "scene sequence",
        "scenes sequences",
        "though although",
        "viewer spectator",
        "viewers spectators",
        "think believe",
        "thought believed",
        "buy purchase",
        "speak talk",
        "towards toward",
        "until till",
        "upon on",
        "role part",
        "roles parts",
        "wife spouse",
        "totally completely entirely",
    )
)
"""Words that say the same of a film, in groups."""
NAMES: Final = ("James", "Mary", "Robert", "Anna", "David", "Sarah", "Peter", "Jane", "Paul", "Kate")
_OTHERS: Final = {word: sorted(group - {word}) for group in SYNONYMS for word in group}
_SHARE: Final = 0.6
"""Of the words that have a synonym, so many are exchanged."""
_APART: Final = 3.0
"""So many places a sentence may go, about: a model that reads fewer words still sees much the same."""
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+|(?:<br />\s*)+")
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z']*")


def retold(inputs: Inputs, random: np.random.Generator, public: Path) -> Copies:
    """Reviews told again, as text and as the ids of the public vocabulary; their labels stay right."""
    texts = [retell(text, random) for text in inputs["text"]]
    vocabulary = (public / "vocabulary.txt").read_text(encoding="utf-8").splitlines()
    return Copies({"tokens": encode(texts, vocabulary), "text": texts})


def retell(text: str, random: np.random.Generator) -> str:
    """One review told again. What a model of LENGTH words sees stays within what it saw."""
    seen, rest = _as_seen(text)
    places = np.argsort(np.arange(len(seen)) + random.uniform(0, _APART, len(seen)))
    seen = [seen[place] for place in places]
    names: dict[str, str] = {}
    return " ".join([*(_reworded(sentence, names, random) for sentence in seen), *rest])


def _as_seen(text: str) -> tuple[list[str], list[str]]:
    """The sentences that lie within the first LENGTH words, and the others."""
    seen: list[str] = []
    sentences = [sentence.rstrip() for sentence in _SENTENCE.split(text) if tokens(sentence)]
    count = 0
    for sentence in sentences:
        count += len(tokens(sentence))
        if count > LENGTH:
            break
        seen.append(sentence)
    return seen, sentences[len(seen) :]


def _reworded(sentence: str, names: dict[str, str], random: np.random.Generator) -> str:
    """The sentence with other names (the same one everywhere in a review) and some synonyms."""

    def other(found: re.Match[str]) -> str:
        word = found.group()
        lower = word.lower()
        if lower in _OTHERS:
            return str(random.choice(_OTHERS[lower])) if random.random() < _SHARE else word
        is_name = found.start() > 0 and word[0].isupper() and word[1:].islower()
        if is_name and sentence[found.start() - 1] == " ":
            return names.setdefault(word, str(random.choice(NAMES)))
        return word

    return _WORD.sub(other, sentence)
