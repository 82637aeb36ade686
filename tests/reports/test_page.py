"""The page of one submission."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

from tfprep.files.atomic import write_whole
from tfprep.reports.page import render_page

from .cards import HOSTILE, INVALID, PARTIAL, STRANGE, recorded


class Reader(HTMLParser):
    """The tags and the text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.links += [value or "" for name, value in attrs if name in {"src", "href", "action"}]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_page_says_what_the_terminal_says() -> None:
    text = Reader(render_page(recorded(PARTIAL))).text
    for words in ("4 of 5", "0.962", "0.958 to 0.966", "Your model never says 9.", "Look at your labels."):
        assert words in text


def test_an_invalid_page_shows_no_score() -> None:
    assert "of 5" not in Reader(render_page(recorded(INVALID))).text.replace("problem", "")


def test_planted_markup_stays_text() -> None:
    read = Reader(render_page(recorded(STRANGE)))
    assert "script" not in read.tags
    assert read.links == []
    assert HOSTILE.split("\x1b", maxsplit=1)[0] in read.text
    assert "{{ 7*7 }}" in read.text


def test_a_page_is_written_whole_over_an_older_one(tmp_path: Path) -> None:
    path = tmp_path / "reports" / "7.html"
    write_whole(path, "old")
    write_whole(path, render_page(recorded(PARTIAL)))
    assert path.read_text("utf-8").rstrip().endswith("</html>")
    assert list(path.parent.iterdir()) == [path]
