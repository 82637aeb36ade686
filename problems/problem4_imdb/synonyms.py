"""Words that say the same of a film."""

from __future__ import annotations

from typing import Final

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
"""In groups."""
