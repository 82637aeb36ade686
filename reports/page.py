"""A score report as one self-contained HTML page: no network, no script.

Names, messages and logs may be a stranger's: everything is escaped, and the page's own
Content-Security-Policy allows nothing but its style sheet.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import jinja2

from ..grader import Record
from .bands import bands_of, doubt_of, heading_of


def render_page(record: Record) -> str:
    """The page of one submission, as HTML."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = environment.get_template("card.html")
    return template.render(
        card=record.card,
        bands=bands_of(record.card)[::-1],
        doubt=doubt_of(record.card),
        heading=heading_of(record),
        when=f"{record.when:%Y-%m-%d %H:%M} UTC",
    )


def write_page(page: str, path: Path) -> Path:
    """Write the page, whole or not at all, and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=path.parent, suffix=".part", delete=False
    ) as part:
        part.write(page)
    return Path(part.name).replace(path)
