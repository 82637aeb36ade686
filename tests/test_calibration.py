"""The calibration's book-keeping: what is measured stays measured, and a threshold that fails is told."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from rich.console import Console

from tfprep.problems import find

from .calibration import (
    CalibrationFailed,
    Measured,
    Trial,
    append_result,
    broken_thresholds,
    main,
    measure,
    plan,
    read_results,
    secret_of,
    show,
    train,
)

MNIST = find("mnist")


def _measured(solution: str, seed: int, value: float, script: str = "0" * 64) -> Measured:
    trial = Trial(MNIST.id, "package", solution, seed, script)
    return Measured(trial, "package", 10_000, value, value - 0.003, value + 0.003, 12.5)


def test_results_that_are_in_the_file_are_not_trained_again(tmp_path: Path) -> None:
    trials = list(plan([MNIST], "package", range(2), ("reference", "naive")))
    for trial in trials:
        append_result(tmp_path / "results.jsonl", Measured(trial, "package", 10, 0.9, 0.8, 1.0, 1.0))
    told: list[str] = []
    known = measure(trials, tmp_path / "results.jsonl", tmp_path / "downloads", told.append)
    assert [one.trial for one in known] == trials
    assert "0 to run" in told[0]


def test_a_line_that_was_cut_off_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    append_result(path, _measured("naive", 0, 0.5))
    append_result(path, _measured("naive", 1, 0.5))
    path.write_bytes(path.read_bytes()[:-30])
    assert list(read_results(path)) == [_measured("naive", 0, 0.5)]


def test_a_run_after_a_cut_off_line_adds_a_line_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    path.write_text('{"trial": {"prob', "utf-8")
    append_result(path, _measured("naive", 0, 0.5))
    assert list(read_results(path)) == [_measured("naive", 0, 0.5)]


def test_a_changed_solution_is_another_trial() -> None:
    planned = {trial.script for trial in plan([MNIST], "package", range(3), ("reference",))}
    assert planned == {hashlib.sha256((MNIST.folder / "reference.py").read_bytes()).hexdigest()}


def test_every_seed_has_a_secret_of_its_own_that_stays() -> None:
    secrets = [secret_of(seed) for seed in range(5)]
    assert len(set(secrets)) == 5
    assert {len(secret) for secret in secrets} == {32}
    assert secret_of(0) == secrets[0]


@pytest.mark.parametrize(
    ("solution", "value", "broken"),
    [
        ("reference", 0.999, False),
        ("reference", 0.5, True),
        ("naive", 0.1, False),
        ("naive", 0.999, True),
        ("ordinary", 0.999, True),
        ("ordinary", 0.1, True),
    ],
)
def test_a_score_that_a_solution_may_not_earn_breaks_a_threshold(
    solution: str, value: float, broken: bool
) -> None:
    sentences = list(broken_thresholds(MNIST, [_measured(solution, 3, value)]))
    assert len(sentences) == broken
    assert all(solution in sentence and "seed 3" in sentence for sentence in sentences)


def test_the_table_shows_each_seeds_metric_and_how_many_scores_are_unsure() -> None:
    full = max(band.threshold for band in MNIST.data_source("package").bands)
    console = Console(record=True, width=200)
    for table in show([MNIST], [_measured("reference", 0, 0.999), _measured("reference", 1, full + 0.001)]):
        console.print(table)
    text = console.export_text()
    assert "0.999" in text
    assert "1 of 2" in text
    assert "10000 hidden" in text


def test_a_solution_that_does_not_train_ends_the_run_with_what_it_printed(tmp_path: Path) -> None:
    script = "print('half way'); raise SystemExit('the data ran out')"
    (tmp_path / "work").mkdir()
    with pytest.raises(CalibrationFailed, match=r"(?s)half way.*the data ran out"):
        train(script, tmp_path / "work", seed=0)


def test_the_seed_reaches_the_solution(tmp_path: Path) -> None:
    script = "import os; open('seed', 'w').write(os.environ['SEED'])"
    (tmp_path / "work").mkdir()
    train(script, tmp_path / "work", seed=7)
    assert (tmp_path / "work" / "seed").read_text("utf-8") == "7"


def test_a_mentor_s_files_can_be_asked_for_by_their_path(tmp_path: Path) -> None:
    results = tmp_path / "results.jsonl"
    asked = ["--problems", "mnist", "--seeds", "0", "--data", str(tmp_path), "--results", str(results)]
    assert main(asked) == 0
