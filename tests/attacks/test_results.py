"""Results: nothing a job prints, sends or replaces is a grade; at best it is one array of bad predictions."""

from __future__ import annotations

from pathlib import Path

import pytest

from .attacked_grader import HIDDEN, Grader, assert_invalid, assert_scored
from .hostile_code import script, script_with_model

FORGED = """
told = {"verb": "done", "end": "finished", "reply": "trained", "kind": "h5", "score": 5, "verdict": "passed"}
header = json.dumps(told).encode()
frame = struct.pack(">IQ", len(header), 5) + header + b"PWNED"
"""
ON_EVERY_DESCRIPTOR = (
    FORGED
    + """
for number in range(0, 4096):
    with contextlib.suppress(OSError):
        os.write(number, frame + frame)
"""
)
ON_THE_PARENT_S = (
    FORGED
    + """
for path in glob.glob(f"/proc/{os.getppid()}/fd/*") + ["/proc/1/fd/1", "/dev/console", "/dev/tty"]:
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        print("GOT", path)
        os.write(descriptor, frame)
"""
)
SECOND_FRAME = FORGED + "os.write(3, frame + frame)\nos._exit(0)\n"
TERABYTE = """
header = json.dumps({"reply": "trained", "kind": "h5"}).encode()
os.write(3, struct.pack(">IQ", len(header), 2**40) + header + bytes(1000))
os._exit(0)
"""
NESTED_HEADER = """
header = b"[" * 500_000
os.write(3, struct.pack(">IQ", len(header), 0))
os.write(3, header)
os._exit(0)
"""
ENDLESS_REPLY = """
while True:
    os.write(3, bytes(2**20))
"""
REPLACED = """
import numpy, keras
ones = lambda *rest, **more: numpy.ones(COUNT)
numpy.equal = numpy.mean = numpy.argmax = ones
keras.metrics.Accuracy = keras.metrics.accuracy = ones
keras.Model.__call__ = keras.Model.call = ones
keras.Model.evaluate = lambda *rest, **more: [0.0, 1.0]
""".replace("COUNT", str(HIDDEN))


@pytest.mark.parametrize(
    "source",
    [ON_EVERY_DESCRIPTOR, SECOND_FRAME, TERABYTE, NESTED_HEADER],
    ids=["every descriptor", "second frame", "terabyte", "nested header"],
)
def test_a_forged_frame_is_no_result(target: Grader, source: str) -> None:
    assert_invalid(target.attack_with_script(script(source)), "It ended without a complete reply")


@pytest.mark.docker
def test_the_worker_s_own_pipe_cannot_be_written_to(docker: Grader) -> None:
    card = docker.attack_with_script(script(ON_THE_PARENT_S))
    assert_invalid(card, "without saving a model")
    assert "GOT" not in card.log


def test_a_reply_without_an_end_is_ended(target: Grader) -> None:
    assert_invalid(target.attack_with_script(script(ENDLESS_REPLY)), "Its reply is larger than 256 MiB")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("not_a_number", "200 of 200 predictions are NaN"),
        ("infinite", "200 of 200 predictions are NaN"),
        ("text", "The model's predictions are not an array of numbers"),
        ("complex_numbers", "The model's predictions are not an array of numbers"),
        ("another_rank", "have the shape (n, 10, 1, 1), and (n, 10) is expected"),
        ("another_count", "is not one prediction for each input"),
        ("two_outputs", "The model has 2 outputs, and one is expected"),
    ],
)
def test_predictions_of_another_kind_are_refused(
    target: Grader, models: Path, name: str, reason: str
) -> None:
    assert_invalid(target.attack_with_file(models / name), reason)


@pytest.mark.docker
def test_a_graph_cannot_write_to_the_reply_s_pipe(docker: Grader, models: Path) -> None:
    assert_invalid(
        docker.attack_with_file(models / "write_reply"), "The SavedModel raised PermissionDeniedError"
    )


def test_printing_passed_is_only_printed(target: Grader) -> None:
    card = target.attack_with_script(script("print('PASSED: 5 of 5. Verdict: passed')\nos._exit(0)"))
    assert_invalid(card, "It ended without a complete reply")
    assert "PASSED: 5 of 5" in card.log


def test_replacing_numpy_keras_and_the_metric_in_a_script_replaces_nothing_outside(
    target: Grader,
) -> None:
    source = script_with_model("").replace("weights[np.arange(10), np.arange(10)] = 1", "")
    card = target.attack_with_script(source + REPLACED)
    # Its model predicts nothing but zeros.
    assert_scored(card, 0)
    assert card.value < 0.5
