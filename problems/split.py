"""Which examples are hidden: a keyed hash of each one's content decides, secret from those without the key.

The order of the data changes nothing, and examples with the same content always fall on one side.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import BadData
from ..files.text import counted

Mask = NDArray[np.bool_]

ATTEMPTS: Final = 200
"""How often small sets are drawn anew, each time under another key, until every split has every class."""
SMALLEST: Final = 5
"""No split of a set without classes is smaller."""
SAMPLE: Final = 500
"""Examples of the training data that may be asked to explain a score."""


@dataclass(frozen=True)
class Examples:
    """What the split needs to know of n examples."""

    contents: Sequence[bytes]
    """What makes an example itself, in one canonical form: its input, never its label."""
    details: Sequence[bytes]
    """Puts examples of the same content in order."""
    labels: NDArray[np.int64] | None = None
    """(n,) class numbers, where there are classes."""
    classes: tuple[str, ...] = ()
    predefined_hidden: Mask | None = None
    """(n,) True for the hidden test set that a mentor brought; None where the keyed hash is to choose it."""


@dataclass(frozen=True)
class Shares:
    """About how many of all are hidden, and how many of the public ones are set aside for validation."""

    hidden: float
    validation: float


@dataclass(frozen=True)
class SplitMasks:
    """Indices of the examples in each split, in an order that only the secret and their content decide."""

    train: NDArray[np.intp]
    validation: NDArray[np.intp]
    hidden: NDArray[np.intp]
    duplicates: int
    """How many examples have the content of an earlier one."""

    @property
    def public(self) -> NDArray[np.intp]:
        """Train and validation together."""
        return np.concatenate([self.train, self.validation])

    @property
    def training_sample(self) -> NDArray[np.intp]:
        """A few of train."""
        return self.train[:SAMPLE]


def split(examples: Examples, secret: bytes, shares: Shares) -> SplitMasks:
    """The splits of a set. Public examples that also occur in a mentor's own hidden test set are left out.

    Raises:
        BadData: when a split would be nearly empty or would lack a class.
    """
    everything = np.ones(len(examples.contents), dtype=np.bool_)
    hidden = _hidden(examples, everything, secret, shares.hidden)
    public = ~hidden & ~_like(examples.contents, hidden)
    validation = _choose(examples, public, secret, "validation", shares.validation)
    order = _keyed_order(examples, secret)
    duplicates = len(examples.contents) - len(set(examples.contents))
    return SplitMasks(
        train=order[(public & ~validation)[order]],
        validation=order[validation[order]],
        hidden=order[hidden[order]],
        duplicates=duplicates,
    )


def keyed_numbers(contents: Sequence[bytes], secret: bytes, purpose: str) -> NDArray[np.float64]:
    """(n,) numbers from 0 to below 1, one per content: its HMAC-SHA256, another one for each purpose."""
    prefix = purpose.encode() + b"\0"
    digests = (hmac.digest(secret, prefix + content, "sha256") for content in contents)
    return np.array([int.from_bytes(digest[:6]) / 2**48 for digest in digests], dtype=np.float64)


def _hidden(examples: Examples, everything: Mask, secret: bytes, share: float) -> Mask:
    if examples.predefined_hidden is None:
        return _choose(examples, everything, secret, "hidden", share)
    for mask, name in ((examples.predefined_hidden, "hidden"), (~examples.predefined_hidden, "public")):
        if not _complete(examples, mask):
            raise BadData(
                f"The {name} part is too small: {_shortage(examples, mask)}.", "Add examples to it."
            )
    return examples.predefined_hidden


def _choose(examples: Examples, among: Mask, secret: bytes, purpose: str, share: float) -> Mask:
    """About `share` of those `among`, such that they and the rest both hold every class."""
    for attempt in range(ATTEMPTS):
        chosen = among & (keyed_numbers(examples.contents, secret, f"{purpose} {attempt}") < share)
        if _complete(examples, chosen) and _complete(examples, among & ~chosen):
            return chosen
    raise BadData(
        f"There is too little data to set a {purpose} part aside: {_shortage(examples, among)}.",
        "Bring more: a dozen different examples of each class is the least, hundreds are better.",
    )


def _complete(examples: Examples, mask: Mask) -> bool:
    if examples.labels is None:
        return int(mask.sum()) >= SMALLEST
    return bool(np.bincount(examples.labels[mask], minlength=len(examples.classes)).all())


def _shortage(examples: Examples, mask: Mask) -> str:
    """For people: of what there is least."""
    if examples.labels is None:
        return f"it has {counted(int(mask.sum()), 'example')}"
    counts = np.bincount(examples.labels[mask], minlength=len(examples.classes))
    rarest = int(counts.argmin())
    return f"it has {counts[rarest]} of the class {examples.classes[rarest]!r}"


def _like(contents: Sequence[bytes], mask: Mask) -> Mask:
    """Every example whose content occurs among those of the mask."""
    inside = {content for content, is_in in zip(contents, mask, strict=True) if is_in}
    return np.array([content in inside for content in contents], dtype=np.bool_)


def _keyed_order(examples: Examples, secret: bytes) -> NDArray[np.intp]:
    draws = keyed_numbers(examples.contents, secret, "order").tolist()
    keys = list(zip(draws, examples.details, strict=True))
    return np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.intp)
