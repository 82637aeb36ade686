"""Training curves from the logs a workspace may hold, kept with the submission they belong to."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from tfprep.grader import Graded, ScoreCard, Verdict
from tfprep.grader.ledger import Ledger
from tfprep.grader.records import Curves
from tfprep.grader.submission.curves import _logs, read_curves, read_printed
from tfprep.grader.submission.training_logs import MOST_POINTS, MOST_SERIES
from tfprep.problems import Problem, all_problems
from tfprep.problems.scripts import script_of

from .. import warm_python
from .examples import submitted

CSV = "epoch,accuracy,loss,val_loss\n0,0.5,1.0,1.1\n1,0.75,0.5,0.6\n2,0.8,0.4,0.7\n"
HOSTILE = "<script>alert(1)</script>\x1b[31m\u202e"


def write(folder: Path, name: str, text: str, age: float = 0) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    changed = path.stat().st_mtime - age
    os.utime(path, (changed, changed))
    return path


def found(folder: Path) -> Curves:
    curves = read_curves(folder)
    assert curves is not None
    return curves


def by_name(curves: Curves) -> dict[str, tuple[float | None, ...]]:
    return {curve.name: curve.values for curve in curves.curves}


def test_a_csv_logger_s_file_becomes_a_curve_for_each_column(tmp_path: Path) -> None:
    write(tmp_path, "history.csv", CSV)
    curves = found(tmp_path)
    assert curves.source == "history.csv"
    assert by_name(curves)["val_loss"] == (1.1, 0.6, 0.7)
    assert curves.curves[0].steps == (1, 2, 3)
    loss = {curve.name: (curve.subject, curve.of_validation) for curve in curves.curves}
    assert loss["val_loss"] == ("loss", True)


@pytest.mark.parametrize("told", [{"loss": [1, 0.5]}, {"history": {"loss": [1, 0.5]}, "epoch": [0, 1]}])
def test_a_history_written_as_json_becomes_curves(tmp_path: Path, told: object) -> None:
    write(tmp_path, "training.json", json.dumps(told))
    assert by_name(found(tmp_path)) == {"loss": (1.0, 0.5)}


def test_the_newest_log_is_taken(tmp_path: Path) -> None:
    write(tmp_path, "history.csv", CSV, age=100)
    write(tmp_path, "history.json", '{"loss": [3]}')
    assert found(tmp_path).source == "history.json"


def test_what_is_no_number_is_a_gap(tmp_path: Path) -> None:
    write(tmp_path, "history.csv", "epoch,loss\n0,NA\n1,nan\n2,0.5\n3,inf\n4\n5,1e999\n")
    assert by_name(found(tmp_path)) == {"loss": (None, None, 0.5, None, None, None)}


def test_an_enormous_log_is_bounded_and_keeps_its_end(tmp_path: Path) -> None:
    names = [f"m{number}" for number in range(30)]
    rows = [",".join(["0", *[str(row)] * 30]) for row in range(9000)]
    write(tmp_path, "history.csv", "\n".join([",".join(["epoch", *names]), *rows]))
    curves = found(tmp_path).curves
    assert len(curves) == MOST_SERIES
    assert len(curves[0].values) <= MOST_POINTS
    assert curves[0].values[-1] == 8999
    assert curves[0].steps[-1] == 9000


def test_names_of_series_are_printable_and_short(tmp_path: Path) -> None:
    write(tmp_path, "history.json", json.dumps({HOSTILE * 40: [1]}))
    (curve,) = found(tmp_path).curves
    assert curve.name.isprintable()
    assert len(curve.name) <= 60


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("history.csv", ""),
        ("history.csv", "a,b\n1,2\n"),
        ("history.csv", "epoch,loss\n0,x\n"),
        ("history.json", "{"),
        ("history.json", "[" * 100_000),
        ("history.json", '{"loss": 3}'),
        ("history.json", '{"loss": [[1], {"a": 2}, "x"]}'),
        ("history.json", "[1, 2]"),
        ("logs/train/events.out.tfevents.1.host", "no records at all"),
        ("data/train.csv", CSV),
    ],
)
def test_what_is_no_log_is_left_alone(tmp_path: Path, name: str, text: str) -> None:
    write(tmp_path, name, text)
    assert read_curves(tmp_path) is None


def test_a_log_that_never_ends_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "history.csv")
    assert read_curves(tmp_path) is None


def test_what_keras_prints_becomes_curves() -> None:
    log = (
        "Epoch 1/2\n10/10 - 1s - loss: 0.9 - val_loss: 1.2e+01\n"
        "Epoch 2/2\n 5/10 - loss: 0.7\n10/10 ━━ 1s 2ms/step - loss: 0.5 - val_loss: 0.6\nsaved: model\n"
    )
    curves = read_printed(log)
    assert curves is not None
    assert by_name(curves) == {"loss": (0.9, 0.5), "val_loss": (12.0, 0.6)}
    assert read_printed("nothing: 3\n") is None


def test_curves_are_stored_with_their_submission(tmp_path: Path) -> None:
    write(tmp_path, "history.csv", CSV)
    curves = found(tmp_path)
    card = ScoreCard(problem="problem2", data_source="package", verdict=Verdict.INVALID, reason="No.")
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        with_curves = ledger.record(Graded(submitted(), card), curves)
        without = ledger.record(Graded(submitted(), card))
        assert ledger.curves.read(with_curves.number) == curves
        assert ledger.curves.read(without.number) is None


@pytest.mark.parametrize("problem", all_problems(), ids=lambda problem: problem.name)
def test_every_starter_logs_its_training_where_it_is_looked_for(problem: Problem) -> None:
    source = script_of(problem, "starter")
    assert 'CSVLogger("history.csv")' in source
    assert "callbacks=[log]" in source


TRAINING = """
import json, sys
import numpy as np, tensorflow as tf
model = tf.keras.Sequential([tf.keras.Input((1,)), tf.keras.layers.Dense(1)])
model.compile(loss="mae", optimizer="sgd", metrics=["mse"])
x = np.linspace(0, 1, 32, dtype="float32")
logs = [tf.keras.callbacks.CSVLogger("csv/history.csv"), tf.keras.callbacks.TensorBoard("board/logs/fit")]
history = model.fit(x, x, epochs=3, validation_split=0.25, callbacks=logs, verbose=2)
json.dump(history.history, open("json/history.json", "w"))
"""


@pytest.mark.slow
def test_all_three_logs_of_one_training_tell_the_same(tmp_path: Path) -> None:
    for folder in ("csv", "json", "board"):
        (tmp_path / folder).mkdir()
    run = warm_python.run(["-c", TRAINING], cwd=tmp_path, check=True)
    told = {folder: by_name(found(tmp_path / folder)) for folder in ("csv", "json", "board")}
    printed = read_printed(run.stdout)
    assert printed is not None
    told["print"] = by_name(printed)
    for curves in told.values():
        assert {"loss", "val_loss", "mse", "val_mse"} <= set(curves)
        for name in ("loss", "val_loss"):
            assert np.allclose(np.array(curves[name], float), np.array(told["csv"][name], float), atol=1e-3)
    assert found(tmp_path / "board").curves[0].steps == (1, 2, 3)
    assert found(tmp_path / "board").source == "logs/fit"


def test_the_walk_for_logs_ends_however_large_the_workspace_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tfprep.grader.submission.curves._MOST_ENTRIES", 50)
    looked_at: list[str] = []
    scan = os.scandir

    def count(folder: Path) -> object:
        looked_at.append(str(folder))
        return scan(folder)

    for number in range(60):
        (tmp_path / "many" / f"{number}").mkdir(parents=True)
    monkeypatch.setattr("tfprep.grader.submission.curves.os.scandir", count)
    write(tmp_path, "history.csv", CSV)
    assert found(tmp_path).source == "history.csv"
    assert len(looked_at) <= 50


@pytest.mark.parametrize("name", [".venv", "my-env", "site-packages", "node_modules", ".git", "data"])
def test_folders_of_programs_are_not_looked_into(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name / "below"
    folder.mkdir(parents=True)
    (tmp_path / "my-env").mkdir(exist_ok=True)
    (tmp_path / "my-env" / "pyvenv.cfg").touch()
    (folder / "events.out.tfevents.1").write_bytes(b"")
    assert not _logs(tmp_path)


def test_a_log_is_a_file_and_no_link_or_pipe(tmp_path: Path) -> None:
    (tmp_path / "history.csv").symlink_to("/dev/zero")
    (tmp_path / "history.json").symlink_to("/proc/kmsg")
    os.mkfifo(tmp_path / "log.csv")
    assert read_curves(tmp_path) is None
