"""Texts, each of one class: as ids of a public vocabulary, or as they were written."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import BadData
from ..files.encodings import Undecodable, decode_text
from ..files.text import joined
from .near_texts import first_of_alike
from .own_files import has_predefined_hidden, visible_files, visible_folders
from .problem import Input, LabelledSet, Labels, OwnFiles, Splits
from .split import Examples, Mask, Shares, SplitMasks, split

PADDING: Final = "[PAD]"
UNKNOWN: Final = "[OOV]"
TOKENS, TEXT = "tokens", "text"
"""The forms of an input."""
VOCABULARY_FILE: Final = "vocabulary.txt"


def tokens(text: str) -> list[str]:
    """The words of a text: small letters, digits and apostrophes, line breaks of HTML left out."""
    return re.findall(r"[a-z0-9']+", text.lower().replace("<br />", " "))


def encode(texts: Sequence[str], vocabulary: Sequence[str], length: int) -> NDArray[np.int32]:
    """(n, length) ids: the first `length` words, 1 for one the vocabulary lacks, 0 after the end."""
    numbers = {token: number for number, token in enumerate(vocabulary)}
    ids = np.zeros((len(texts), length), dtype=np.int32)
    for row, text in enumerate(texts):
        known = [numbers.get(token, 1) for token in tokens(text)[:length]]
        ids[row, : len(known)] = known
    return ids


@dataclass(frozen=True)
class Texts:
    """n texts as they were written, and (n,) labels."""

    texts: Sequence[str]
    labels: NDArray[np.int64]
    predefined_hidden: Mask | None = None


def read_tab_files(paths: Sequence[Path], classes: Sequence[str]) -> Texts:
    """The texts of Orange's tables: three lines of header, then a class, a tabulator and a text a line."""
    lines = [line for path in paths for line in path.read_text("utf-8").split("\n")[3:]]
    rows = [(name, text.strip()) for name, tab, text in (line.partition("\t") for line in lines) if tab]
    kept = [(name, text) for name, text in rows if tokens(text)]
    labels = np.array([classes.index(name) for name, _ in kept], dtype=np.int64)
    return Texts([text for _, text in kept], labels)


@dataclass(frozen=True)
class TextData:
    """Texts of these classes, of which a model sees the first words."""

    classes: tuple[str, ...]
    length: int
    """So many words of a text are ids."""
    vocabulary: int
    """So many ids there are."""
    shares: Shares
    what: str
    """One of them, for people: "review"."""
    near: bool = False
    """Texts that are nearly the same fall on one side, and no hidden one has the ids of a public one."""
    folders: tuple[tuple[str, ...], ...] = ()
    """What a mentor may call the folder of each class, the usual name first; the class's name where empty."""

    @property
    def inputs(self) -> tuple[Input, Input]:
        """Both forms of an input."""
        ids = f"{self.length} token ids below {self.vocabulary}, padded with 0 at the end"
        return (
            Input(TOKENS, (self.length,), "int32", ids),
            Input(TEXT, (), "string", f"the {self.what} as it was written"),
        )

    @property
    def own_files(self) -> OwnFiles:
        """What a mentor's files look like."""
        both = "both" if len(self.classes) == 2 else "all of them"
        return OwnFiles(
            f"folders {self._usual_folders()} with a text file per {self.what}; "
            f"or public/ and hidden/ with {both} in each"
        )

    def starter(self, **words: str) -> dict[str, str]:
        """The words of a starter that is made from starters/text.txt: these, and the data's own."""
        return {
            "kind": "text",
            "length": str(self.length),
            "vocabulary": str(self.vocabulary),
            "classes": ", ".join(f'"{name}"' for name in self.classes),
            "what": self.what,
            **words,
        }

    def split(self, texts: Texts, secret: bytes) -> Splits:
        """The splits of all texts. The vocabulary is that of the public ones."""
        # A lone carriage return would end a row of the learner's CSV file.
        texts = replace(texts, texts=["\n".join(re.split("\r\n?", text)) for text in texts.texts])
        masks = split(self._examples(texts), secret, self.shares)
        vocabulary = self.count_vocabulary(texts.texts[index] for index in masks.public)
        hidden = self._unseen(texts, masks, vocabulary) if self.near else masks.hidden
        return Splits(
            write_public=partial(_write_public, texts=texts, masks=masks, vocabulary=vocabulary),
            validation=self._labelled_set(texts, masks.validation, vocabulary),
            hidden=self._labelled_set(texts, hidden, vocabulary),
            classes=self.classes,
            public_count=len(masks.public),
            duplicates=masks.duplicates + len(masks.hidden) - len(hidden),
            training=self._labelled_set(texts, masks.training_sample, vocabulary),
        )

    def split_own(self, raw: Path, secret: bytes) -> Splits:
        """`raw` is a mentor's folder with a folder of text files per class, or public/ and hidden/ of these.

        Raises:
            BadData: for another layout, or a file that is no text.
        """
        if not has_predefined_hidden(raw):
            return self.split(self._read(raw), secret)
        public, hidden = self._read(raw / "public"), self._read(raw / "hidden")
        predefined_hidden = np.repeat([False, True], [len(public.texts), len(hidden.texts)])
        labels = np.concatenate([public.labels, hidden.labels])
        return self.split(Texts([*public.texts, *hidden.texts], labels, predefined_hidden), secret)

    def count_vocabulary(self, texts: Iterable[str]) -> tuple[str, ...]:
        """Padding, the unknown word, and the most frequent words, most frequent first, equals by alphabet."""
        counts = Counter(token for text in texts for token in tokens(text))
        ranked = sorted(counts, key=lambda token: (-counts[token], token))
        return (PADDING, UNKNOWN, *ranked[: self.vocabulary - 2])

    def encode(self, texts: Sequence[str], vocabulary: Sequence[str]) -> NDArray[np.int32]:
        """(n, length) ids."""
        return encode(texts, vocabulary, self.length)

    def _examples(self, texts: Texts) -> Examples:
        """Texts are the same when all that a model of token ids sees of them is, or nearly."""
        seen = [tokens(text)[: self.length] for text in texts.texts]
        contents = first_of_alike(seen) if self.near else [" ".join(words) for words in seen]
        details = [f"{label}{text}".encode() for text, label in zip(texts.texts, texts.labels, strict=True)]
        encoded = [content.encode() for content in contents]
        return Examples(encoded, details, texts.labels, self.classes, texts.predefined_hidden)

    def _unseen(self, texts: Texts, masks: SplitMasks, vocabulary: Sequence[str]) -> NDArray[np.intp]:
        """The hidden ones, without those that differ from a public one in unknown words only."""
        public, hidden = (
            self.encode([texts.texts[index] for index in chosen], vocabulary)
            for chosen in (masks.public, masks.hidden)
        )
        known = {row.tobytes() for row in public}
        return masks.hidden[[row.tobytes() not in known for row in hidden]]

    def _labelled_set(self, texts: Texts, chosen: NDArray[np.intp], vocabulary: Sequence[str]) -> LabelledSet:
        written = [texts.texts[index] for index in chosen]
        return LabelledSet(
            {TOKENS: self.encode(written, vocabulary), TEXT: written}, Labels(texts.labels[chosen])
        )

    def _usual_folders(self) -> str:
        """For people: "neg/ and pos/"."""
        return joined(f"{names[0]}/" for names in self._folder_names())

    def _folder_names(self) -> tuple[tuple[str, ...], ...]:
        return self.folders or tuple((name,) for name in self.classes)

    def _read(self, root: Path) -> Texts:
        folders = visible_folders(root)
        meant = {name: label for label, names in enumerate(self._folder_names()) for name in names}
        found = [meant[folder.name.lower()] for folder in folders if folder.name.lower() in meant]
        if sorted(found) != list(range(len(self.classes))) or len(folders) != len(found):
            held = ", ".join(f"{folder.name}/" for folder in folders) or "no folder"
            raise BadData(
                f"{root} should hold {len(self.classes)} folders of text files, {self._usual_folders()}; "
                f"it holds {held}.",
                " ".join(
                    f"Instead of {first}, {' or '.join(more)} will do too." for first, *more in self.folders
                ),
            )
        texts: list[str] = []
        labels: list[int] = []
        for folder, label in zip(folders, found, strict=True):
            for path in visible_files(folder):
                texts.append(self.read_text(path))
                labels.append(label)
        return Texts(texts, np.array(labels, dtype=np.int64))

    def read_text(self, path: Path) -> str:
        """What a mentor's file says. Raises BadData where it is no text, or has no words."""
        try:
            text = decode_text(path.read_bytes()).strip()
        except Undecodable as error:
            raise BadData(f"{path} is not text in UTF-8.", "Convert it or remove it.") from error
        if not tokens(text):
            raise BadData(f"{path} holds no words.", f"Remove it, or put a {self.what} there.")
        return text


def _write_public(folder: Path, texts: Texts, masks: SplitMasks, vocabulary: Sequence[str]) -> None:
    _write_texts(folder / "train.csv", texts, masks.train)
    _write_texts(folder / "validation.csv", texts, masks.validation)
    lines = "\n".join(vocabulary) + "\n"
    (folder / VOCABULARY_FILE).write_text(lines, encoding="utf-8", newline="\n")


def _write_texts(path: Path, texts: Texts, chosen: NDArray[np.intp]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("text", "label"))
        writer.writerows((texts.texts[index], texts.labels[index]) for index in chosen)
