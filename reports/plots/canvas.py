"""One style for every drawing: axes to draw on, and the SVG in a page.

Colours are the page's own, so that a drawing is as dark or as light as the page around it: matplotlib is
given stand-ins, which become CSS variables in the SVG. They differ in lightness as well as by hue.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from xml.etree import ElementTree as ET

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

INK: Final = "#0d0d01"
SOFT: Final = "#0d0d02"
EDGE: Final = "#0d0d03"
SHEET: Final = "#0d0d04"
ONE: Final = "#0d0d11"
TWO: Final = "#0d0d12"
THREE: Final = "#0d0d13"
FOUR: Final = "#0d0d14"
_ON_THE_PAGE: Final = {
    INK: "currentColor",
    SOFT: "var(--soft)",
    EDGE: "var(--edge)",
    SHEET: "var(--sheet)",
    ONE: "var(--one)",
    TWO: "var(--two)",
    THREE: "var(--three)",
    FOUR: "var(--four)",
}
WIDTH: Final = 410
HEIGHT: Final = 285
"""In the SVG's own units, which are pixels where a drawing is not scaled."""
TEXT: Final = 12.5
SMALL: Final = 11.5
_STYLE: Final[dict[Any, Any]] = {
    "svg.fonttype": "none",  # text stays text: it can be read aloud, selected, and scaled
    "text.parse_math": False,  # a name with dollar signs is a name
    "font.size": TEXT,
    "font.family": "DejaVu Sans",
    "text.color": INK,
    "axes.edgecolor": EDGE,
    "axes.labelcolor": SOFT,
    "axes.labelsize": TEXT,
    "axes.linewidth": 1.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.facecolor": "none",
    "axes.unicode_minus": True,
    "figure.facecolor": "none",
    "grid.color": EDGE,
    "grid.linewidth": 0.8,
    "lines.linewidth": 2.0,
    "lines.solid_capstyle": "round",
    "legend.frameon": False,
    "legend.fontsize": TEXT,
    "legend.labelcolor": INK,
    "xtick.color": EDGE,
    "ytick.color": EDGE,
    "xtick.labelcolor": SOFT,
    "ytick.labelcolor": SOFT,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "xtick.minor.size": 0,
    "ytick.minor.size": 0,
}
_SVG: Final = "http://www.w3.org/2000/svg"
_LINK: Final = "{http://www.w3.org/1999/xlink}href"
_DROPPED: Final = {f"{{{_SVG}}}metadata", f"{{{_SVG}}}style"}
_COLOUR: Final = re.compile("|".join(_ON_THE_PAGE))
_NO_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML cannot hold: control characters, which a folder's name may have."""
_LONG: Final = re.compile(r"(?<!\d)-?\d+\.\d{3,}")
_REFERENCE: Final = re.compile(r"#([\w-]+)")


@dataclass(frozen=True)
class Plot:
    """A drawing, what it is called, and what it shows in a sentence."""

    name: str
    """Unlike any other's on its page."""
    title: str
    caption: str
    svg: str
    """An `svg` element for an HTML page, with title and description; no script, nothing from elsewhere."""


@dataclass(frozen=True)
class Sheet:
    """What is to become a plot: draw on `axes`, then `finish`."""

    figure: Figure
    axes: Axes

    def finish(self, name: str, title: str, caption: str) -> Plot:
        """The plot. Always the same bytes for the same drawing."""
        out = io.BytesIO()
        with rc_context({**_STYLE, "svg.hashsalt": name}), warnings.catch_warnings():
            # A class may be called in any script: the reader's browser has the font for it.
            warnings.filterwarnings("ignore", message="Glyph .* missing")
            self.figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
        return Plot(name, title, caption, _for_a_page(out.getvalue(), name, title, caption))


@contextmanager
def sheet(height: int = HEIGHT) -> Iterator[Sheet]:
    """An empty drawing in the house's style, while it is drawn on."""
    with sheets(1, 1, height) as (drawn, _):
        yield drawn


@contextmanager
def sheets(rows: int, columns: int, height: int) -> Iterator[tuple[Sheet, list[Axes]]]:
    """Several axes of the same scale in one drawing."""
    with rc_context(_STYLE):
        figure = Figure(figsize=(WIDTH / 72, height / 72), dpi=72, layout="constrained")
        grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        axes = list(grid.flat)
        yield Sheet(figure, axes[0]), axes


def _for_a_page(svg: bytes, name: str, title: str, caption: str) -> str:
    """The drawing as an element: named for those who do not see it, in the page's colours, ids its own."""
    ET.register_namespace("", _SVG)
    root = ET.fromstring(_NO_XML.sub("\ufffd", svg.decode("utf-8")))  # noqa: S314 matplotlib wrote it a moment ago
    for parent in list(root.iter()):
        for child in [child for child in parent if child.tag in _DROPPED]:
            parent.remove(child)
    wanted = {found for each in root.iter() for value in each.attrib.values() for found in _ids_in(value)}
    for element in root.iter():
        _tidy(element, name, wanted)
    for size in ("width", "height", "version"):
        root.attrib.pop(size, None)
    root.set("role", "img")
    root.set("aria-labelledby", f"{name}-title {name}-description")
    for place, (tag, part, text) in enumerate((("title", "title", title), ("desc", "description", caption))):
        described = ET.Element(f"{{{_SVG}}}{tag}", {"id": f"{name}-{part}"})
        described.text = text
        root.insert(place, described)
    return ET.tostring(root, encoding="unicode")


def _tidy(element: ET.Element, name: str, wanted: set[str]) -> None:
    identity = element.attrib.pop("id", None)
    for key, value in list(element.attrib.items()):
        shown = _LONG.sub(lambda found: f"{float(found[0]):.2f}", value)
        shown = _COLOUR.sub(lambda found: _ON_THE_PAGE[found[0]], shown)
        if _ids_in(value):
            shown = shown.replace("#", f"#{name}-")
        if key == _LINK:
            del element.attrib[key]
            key = "href"  # noqa: PLW2901 SVG 2 needs no namespace for it
        element.set(key, shown)
    if identity in wanted:
        element.set("id", f"{name}-{identity}")


def _ids_in(value: str) -> list[str]:
    """The ids that an attribute refers to: "#x" or "url(#x)"."""
    return _REFERENCE.findall(value) if value.startswith("#") or "url(#" in value else []
