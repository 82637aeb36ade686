"""A cohort for programs: `results.json`, and the JSON that the cohort commands print.

The schema is called `tfprep.cohort.results`. Within one version fields may be added, and none is renamed,
moved or given another meaning. Times are ISO 8601 with an offset, points and scores go from 0 to 5, totals
to 100.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from ...classroom.exam_totals import ExamResults, exam_results
from ...classroom.rule_changes import RuleChange, changed_rules
from ...classroom.rules_file import recorded_rules
from ...cohorts import Cohort, LearnerResult, Result
from ...cohorts.decisions import Audit
from ...cohorts.integrity.look_alikes import HONEST_PAIRS, Group
from ...cohorts.rules_in_force import RulesPreview
from ...errors import BadCohort, UnknownProblem
from ...files.text import counted
from ...grader import Record
from ...grader.records.cohort_runs import (
    AppliedRules,
    CohortNote,
    CohortSummary,
    Decision,
    ScoreChange,
    UnchangedRegrading,
    Withdrawal,
)
from ...problems import find
from .exam_results import variants_told

SCHEMA: Final = "tfprep.cohort.results"
VERSION: Final = 1


def results_json(cohort: Cohort, groups: Sequence[Group] | None = None) -> str:
    """The same cohort gives the same text."""
    return json.dumps(results_record(cohort, groups), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def results_record(cohort: Cohort, groups: Sequence[Group] | None = None) -> dict[str, Any]:
    """Everything as plain values.

    `groups` are the look-alikes, as `CohortService.similar` gives them; None where nobody looked.
    """
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "cohort": cohort.name,
        "deadline": _time(cohort.deadline),
        "pass_mark": cohort.pass_mark,
        "notes": list(cohort.notes),
        "problems": [
            {"id": one, "name": _name(one), "weight": weight}
            for one, weight in zip(cohort.problems, cohort.weights, strict=True)
        ],
        "learners": [_learner_record(one) for one in cohort.learners],
        "unplaced": [{"place": one.found_at, "why": one.why} for one in cohort.unmatched],
        "pending": [
            {"learner": one.learner, "problem": one.problem, "place": one.found_at, "why": one.why}
            for one in cohort.pending
        ],
        "exams": [_exam_record(one) for one in exam_results(cohort.exams)],
    } | ({} if groups is None else {"look_alikes": [group_record(one) for one in groups]})


def group_record(group: Group) -> dict[str, Any]:
    """A group of look-alikes as plain values: in `results.json`, and of `cohort similar`."""
    return {
        "problem": group.problem,
        "question": "Did these people work together?",
        "learners": [
            {"id": each.learner, "submissions": list(each.numbers), "handed_in": _time(each.handed_in)}
            for each in group.members
        ],
        "handed_in_first": group.first,
        "handed_in_together": [list(each) for each in group.together],
        "evidence": [
            {
                "kind": each.kind.value,
                "learners": list(each.learners),
                "measure": round(each.measure, 6),
                "told": each.text,
            }
            for each in group.likenesses
        ],
        "pairs_left_out": group.untold,
        "measured": [
            {"kind": kind.value, "honest_pairs": pairs, "named": 0} for kind, pairs in HONEST_PAIRS.items()
        ],
    }


def summary_record(summary: CohortSummary) -> dict[str, Any]:
    """A cohort in a list as plain values."""
    return {**asdict(summary), "used": _time(summary.used)}


def audit_records(audit: Audit) -> list[dict[str, Any]]:
    """Overrides, regradings, withdrawals, rules and accepted hand-ins as plain values, oldest first."""
    by_hand = [
        {
            **_act_record(one, "override" if one.override else "override removed"),
            "score": one.override.score if one.override else None,
            "reason": one.reason,
        }
        for one in audit.decisions
    ]
    regraded = [
        {
            **_act_record(one, "regrading taken back" if one.undoes else "regraded"),
            "before": one.before,
            "after": one.after,
            "score_before": one.score_before,
            "score_after": one.score_after,
            "reason": one.why,
            "act": one.act,
        }
        for one in audit.score_changes
    ]
    withdrawn = [
        {
            **_act_record(one, "withdrawn" if one.withdrawn else "counts again"),
            "submission": one.submission,
            "reason": one.reason,
        }
        for one in audit.withdrawals
    ]
    applied = list(audit.rules)
    rules = [_rules_act(one, before) for one, before in zip(applied, [None, *applied], strict=False)]
    accepted = [
        {
            "when": _time(one.when),
            "by": one.by,
            "learner": one.learner,
            "problem": "",
            "what": f"hand-in {one.file} of exam {one.exam[:16]} accepted",
            "reason": one.why,
        }
        for one in audit.exam_choices
    ]
    tried = [
        {
            **_act_record(one, _told_of(one)),
            "submissions": one.count,
            "rerun": one.rerun,
            "verdict": one.verdict or None,
            "outdated": one.outdated,
            "reason": one.why,
        }
        for one in audit.unchanged_regradings
    ]
    acts = [*by_hand, *regraded, *withdrawn, *rules, *accepted, *tried]
    return sorted(acts, key=lambda record: str(record["when"]))


def _told_of(tried: UnchangedRegrading) -> str:
    submissions = counted(tried.count, "submission") + (f" ({tried.verdict})" if tried.verdict else "")
    if not tried.count:
        return "nothing to regrade"
    if tried.rerun:
        return f"{submissions} to run again: no new result"
    outdated = f"; {tried.outdated:,} must be run again" if tried.outdated else ""
    return f"{submissions} looked at again: no score changed{outdated}"


def _rules_act(applied: AppliedRules, before: AppliedRules | None) -> dict[str, Any]:
    changes: tuple[RuleChange, ...] = ()
    if before is not None:
        with suppress(BadCohort):  # this version may not take an old text any more
            changes = changed_rules(recorded_rules(before.rules), recorded_rules(applied.rules))
    told = ", ".join(f"{each.key} {each.before} → {each.after}" for each in changes)
    return {
        "when": applied.when.isoformat(),
        "by": applied.by,
        "learner": "",
        "problem": "",
        "what": f"rules: {told}" if told else f"rules of {applied.rules.path or 'no file'}",
        "changes": [asdict(each) for each in changes],
        "path": applied.rules.path,
        "digest": applied.rules.digest,
        "text": applied.rules.text,
        "reason": applied.reason,
    }


def rules_record(note: CohortNote, preview: RulesPreview | None) -> dict[str, Any]:
    """The rules that count, and what those of a file would change, as plain values."""
    changes = None if preview is None else {"path": preview.path, **asdict(preview)}
    return {
        "cohort": note.name,
        "path": note.rules.path,
        "since": _time(note.rules_since),
        "digest": note.rules.digest,
        "text": note.rules.text,
        "changes": changes,
    }


def _act_record(act: Decision | ScoreChange | Withdrawal | UnchangedRegrading, what: str) -> dict[str, Any]:
    when = act.when.isoformat()
    return {"when": when, "by": act.by, "learner": act.learner, "problem": act.problem, "what": what}


def _learner_record(learner_result: LearnerResult) -> dict[str, Any]:
    learner = learner_result.learner
    return {
        "id": learner.id,
        "name": learner.name,
        "email": learner.email,
        "total": learner_result.total,
        "results": [_result_record(result) for result in learner_result.results],
    }


def _result_record(result: Result) -> dict[str, Any]:
    return {
        "problem": result.problem,
        "points": result.points,
        "machine_score": result.machine,
        "override": result.override and {**asdict(result.override), "when": _time(result.override.when)},
        "penalty": result.penalty,
        "handed_in": _time(result.handed_in),
        "deadline": _time(result.deadline),
        "marked_late": result.marked_late,
        "late_seconds": result.late_by.total_seconds() if result.late_by else None,
        "counted": None if result.counted is None else _attempt_record(result.counted),
        "attempts": [record.number for record in result.attempts],
    }


def _exam_record(exam: ExamResults) -> dict[str, Any]:
    return {
        "exam": exam.exam,
        "variants": variants_told(exam),
        "results": [
            {
                "learner": each.learner,
                "total": each.total,
                "passed": each.passed,
                "points": dict(each.points),
                "remarks": list(each.notes or ()),
            }
            for each in exam.counted.values()
        ],
        "do_not_count": [
            {"learner": each.learner, "file": each.file, "why": list(each.remarks)} for each in exam.refused
        ],
    }


def _attempt_record(record: Record) -> dict[str, Any]:
    card = record.card
    prints = card.fingerprints
    return {
        "submission": record.number,
        "file": record.name,
        "kind": record.kind,
        "sha256": record.digest,
        "verdict": card.verdict.value,
        "score": card.score,
        "reason": card.reason,
        "metric_name": card.metric,
        "metric": card.value,
        "interval": None if card.interval is None else [card.interval.low, card.interval.high],
        "likely_scores": list(card.scores_in_interval),
        "findings": [finding.code for finding in card.findings],
        "data": prints.data if prints else None,
        "grader": prints.scoring if prints else None,
        "scoring": prints.scoring if prints else None,
        "environment": prints.environment if prints else None,
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _name(problem: str) -> str:
    try:
        return find(problem).name
    except UnknownProblem:  # graded by an installation that had more problems than this one
        return problem
