"""The walk's tables, in Markdown: release by format, what was refused which sentence, and what differs."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from .answer import answers, entries

FORMATS = ("h5", "keras", "saved_model", "export")
_NAMES = re.compile(r"'[^']*'|\"[^\"]*\"|<[^>]*>|\([^)]*\)|\[[^]]*\]|\{.*|\d+|…")
Line = dict[str, Any]


def read(folder: Path, releases: Iterable[str]) -> list[Line]:
    """A line for each file of these releases, with its result where it was answered."""
    lines = []
    for release in releases:
        if (folder / release / "index.jsonl").exists():
            known = answers(folder / release)
            lines += [entry | known.get(entry["file"] or "", {}) for entry in entries(folder / release)]
    return lines


def tables(lines: list[Line], folder: Path) -> Iterator[str]:
    yield from by_format(lines)
    yield from by_release(lines)
    yield from by_family(lines)
    yield from listed(lines)
    yield from gaps(lines, folder)


def by_format(lines: list[Line]) -> Iterator[str]:
    """Equal of all files that a release wrote in a format; in brackets the refused and those that differ."""
    yield "| written by | " + " | ".join(FORMATS) + " |\n|---|" + "---|" * len(FORMATS)
    for writer in dict.fromkeys(line["writer"] for line in lines):
        cells = [
            cell([line for line in lines if (line["writer"], line["format"]) == (writer, form)])
            for form in FORMATS
        ]
        yield f"| {writer} | " + " | ".join(cells) + " |"
    yield (
        "| all | "
        + " | ".join(cell([line for line in lines if line["format"] == form]) for form in FORMATS)
        + " |"
    )


MARKS = {
    "vocabulary_lost": "v",
    "custom_layer": "c",
    "not_a_model": "n",
    "wrong_dtype": "d",
    "output_shape": "o",
    "told": "t",
}
"""Why not every file of a cell is equal: the codes of refusals, and other results than "equal"."""


def by_release(lines: list[Line]) -> Iterator[str]:
    """Every layer by every release: of each format how many files are equal, "h2/3v" where one is refused."""
    releases = list(dict.fromkeys(line["release"] for line in lines))
    yield (
        "\n| layer | "
        + " | ".join(name.replace("keras", "").replace("tf", "tf ") for name in releases)
        + " |"
    )
    yield "|---|" + "---|" * len(releases)
    cells: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        if "result" in line:
            cells.setdefault((line["family"], line["release"]), []).append(line)
    for family in sorted({family for family, _ in cells}, key=str.lower):
        row = [" ".join(counted(cells.get((family, release), []))) or "-" for release in releases]
        yield f"| {family} | " + " | ".join(row) + " |"


def counted(lines: list[Line]) -> Iterator[str]:
    for form in FORMATS:
        mine = [line for line in lines if line["format"] == form]
        others = [line for line in mine if line["result"] != "equal"]
        marks = sorted({line.get("code") or line["result"] for line in others})
        share = f"/{len(mine)}" + ",".join(MARKS.get(mark, mark) for mark in marks) if others else ""
        if mine:
            yield f"{form[0]}{len(mine) - len(others)}{share}"


def by_family(lines: list[Line]) -> Iterator[str]:
    """A row for each layer of which not every file is equal."""
    yield "\n| layer | " + " | ".join(FORMATS) + " |\n|---|" + "---|" * len(FORMATS)
    whole = []
    for family in sorted({line["family"] for line in lines}, key=str.lower):
        mine = [line for line in lines if line["family"] == family and "result" in line]
        if mine and all(line["result"] == "equal" for line in mine):
            whole.append(family)
        elif mine:
            cells = [cell([line for line in mine if line["format"] == form]) for form in FORMATS]
            yield f"| {family} | " + " | ".join(cells) + " |"
    yield f"\nEvery file of these is equal: {', '.join(whole)}."


def cell(lines: list[Line]) -> str:
    counts = Counter(line["result"] for line in lines if "result" in line)
    total = sum(counts.values())
    others = ", ".join(
        f"{counts[name]} {name}" for name in ("refused", "told", "differs", "broke") if counts[name]
    )
    return "-" if not total else f"{counts['equal']}/{total}" + (f" ({others})" if others else "")


def listed(lines: list[Line]) -> Iterator[str]:
    """Each kind of refusal and of difference: how often, which sentence, which layers, which releases."""
    kinds: dict[tuple[str, str, str], list[Line]] = {}
    for line in lines:
        if line.get("result", "equal") != "equal":
            sentence = " ".join(
                _NAMES.sub(
                    "…",
                    line.get("sentence", "")[-400:]
                    if line["result"] == "broke"
                    else line.get("sentence", ""),
                ).split()
            )
            kinds.setdefault((line["result"], line.get("code", ""), sentence[:300]), []).append(line)
    yield "\n| result | files | sentence | of |\n|---|---|---|---|"
    for (result, code, sentence), several in sorted(
        kinds.items(), key=lambda item: (item[0][0], -len(item[1]))
    ):
        cases = ", ".join(
            f"{case} {count}" for case, count in Counter(line["case"] for line in several).most_common(12)
        )
        releases = ", ".join(dict.fromkeys(line["release"] for line in several))
        yield f"| {result} {code} | {len(several)} | {sentence.replace('|', '/')} | {cases} ({releases}) |"


def gaps(lines: list[Line], folder: Path) -> Iterator[str]:
    """What a release could not write, counted, and layers without a recipe."""
    unwritten = Counter((line["case"], line["error"].split(":")[0]) for line in lines if not line["file"])
    yield "\nNot written (release's own error): " + ", ".join(
        f"{case} {kind} {n}" for (case, kind), n in unwritten.most_common(60)
    )
    for release in dict.fromkeys(line["release"] for line in lines):
        path = folder / release / "no_recipe.json"
        if path.exists() and (names := json.loads(path.read_text())):
            yield f"- {release} has layers without a recipe: {', '.join(names)}"
