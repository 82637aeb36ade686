"""Public files with their answers dealt out at random: what is learned from them is nothing."""

from __future__ import annotations

import csv
import random
from pathlib import Path


def shuffle_answers(public: Path) -> bool:
    """Shuffle the answers in public data. Whether that is possible: in CSV files and class folders."""
    random.seed(0)
    folders = [public / part for part in ("train", "validation") if (public / part).is_dir()]
    tables = sorted(public.glob("*.csv"))
    for folder in folders:
        _shuffle_files(folder)
    for table in tables:
        _shuffle_table(table, whole_rows=table.stem not in ("train", "validation"))
    return bool(folders or tables)


def _shuffle_files(folder: Path) -> None:
    """Every file into the place of another one."""
    paths = sorted(path for path in folder.glob("*/*") if path.is_file())
    contents = [path.read_bytes() for path in paths]
    random.shuffle(contents)
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)


def _shuffle_table(file: Path, *, whole_rows: bool) -> None:
    """The last column, which is the answer; of a series its rows, as its answers are rows too."""
    with file.open(newline="", encoding="utf-8") as opened:
        header, *rows = csv.reader(opened)
    answers = [row[-1] for row in rows]
    random.shuffle(rows if whole_rows else answers)
    with file.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.writer(opened, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(
            rows if whole_rows else [[*row[:-1], answer] for row, answer in zip(rows, answers, strict=True)]
        )
