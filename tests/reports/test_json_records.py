"""What programs read."""

from __future__ import annotations

import json

from tfprep.reports.json_records import submission_record

from .cards import INVALID, PARTIAL, recorded


def test_a_record_is_one_json_object_with_the_numbers_on_top() -> None:
    told = json.loads(json.dumps(submission_record(recorded(PARTIAL))))
    assert told["problem"] == "problem2"
    assert told["verdict"] == "partial"
    assert told["score"] == 4
    assert told["metric"] == 0.962
    assert told["interval"] == [0.958, 0.966]
    assert told["reason"].startswith("Accuracy")
    assert told["findings"][0]["code"] == "never_predicted"


def test_what_could_not_be_scored_is_null_and_not_zero() -> None:
    told = submission_record(recorded(INVALID))
    assert told["score"] is None
    assert told["metric"] is None
    assert told["interval"] is None
