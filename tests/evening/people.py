"""A class of people, with everything that platforms know of them, and what each hands in for problem 1."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

GIVEN = (
    *(
        "Ada",
        "Grace",
        "Zoë",
        "Jürgen",
        "José María",
        "Sean",
        "Nguyễn",
        "Wei",
        "Fatima",
        "Anna-Lena",
        "Łukasz",
    ),
    *("Søren", "Chiara", "Emil", "Noor", "Kofi", "Mei Lin", "Olga", "Rasa", "Tomáš", "Yuki", "Budi", "Siti"),
)
FAMILY = (
    *("Lovelace", "Hopper", "Strauß", "Müller", "García Márquez", "O'Brien", "Văn An", "Li", "al-Sayed"),
    *("van der Berg", "Nowak", "Kierkegaard", "D'Angelo", "Åström", "Haddad", "Mensah", "Tan", "Ivanova"),
    *("Kazlauskienė", "Dvořák", "Tanaka", "Santoso", "Wahyuni"),
)


class Fault(Enum):
    """What somebody does wrong, or otherwise than others."""

    NONE = "hands in one model"
    BESIDE = "hands in mymodel.h5 and another model"
    COPIED = "hands in one model twice, by two names"
    TWO = "hands in two models"
    NOTHING = "hands in nothing"
    PLAIN_NAME = "is called by a name without accents, in another order"
    STRANGER = "is in no roster"
    AGAIN = "hands in one model, and later a better one"
    TEXT = "types a text, and hands in no file"


CYCLE = (
    *(Fault.NONE, Fault.NONE, Fault.BESIDE, Fault.NONE, Fault.COPIED, Fault.NONE, Fault.NONE, Fault.TWO),
    *(
        Fault.NONE,
        Fault.NOTHING,
        Fault.NONE,
        Fault.NONE,
        Fault.PLAIN_NAME,
        Fault.NONE,
        Fault.STRANGER,
        Fault.AGAIN,
        Fault.TEXT,
        Fault.NONE,
    ),
)


@dataclass(frozen=True)
class Person:
    """Somebody, as each platform knows them."""

    number: int
    given: str
    family: str
    fault: Fault = Fault.NONE
    files: dict[str, bytes] = field(default_factory=dict)
    """What they hand in, by its name."""
    counts: bytes | None = None
    """The model that counts; None where none does."""
    earlier: bytes = b""
    """What they had handed in before, by the same name; empty where nothing."""

    @property
    def name(self) -> str:
        """As most platforms show it."""
        return f"{self.given} {self.family}"

    @property
    def shown(self) -> str:
        """As it stands where they handed in."""
        return f"{plain(self.family)} {plain(self.given)}" if self.fault is Fault.PLAIN_NAME else self.name

    @property
    def login(self) -> str:
        """Their login: no other's, and like no name."""
        return f"u{self.number:05}x"

    @property
    def email(self) -> str:
        """Their address."""
        return f"{self.login}@example.org"

    @property
    def team(self) -> str:
        """The group that they are in."""
        return f"Team {(self.number + 2) // 3}"

    @property
    def canvas(self) -> int:
        """Their id in Canvas."""
        return 40_000 + self.number

    @property
    def moodle(self) -> int:
        """Their number in a grading worksheet."""
        return 90_000 + self.number

    @property
    def score(self) -> int:
        """What the model that counts earns."""
        return 0 if self.counts is None else int(self.counts.decode().split()[1])


def speakers(people: list[Person]) -> dict[str, Person]:
    """Of each team: the member who hands in for all."""
    found: dict[str, Person] = {}
    for one in people:
        if one.counts is not None:
            found.setdefault(one.team, one)
    return found


def plain(name: str) -> str:
    """The name in ASCII."""
    letters = name.translate(str.maketrans({"ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d"}))
    return "".join(c for c in unicodedata.normalize("NFKD", letters) if c.isascii())


def make_class(size: int, seed: int = 7) -> list[Person]:
    """So many people, no two of one name, with each fault in turn."""
    chance = random.Random(seed)
    people: list[Person] = []
    for number, (given, family) in zip(range(1, size + 1), _names(), strict=False):
        fault = CYCLE[number % len(CYCLE)]
        model = f"score {chance.randrange(6)} of {number}".encode()
        other = f"score {chance.randrange(6)} of {number}, another".encode()
        files, counts = {
            Fault.BESIDE: ({"mymodel.h5": model, "best.h5": other}, model),
            Fault.COPIED: ({"final.h5": model, "final2.h5": model}, model),
            Fault.TWO: ({"a.h5": model, "b.h5": other}, None),
            Fault.NOTHING: ({}, None),
            Fault.TEXT: ({}, None),
            Fault.PLAIN_NAME: ({"mymodel.h5": model}, None),
            Fault.STRANGER: ({"mymodel.h5": model}, None),
        }.get(fault, ({"mymodel.h5": model}, model))
        earlier = f"score 0 of {number}, earlier".encode() if fault is Fault.AGAIN else b""
        people.append(Person(number, given, family, fault, files, counts, earlier))
    return people


def _names() -> Iterator[tuple[str, str]]:
    for turn in range(10_000):
        for index, given in enumerate(GIVEN):
            middle = (
                "" if turn < len(FAMILY) else f" {chr(65 + turn // len(FAMILY) % 26)}" * (turn // len(FAMILY))
            )
            yield f"{given}{middle}", FAMILY[(index + turn) % len(FAMILY)]
