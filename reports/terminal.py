"""The same findings and numbers in the terminal, with rich: readable when piped and in 80 columns.

Names, messages and logs may be a stranger's: everything is shown as text, never as markup, without
control characters.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from ..files.text import without_controls
from ..grader import Finding, Record, ScoreCard, Verdict
from ..grader.services import Evidence
from ..problems import Band, Dataset, Problem
from .view import NOTHING, SubmissionView, make_card_view, make_view
from .wording import value_of

if TYPE_CHECKING:
    from ..sandbox.host.doctor import Check
    from ..sandbox.host.image import ImageReport

VERDICT_STYLE = {
    Verdict.PASSED: "bold green",
    Verdict.PARTIAL: "bold yellow",
    Verdict.INVALID: "bold red",
    Verdict.OUR_FAULT: "bold magenta",
}
STATE_MARK = {"good": ("ok", "green"), "missing": ("--", "yellow"), "wrong": ("!!", "red")}


def plain(text: str) -> Text:
    """Text as it stands: no markup, no control characters, no escape sequences."""
    return Text(without_controls(text))


def show_card(console: Console, card: ScoreCard, bands: Sequence[Band], heading: str) -> None:
    """The whole result of a submission that was not recorded."""
    show_view(console, make_card_view(card, bands, heading))


def show_record(console: Console, record: Record, evidence: Evidence = NOTHING) -> None:
    """A recorded submission, as it was shown when it was graded."""
    show_view(console, make_view(record, evidence))


def show_view(console: Console, story: SubmissionView) -> None:
    """Everything that is told of a submission: verdict, metric, findings, what was seen, model, time."""
    style = VERDICT_STYLE[story.card.verdict]
    title = plain(story.heading)
    title.stylize("bold")
    told = [_measured(story), *map(_finding, story.card.findings), _seen(story), _details(story)]
    parts: list[RenderableType] = [plain(story.card.reason)]
    parts += [Padding(part, (1, 0, 0, 0)) for part in told if part is not None]
    console.print(
        Panel(
            Group(*parts),
            title=title,
            subtitle=Text(_verdict(story), style),
            border_style=style,
            box=box.ROUNDED,
            padding=(1, 2),
            title_align="left",
            subtitle_align="right",
            width=min(console.width, 88),
        )
    )


def show_history(console: Console, records: Iterable[Record]) -> None:
    """One line an attempt."""
    table = _table("No.", "When", "Learner", "Problem", "Score", "Metric", "Verdict")
    for record in records:
        card = record.card
        table.add_row(
            str(record.number),
            f"{record.when.astimezone():%Y-%m-%d %H:%M}",
            plain(record.learner),
            card.problem,
            "-" if card.score is None else f"{card.score}/5",
            value_of(card),
            Text(card.verdict.value, VERDICT_STYLE[card.verdict]),
        )
    console.print(
        table if table.row_count else "No submission yet. `tfprep start 1` makes a first workspace."
    )


def show_problems(console: Console, problems: Iterable[Problem]) -> None:
    """The catalogue, a line each."""
    table = _table("Problem", "Name", "Question", "Full marks")
    for problem in problems:
        best = problem.data_sources[0].bands[0]
        table.add_row(
            problem.id,
            problem.name,
            problem.task,
            f"{problem.metric.name} {_line(best, problem.metric.unit)}",
        )
    console.print(table)


def show_datasets(console: Console, datasets: Iterable[Dataset]) -> None:
    """The data sets that are on this machine."""
    table = _table("Problem", "Data", "Public", "Hidden", "Fingerprint")
    for dataset in datasets:
        table.add_row(
            dataset.problem.id,
            dataset.data_source,
            f"{dataset.counts.public:,}",
            f"{dataset.counts.hidden:,}",
            dataset.fingerprint[:12],
        )
    console.print(table if table.row_count else "No data yet. `tfprep data fetch` gets it.")


def show_checks(console: Console, checks: Iterable[Check]) -> None:
    """What `doctor` saw: a mark, what was found, and what to do about it."""
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for check in checks:
        mark, style = STATE_MARK[check.state]
        table.add_row(Text(mark, style), Text(check.part, "bold"), plain(check.found))
        if check.remedy:
            table.add_row("", "", Text.assemble(("-> ", "dim"), plain(check.remedy)))
    console.print(table)


def show_images(console: Console, images: Iterable[ImageReport]) -> None:
    """The sandbox's images on the engine."""
    table = _table("Image", "Size", "State")
    for image in images:
        state = image.stale or ("ready" if image.usable else f"not built: {image.accelerator.build_command}")
        size = f"{image.size_bytes / 1e9:.2f} GB" if image.id else "-"
        table.add_row(image.accelerator.tag, size, plain(state))
    console.print(table)


def _measured(story: SubmissionView) -> RenderableType | None:
    if not story.measures:
        return None
    table = _grid()
    for name, value in story.measures:
        table.add_row(Text(name, "bold"), plain(value))
    if story.bands:
        steps = [_step(story.card, band) for band in reversed(story.bands)]
        table.add_row(Text("Bands", "bold"), Text("   ").join(steps))
    if story.doubt:
        table.add_row(Text("Doubt", "bold"), story.doubt)
    return table


def _step(card: ScoreCard, band: Band) -> Text:
    """One band, in green once it is reached; without a space, so that its line never breaks."""
    reached = card.score is not None and band.score <= card.score
    sign = "≥" if band.at_least is not None else "≤"
    return Text(f"{band.score}:{sign}{band.threshold:g}", "green" if reached else "dim")


def _finding(finding: Finding) -> RenderableType:
    text = Text.assemble(("* ", "bold"), plain(finding.what))
    if finding.evidence:
        text.append("\n  ").append(plain(finding.evidence), None).stylize("", 0)
    if finding.try_next:
        text.append("\n  Try: ").append(plain(finding.try_next))
    return text


def _seen(story: SubmissionView) -> RenderableType | None:
    """What the predictions and the training show, in a few numbers."""
    table = _grid()
    for name, value in story.facts:
        table.add_row(plain(name), plain(value))
    for name, value in story.trained:
        table.add_row(plain(name), plain(value))
    return table if table.row_count else None


def _details(story: SubmissionView) -> RenderableType | None:
    table = _grid()
    if story.model:
        table.add_row(
            Text("Model", "dim"), plain(" · ".join(f"{name} {value}" for name, value in story.model))
        )
    if story.timings:
        told = [f"{name} {time}" for name, time, _ in reversed(story.timings)]
        table.add_row(Text("Time", "dim"), " · ".join([told[0], *reversed(told[1:])]))
    if story.card.fingerprints is not None:
        prints = story.card.fingerprints
        table.add_row(
            Text("Repeatable", "dim"),
            f"model {prints.artifact[:12]} · data {prints.data[:12]} · grader {prints.grader[:12]}",
        )
    return table if table.row_count else None


def _verdict(story: SubmissionView) -> str:
    score = story.card.score
    return story.verdict if score is None else f"{story.verdict}, {score} of 5"


def _line(band: Band, unit: str) -> str:
    sign = ">=" if band.at_least is not None else "<="
    return f"{sign} {band.threshold:g} {unit}".strip()


def _grid() -> Table:
    return Table(box=None, show_header=False, padding=(0, 2, 0, 0))


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column)
    return table
