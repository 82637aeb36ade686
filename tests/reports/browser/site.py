"""Every kind of page there is, written to a folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tfprep.reports.page import render_page, write_page

from ..cards import INVALID, PARTIAL, STRANGE, recorded

PAGES: dict[str, Callable[[Path], Path]] = {
    "partial": lambda folder: write_page(render_page(recorded(PARTIAL)), folder / "partial.html"),
    "invalid": lambda folder: write_page(render_page(recorded(INVALID)), folder / "invalid.html"),
    "strange": lambda folder: write_page(render_page(recorded(STRANGE)), folder / "strange.html"),
}
"""By the page's name, what writes it into a folder and says where it stands."""

HOSTILE = ("strange",)
"""The pages whose every word comes from a stranger."""
