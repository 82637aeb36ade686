"""What programs read."""

from __future__ import annotations

import json

from tfprep.reports.json_records import submission_record

from .cards import INVALID, PARTIAL, recorded, untold


def test_a_record_is_one_json_object_with_the_numbers_on_top() -> None:
    values = json.loads(json.dumps(submission_record(recorded(PARTIAL))))
    assert values["problem"] == "problem2"
    assert values["verdict"] == "partial"
    assert values["score"] == 4
    assert values["metric"] == 0.962
    assert values["interval"] == [0.958, 0.966]
    assert values["reason"].startswith("Accuracy")
    assert values["findings"][0]["code"] == "never_predicted"


def test_what_could_not_be_scored_is_null_and_not_zero() -> None:
    values = submission_record(recorded(INVALID))
    assert values["score"] is None
    assert values["metric"] is None
    assert values["interval"] is None


def test_an_attempt_whose_figures_are_not_told_has_none_and_the_best_one_s_stand_apart() -> None:
    values = json.loads(json.dumps(submission_record(untold())))
    assert values["verdict"] == "no_change"
    assert [values[name] for name in ("score", "metric", "interval", "margin")] == [None] * 4
    assert (values["scores_in_interval"], values["likely_scores"]) == ([], "")
    best = {"submission": 1, "verdict": "passed", "score": 5, "metric": 0.99, "interval": [0.985, 0.995]}
    assert values["best"] == best
    assert submission_record(recorded(PARTIAL))["best"] is None
