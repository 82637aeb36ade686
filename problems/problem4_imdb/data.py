"""Film reviews: raw text, 1 for a reviewer who liked the film and 0 for one who did not."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...errors import BadData
from ...files.encodings import Undecodable, decode
from ..own_files import has_predefined_hidden, visible_files, visible_folders
from ..problem import LabelledSet, Labels, Loaded, Splits
from ..split import Examples, Mask, Shares, SplitMasks, split

VOCABULARY: Final = 5000
LENGTH: Final = 160
PADDING: Final = "[PAD]"
UNKNOWN: Final = "[OOV]"
CLASSES: Final = ("negative", "positive")
NAMES: Final = (frozenset({"neg", "negative", "bad", "0"}), frozenset({"pos", "positive", "good", "1"}))
"""What a mentor may call the folders of each class."""
SHARES: Final = Shares(hidden=0.2, validation=0.1)


@dataclass(frozen=True)
class Reviews:
    """n reviews as they were written, and (n,) labels."""

    texts: Sequence[str]
    labels: NDArray[np.int64]
    predefined_hidden: Mask | None = None

    def examples(self) -> Examples:
        """Reviews are the same when all that a model of token ids sees of them is."""
        contents = [" ".join(tokens(text)[:LENGTH]).encode() for text in self.texts]
        details = [f"{label}{text}".encode() for text, label in zip(self.texts, self.labels, strict=True)]
        return Examples(contents, details, self.labels, CLASSES, self.predefined_hidden)


def split_package(raw: Path, secret: bytes) -> Splits:
    """`raw` is a CSV file of text, label and source, of which those of IMDB count."""
    with raw.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["source"] == "imdb"]
    labels = np.array([int(row["label"]) for row in rows], dtype=np.int64)
    return _split(Reviews([row["text"] for row in rows], labels), secret)


def split_tfds(raw: Loaded, secret: bytes) -> Splits:
    """`raw` has the splits train and test; what else it has carries no labels."""
    examples = [example for name in ("train", "test") for example in raw.splits[name]]
    labels = np.array([example["label"] for example in examples], dtype=np.int64)
    return _split(Reviews([example["text"].decode() for example in examples], labels), secret)


def split_own(raw: Path, secret: bytes) -> Splits:
    """`raw` is a mentor's folder with a folder of text files per class, or public/ and hidden/ of these."""
    if not has_predefined_hidden(raw):
        return _split(_read_reviews(raw), secret)
    public, hidden = _read_reviews(raw / "public"), _read_reviews(raw / "hidden")
    predefined_hidden = np.repeat([False, True], [len(public.texts), len(hidden.texts)])
    labels = np.concatenate([public.labels, hidden.labels])
    return _split(Reviews([*public.texts, *hidden.texts], labels, predefined_hidden), secret)


def tokens(text: str) -> list[str]:
    """The words of a review: small letters, digits and apostrophes, line breaks of HTML left out."""
    return re.findall(r"[a-z0-9']+", text.lower().replace("<br />", " "))


def count_vocabulary(texts: Iterable[str]) -> tuple[str, ...]:
    """Padding, the unknown word, and the most frequent words, most frequent first, equals by alphabet."""
    counts = Counter(token for text in texts for token in tokens(text))
    ranked = sorted(counts, key=lambda token: (-counts[token], token))
    return (PADDING, UNKNOWN, *ranked[: VOCABULARY - 2])


def encode(texts: Sequence[str], vocabulary: Sequence[str]) -> NDArray[np.int32]:
    """(n, LENGTH) ids: the first LENGTH words, 1 for one the vocabulary lacks, 0 after the end."""
    numbers = {token: number for number, token in enumerate(vocabulary)}
    ids = np.zeros((len(texts), LENGTH), dtype=np.int32)
    for row, text in enumerate(texts):
        known = [numbers.get(token, 1) for token in tokens(text)[:LENGTH]]
        ids[row, : len(known)] = known
    return ids


def _read_reviews(root: Path) -> Reviews:
    folders = visible_folders(root)
    classes = [label for folder in folders for label in (0, 1) if folder.name.lower() in NAMES[label]]
    if sorted(classes) != [0, 1] or len(folders) != len(classes):
        found = ", ".join(f"{folder.name}/" for folder in folders) or "no folder"
        raise BadData(
            f"{root} should hold two folders of text files, neg/ and pos/; it holds {found}.",
            "Folders called negative and positive, bad and good, or 0 and 1 are understood too.",
        )
    texts: list[str] = []
    labels: list[int] = []
    for folder, label in zip(folders, classes, strict=True):
        for path in visible_files(folder):
            texts.append(_read_review(path))
            labels.append(label)
    return Reviews(texts, np.array(labels, dtype=np.int64))


def _read_review(path: Path) -> str:
    try:
        text = decode(path.read_bytes()).strip()
    except Undecodable as error:
        raise BadData(f"{path} is not text in UTF-8.", "Convert it or remove it.") from error
    if not tokens(text):
        raise BadData(f"{path} holds no words.", "Remove it, or put a review there.")
    return text


def _split(reviews: Reviews, secret: bytes) -> Splits:
    masks = split(reviews.examples(), secret, SHARES)
    vocabulary = count_vocabulary(reviews.texts[index] for index in masks.public)
    return Splits(
        write_public=partial(_write_public, reviews=reviews, masks=masks, vocabulary=vocabulary),
        validation=_labelled_set(reviews, masks.validation, vocabulary),
        hidden=_labelled_set(reviews, masks.hidden, vocabulary),
        classes=CLASSES,
        public_count=len(masks.public),
        duplicates=masks.duplicates,
        training=_labelled_set(reviews, masks.training_sample, vocabulary),
    )


def _write_public(folder: Path, reviews: Reviews, masks: SplitMasks, vocabulary: Sequence[str]) -> None:
    _write_reviews(folder / "train.csv", reviews, masks.train)
    _write_reviews(folder / "validation.csv", reviews, masks.validation)
    lines = "\n".join(vocabulary) + "\n"
    (folder / "vocabulary.txt").write_text(lines, encoding="utf-8", newline="\n")


def _write_reviews(path: Path, reviews: Reviews, chosen: NDArray[np.intp]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("text", "label"))
        writer.writerows((reviews.texts[index], reviews.labels[index]) for index in chosen)


def _labelled_set(reviews: Reviews, chosen: NDArray[np.intp], vocabulary: Sequence[str]) -> LabelledSet:
    texts = [reviews.texts[index] for index in chosen]
    return LabelledSet({"tokens": encode(texts, vocabulary), "text": texts}, Labels(reviews.labels[chosen]))
