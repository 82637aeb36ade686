"""Submissions, catalogue and machine in the terminal, with rich: readable when piped and in 80 columns.

Names, messages and logs may be a stranger's: everything is shown as text, never as markup, without
control characters. What tfprep says is shown in the reader's language, what a person wrote as it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table as Grid
from rich.text import Text

from ..files.text import without_controls
from ..grader import Finding, Record, ScoreCard, Verdict
from ..grader.services import ReportData
from ..languages import shown
from ..problems import Band, Dataset, Problem
from .view import NOTHING, SubmissionView, make_view
from .wording import Table

if TYPE_CHECKING:
    from ..grader.attack import AttackResult
    from ..sandbox.host.doctor import EngineCheck
    from ..sandbox.host.image import ImageReport

VERDICT_STYLE = {
    Verdict.PASSED: "bold green",
    Verdict.PARTIAL: "bold yellow",
    Verdict.INVALID: "bold red",
    Verdict.OUR_FAULT: "bold magenta",
}
NO_CHANGE_STYLE = "bold yellow"
STATE_MARK = {"good": ("ok", "green"), "missing": ("--", "yellow"), "wrong": ("!!", "red")}


def style_of(record: Record) -> str:
    """How its verdict is coloured."""
    return VERDICT_STYLE[record.card.verdict] if record.figures_of is None else NO_CHANGE_STYLE


def plain(text: str, style: str = "") -> Text:
    """What tfprep says, in the reader's language: no markup, no control characters, no escape sequences."""
    return verbatim(shown(text), style)


def verbatim(text: str, style: str = "") -> Text:
    """The same for what a person wrote, or a file is called: as it stands."""
    return Text(without_controls(text), style)


def show_card(console: Console, card: ScoreCard, bands: Sequence[Band], heading: str) -> None:
    """The whole result of a submission that was not recorded."""
    show_view(console, SubmissionView(card, tuple(bands), heading))


def show_record(console: Console, record: Record, report_data: ReportData = NOTHING) -> None:
    """A recorded submission, as it was shown when it was graded."""
    show_view(console, make_view(record, report_data))


def show_again(console: Console, record: Record) -> None:
    """A submission that was shown before, in a line."""
    told = _verdict(make_view(record))
    console.print(f"Submission {record.number}: {told}. `tfprep report {record.number}` shows it.")


def show_view(console: Console, view: SubmissionView) -> None:
    """The whole view of a submission: verdict, metric, findings, analysis, model, time."""
    style = VERDICT_STYLE[view.card.verdict] if view.best is None else NO_CHANGE_STYLE
    better = [plain(f"Could be better: {each}") for each in view.improvements]
    sections = [_measures(view), *map(_finding, view.card.findings), *better, _facts(view), _details(view)]
    headline = [plain(_headline(view), style)] if view.likely else []
    reason = view.card.reason
    # All that a running exam tells stands in the frame.
    parts: list[RenderableType] = [] if reason == f"{view.card.score} of 5." else [*headline, plain(reason)]
    parts += [Padding(part, (1, 0, 0, 0)) for part in sections if part is not None]
    console.print(framed(console, view.heading, parts, plain(_verdict(view), style), style))


def _headline(view: SubmissionView) -> str:
    """For example "4 or 5 of 5", "Still 3 of 5; 12 examples are too few to be sure"."""
    earned = f"Still {view.likely} of 5" if view.best is not None else f"{view.likely} of 5"
    return f"{earned}; {view.doubt}" if view.doubt else earned


def framed(
    console: Console, heading: str, parts: Sequence[RenderableType], subtitle: Text, style: str
) -> RenderableType:
    """Parts below one another in a frame with a heading, at most 88 columns wide."""
    return Panel(
        Group(*parts),
        title=Text.assemble(plain(heading), style="bold"),
        subtitle=subtitle,
        border_style=style,
        box=box.ROUNDED,
        padding=(1, 2),
        title_align="left",
        subtitle_align="right",
        width=min(console.width, 88),
    )


def grid(table: Table) -> RenderableType:
    """A table alone, below an empty line."""
    drawn = table_of(*(column.name for column in table.columns))
    for place, (column, cell) in enumerate(zip(table.columns, drawn.columns, strict=True)):
        cell.justify = "right" if column.number else "left"
        # A name without a space is kept whole: the other columns give way.
        cell.overflow, cell.no_wrap = "fold", not place and all(" " not in row[0] for row in table.rows)
    for row in table.rows:
        cells = zip(table.columns, row, strict=True)
        drawn.add_row(*(verbatim(cell) if column.verbatim else plain(cell) for column, cell in cells))
    return Padding(drawn, (1, 0, 0, 0))


def show_problems(console: Console, problems: Iterable[Problem]) -> None:
    """The catalogue, a row for each problem, by category."""
    table = table_of("Category", "Problem", "Name", "Task", "Trains", "Full marks")
    for problem in sorted(problems, key=lambda each: (each.category, each.number)):
        best, metric = problem.data_sources[0].bands[0], problem.metric
        sign = ">=" if metric.higher_is_better else "<="
        full_marks = f"{shown(metric.name)} {sign} {best.threshold:g} {metric.unit}".strip()
        category = f"{problem.category} {shown(problem.category.meaning)}"
        row = (category, problem.id, problem.name, shown(problem.task), shown(problem.trains), full_marks)
        table.add_row(*map(verbatim, row))
    console.print(table)


def show_datasets(console: Console, datasets: Iterable[Dataset]) -> None:
    """The data sets that are on this machine."""
    table = table_of("Problem", "Data", "Public", "Hidden", "Fingerprint")
    for dataset in datasets:
        table.add_row(
            dataset.problem.id,
            dataset.data_source,
            f"{dataset.counts.public:,}",
            f"{dataset.counts.hidden:,}",
            dataset.fingerprint[:12],
        )
    console.print(table if table.row_count else plain("No data yet. `tfprep data fetch` gets it."))


def show_checks(console: Console, checks: Iterable[EngineCheck]) -> None:
    """The checks of `doctor`: a mark, what was found, and what to do about it."""
    table = _grid()
    for check in checks:
        mark, style = STATE_MARK[check.state]
        table.add_row(Text(mark, style), plain(check.part, "bold"), plain(check.found))
        if check.remedy:
            table.add_row("", "", Text.assemble(("-> ", "dim"), plain(check.remedy)))
    console.print(table)


def show_images(console: Console, images: Iterable[ImageReport]) -> None:
    """The sandbox's images on the engine."""
    table = table_of("Image", "Size", "State")
    for image in images:
        state = image.stale or ("ready" if image.usable else f"not built: {image.accelerator.build_command}")
        size = f"{image.size_bytes / 1e9:.2f} GB" if image.id else "-"
        table.add_row(image.accelerator.tag, size, plain(state))
    console.print(table)


def show_attack(console: Console, result: AttackResult) -> None:
    """One attack on the sandbox, and what became of it."""
    mark, style = ("held", "green") if result.held else ("GOT THROUGH", "bold red")
    text = Text(f"{mark}  ", style).append(
        f"{result.kind}: {result.what} ({result.seconds:.0f} s)", "default"
    )
    console.print(text if result.held else text.append("\n  ").append(plain(result.saw)))


def _measures(view: SubmissionView) -> RenderableType | None:
    if not view.measures:
        return None
    table = _grid()
    for name, value in view.measures:
        table.add_row(plain(name, "bold"), plain(value))
    if view.bands:
        steps = [_step(view.card, band) for band in reversed(view.bands)]
        table.add_row(plain("Thresholds", "bold"), Text("   ").join(steps))
    if view.uncertainty:
        table.add_row(plain("Uncertainty", "bold"), plain(view.uncertainty))
    return table


def _step(card: ScoreCard, band: Band) -> Text:
    """One band, in green once it is reached; without a space, so that it is never broken into lines."""
    reached = card.score is not None and band.score <= card.score
    sign = "≥" if band.at_least is not None else "≤"
    return Text(f"{band.score}:{sign}{band.threshold:g}", "green" if reached else "dim")


def _finding(finding: Finding) -> RenderableType:
    if finding.follows:
        follows = plain("Probably follows:", "dim")
        return Text.assemble("  ", follows, " ", plain(f"{finding.what} {finding.evidence}"))
    text = Text.assemble(("* ", "bold"), plain(finding.what))
    if finding.evidence:
        text.append("\n  ").append(plain(finding.evidence), None).stylize("", 0)
    if finding.try_next:
        text.append("\n  ").append(plain("Try:")).append(" ").append(plain(finding.try_next))
    return text


def _facts(view: SubmissionView) -> RenderableType | None:
    """The analysis of the predictions and the training, in a few numbers."""
    table = _grid()
    for name, value in (*view.facts, *view.trained):
        table.add_row(plain(name), plain(value))
    return table if table.row_count else None


def _details(view: SubmissionView) -> RenderableType | None:
    table = _grid()
    if view.note:
        table.add_row(plain("Note", "dim"), verbatim(view.note))
    if view.model:
        table.add_row(
            plain("Model", "dim"),
            verbatim(" · ".join(f"{shown(name)} {value}" for name, value in view.model)),
        )
    if view.timings:
        times = [f"{shown(name)} {time}" for name, time, _ in reversed(view.timings)]
        table.add_row(plain("Time", "dim"), " · ".join([times[0], *reversed(times[1:])]))
    if (digests := view.card.fingerprints) is not None:
        table.add_row(
            plain("Fingerprints", "dim"),
            plain(
                f"model {digests.artifact[:12]} · data {digests.data[:12]} · scoring {digests.scoring[:12]}"
            ),
        )
    return table if table.row_count else None


def _verdict(view: SubmissionView) -> str:
    score = view.card.score
    if view.best is not None:
        return f"{view.verdict}: your best is {score} of 5"
    return view.verdict if score is None else f"{view.verdict}, {score} of 5"


def _grid() -> Grid:
    return Grid(box=None, show_header=False, padding=(0, 2, 0, 0))


def table_of(*columns: str) -> Grid:
    """An empty table with these columns, which are headed in the reader's language."""
    table = Grid(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(shown(column))
    return table
