"""What programs read."""

from __future__ import annotations

import json

from tfprep.reports.json_records import submission_record

from .cards import INVALID, PARTIAL, recorded


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
