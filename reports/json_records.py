"""Submissions, catalogue and machine for programs: plain values that JSON can hold."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ..grader import Record, ScoreCard
from ..grader.scoring.reasons import decimals_of, round_up
from ..grader.services import ReportData
from ..problems import Dataset, Problem
from ..sandbox.host.doctor import EngineCheck
from ..sandbox.host.image import ImageReport
from .view import NO_CHANGE_CODE, make_view
from .wording import likely_scores


def card_record(card: ScoreCard) -> dict[str, Any]:
    """One object: `metric` is the value, `interval` is [low, high], both null where nothing was scored.

    Both have the decimals that a person is shown: more would tell single hidden examples. `likely_scores` is
    the headline in words, such as "4 or 5".
    """
    record = asdict(card)
    record["metric_name"] = record.pop("metric")
    value = record.pop("value")
    decimals = 0 if value is None else decimals_of(value, card.margin)
    record["metric"] = None if value is None else round(value, decimals)
    ends = [card.interval.low, card.interval.high] if card.interval else None
    record["interval"] = None if ends is None else [round(end, decimals) for end in ends]
    if card.margin is not None:
        record["margin"]["distance"] = round_up(card.margin.distance, decimals)
    record["interval_assumes"] = card.interval.assumes if card.interval else ""
    record["likely_scores"] = likely_scores(card)
    record["verdict"] = card.verdict.value
    record["model"] = dict(card.model)
    return record


def submission_record(
    record: Record, report_data: ReportData | None = None, *, note: str = ""
) -> dict[str, Any]:
    """A recorded submission: its card, and whose it is, for which file, when and under which number.

    `attempt` counts those at this hidden test set in practice. Where a submission is not measurably better
    than the best before it, its verdict is "no_change", it has no score, metric or interval, and `best` is
    that one: its number (as `figures_of` is), verdict, score, metric and interval. Else `best` is null.

    Args:
        record: the submission, as the ledger returns it.
        report_data: adds the analysis, the training curves and the bands: the page's numbers.
        note: the learner's; the report data has it too.
    """
    fields = {
        "number": record.number,
        "learner": record.learner,
        "submitted": record.when.isoformat(),
        "name": record.name,
        "kind": record.kind,
        "size": record.size,
        "attempt": record.attempt,
        "figures_of": record.figures_of,
        "digest": record.digest,
        "note": note or (report_data.notes.get(record.number, "") if report_data else ""),
        **card_record(record.card),
        **_told_of(record),
    }
    return fields if report_data is None else {**fields, **_report_data_record(record, report_data)}


def _told_of(record: Record) -> dict[str, Any]:
    """Of an attempt whose own figures are not told: none, and the best one's under a name of theirs."""
    if record.figures_of is None:
        return {"best": None}
    figures = card_record(record.card)
    best = {name: figures[name] for name in ("verdict", "score", "metric", "interval")}
    untold = {"verdict": NO_CHANGE_CODE, "score": None, "metric": None, "interval": None, "margin": None}
    empty = {"interval_assumes": "", "scores_in_interval": (), "likely_scores": ""}
    return {**untold, **empty, "best": {"submission": record.figures_of, **best}}


def problem_record(problem: Problem) -> dict[str, Any]:
    """A problem of the catalogue."""
    return {
        "id": problem.id,
        "number": problem.number or None,
        "name": problem.name,
        "title": problem.title,
        "task": problem.task,
        "metric": problem.metric.name,
        "weight": problem.weight,
        "category": problem.category.value,
        "trains": problem.trains,
        "data_sources": {
            data_source.name: [asdict(band) for band in data_source.bands]
            for data_source in problem.data_sources
        },
    }


def dataset_record(dataset: Dataset) -> dict[str, Any]:
    """A data set that is on this machine."""
    return {
        "problem": dataset.problem.id,
        "data_source": dataset.data_source,
        "source": dataset.source,
        "classes": list(dataset.classes),
        "counts": asdict(dataset.counts),
        "fingerprint": dataset.fingerprint,
    }


def check_record(check: EngineCheck) -> dict[str, Any]:
    """One check of `doctor`."""
    return {"part": check.part, "state": check.state.value, "found": check.found, "remedy": check.remedy}


def image_record(image: ImageReport) -> dict[str, Any]:
    """One image of the sandbox."""
    return {
        "image": image.accelerator.tag,
        "id": image.id,
        "size_bytes": image.size_bytes,
        "usable": image.usable,
        "stale": image.stale,
    }


def _report_data_record(record: Record, report_data: ReportData) -> dict[str, Any]:
    view = make_view(record, report_data)
    analysis, curves = report_data.analysis, report_data.curves
    return {
        "uncertainty": view.uncertainty,
        "bands": [asdict(band) for band in view.bands],
        "facts": dict(view.facts),
        "analysis_of": report_data.figures_of or record.number,
        "analysis": None if analysis is None else {"kind": type(analysis).__name__, **asdict(analysis)},
        "curves": None if curves is None else asdict(curves),
        "attempts": len(report_data.attempts),
    }
