"""Two attempts on a page: what the terminal shows of them, and their training curves over each other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..files.atomic import write_whole
from ..grader.comparison import Comparison
from .comparison import facts_table, headline
from .page import page_name, render
from .page_store import PageStore
from .view import heading_of

if TYPE_CHECKING:
    from .plots import Plot


def write_comparison(comparison: Comparison, pages: PageStore) -> Path:
    """Write the page beside those of submissions, and return its path."""
    before, after = (each.record.number for each in (comparison.before, comparison.after))
    page = render_comparison(comparison, pages)
    return write_whole(pages.folder / f"diff-{before}-{after}.html", page)


def render_comparison(comparison: Comparison, pages: PageStore) -> str:
    """The page, as HTML; it leads to the pages of both attempts where there are any."""
    one, other = comparison.before, comparison.after
    kept = pages.kept()
    plots: tuple[Plot, ...] = ()
    if one.curves and other.curves:
        from .plots import draw_both

        plots = draw_both(one.curves, other.curves, (one.record.number, other.record.number))
    numbers = [each.record.number for each in (one, other)]
    return render(
        "comparison.html",
        heading=f"{heading_of(one.record)} and {other.record.number}",
        headline=headline(comparison),
        why=comparison.why,
        facts=facts_table(comparison),
        ways=[(f"submission {number}", page_name(number)) for number in numbers if number in kept],
        plots=plots,
        changes=[
            (title, "\n".join(lines))
            for title, lines in (("Layers", comparison.layers), ("Starter", comparison.source))
            if lines
        ],
    )
