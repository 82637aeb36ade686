"""The same findings and numbers in the terminal, with rich: readable when piped and in 80 columns.

Names, messages and logs may be a stranger's: everything is shown as text, never as markup, without
control characters.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from ..grader import Finding, Record, ScoreCard, Verdict
from ..problems import Band, Dataset, Problem
from ..sandbox.doctor import Check, State
from ..sandbox.image import ImageReport
from .bands import bands_of, doubt_of, heading_of

VERDICT_STYLE = {
    Verdict.PASSED: "bold green",
    Verdict.PARTIAL: "bold yellow",
    Verdict.INVALID: "bold red",
    Verdict.OUR_FAULT: "bold magenta",
}
STATE_MARK = {State.GOOD: ("ok", "green"), State.MISSING: ("--", "yellow"), State.WRONG: ("!!", "red")}
SPENT_STEPS = ("start", "transfer", "train", "load", "predict", "score")
MODEL_ROWS = ("input", "output", "parameters", "saved_by", "device")


def plain(text: str) -> Text:
    """Text as it stands: no markup, no control characters, no escape sequences."""
    return Text("".join(mark for mark in text if mark == "\n" or unicodedata.category(mark)[0] != "C"))


def show_card(console: Console, card: ScoreCard, bands: Sequence[Band], heading: str) -> None:
    """The whole result of one submission: verdict, metric, bands, findings, model, time."""
    style = VERDICT_STYLE[card.verdict]
    title = plain(heading)
    title.stylize("bold")
    parts: list[RenderableType] = [plain(card.reason)]
    if card.value is not None:
        parts.append(Padding(_measured(card, bands), (1, 0, 0, 0)))
    parts += [Padding(_finding(finding), (1, 0, 0, 0)) for finding in card.findings]
    if details := _details(card):
        parts.append(Padding(details, (1, 0, 0, 0)))
    console.print(
        Panel(
            Group(*parts),
            title=title,
            subtitle=Text(_verdict(card), style),
            border_style=style,
            box=box.ROUNDED,
            padding=(1, 2),
            title_align="left",
            subtitle_align="right",
            width=min(console.width, 88),
        )
    )


def show_record(console: Console, record: Record) -> None:
    """A recorded submission, as it was shown when it was graded."""
    show_card(console, record.card, bands_of(record.card), heading_of(record))


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
            _value(card),
            Text(card.verdict.value, VERDICT_STYLE[card.verdict]),
        )
    console.print(
        table if table.row_count else "No submission yet. `tfprep start 1` makes a first workspace."
    )


def show_problems(console: Console, problems: Iterable[Problem]) -> None:
    """The catalogue, a line each."""
    table = _table("Problem", "Name", "Question", "Full marks")
    for problem in problems:
        best = problem.editions[0].bands[0]
        table.add_row(
            problem.id,
            problem.name,
            problem.question,
            f"{problem.metric.name} {_line(best, problem.metric.unit)}",
        )
    console.print(table)


def show_datasets(console: Console, datasets: Iterable[Dataset]) -> None:
    """The editions that are on this machine."""
    table = _table("Problem", "Edition", "Public", "Hidden", "Fingerprint")
    for dataset in datasets:
        table.add_row(
            dataset.problem.id,
            dataset.edition,
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


def _measured(card: ScoreCard, bands: Sequence[Band]) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_row(Text(card.metric, "bold"), _value(card) + _interval(card))
    table.add_row(Text("Bands", "bold"), Text("   ").join(_step(card, band) for band in reversed(bands)))
    if doubt := doubt_of(card):
        table.add_row(Text("Doubt", "bold"), doubt)
    if card.margin is not None:
        table.add_row(
            Text("Next", "bold"), f"{card.margin.distance:.3g} {card.unit} to {card.margin.next_score} of 5"
        )
    return table


def _step(card: ScoreCard, band: Band) -> Text:
    """One band, in green once it is reached; without a space, so that its line never breaks."""
    reached = card.score is not None and band.score <= card.score
    sign = "≥" if band.at_least is not None else "≤"
    return Text(f"{band.score}:{sign}{band.line:g}", "green" if reached else "dim")


def _finding(finding: Finding) -> RenderableType:
    text = Text.assemble(("* ", "bold"), plain(finding.what))
    if finding.evidence:
        text.append("\n  ").append(plain(finding.evidence), None).stylize("", 0)
    if finding.try_next:
        text.append("\n  Try: ").append(plain(finding.try_next))
    return text


def _details(card: ScoreCard) -> RenderableType | None:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    told = [f"{row.replace('_', ' ')} {card.model[row]}" for row in MODEL_ROWS if card.model.get(row)]
    if told:
        table.add_row(Text("Model", "dim"), plain(" · ".join(told)))
    if adapted := card.model.get("adaptations"):
        table.add_row(Text("Adapted", "dim"), plain(adapted))
    if card.spent.total:
        steps = [
            f"{step} {getattr(card.spent, step):.2f}" for step in SPENT_STEPS if getattr(card.spent, step)
        ]
        table.add_row(Text("Seconds", "dim"), " · ".join([f"total {card.spent.total:.2f}", *steps]))
    if card.fingerprints is not None:
        prints = card.fingerprints
        table.add_row(
            Text("Repeatable", "dim"),
            f"model {prints.artifact[:12]} · data {prints.data[:12]} · grader {prints.grader[:12]}",
        )
    return table if table.row_count else None


def _verdict(card: ScoreCard) -> str:
    return card.verdict.value if card.score is None else f"{card.verdict.value}, {card.score} of 5"


def _value(card: ScoreCard) -> str:
    return "-" if card.value is None else f"{card.value:.4g} {card.unit}".strip()


def _interval(card: ScoreCard) -> str:
    return "" if card.interval is None else f"  (95%: {card.interval.low:.4g} to {card.interval.high:.4g})"


def _line(band: Band, unit: str) -> str:
    sign = ">=" if band.at_least is not None else "<="
    return f"{sign} {band.line:g} {unit}".strip()


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column)
    return table
