"""The hidden labels never enter the sandbox, and no text that comes out of it quotes a hidden input.

In a plain subprocess a job can read its user's files, the labels and the kept inputs among them: there only
what its author is shown is tested.
"""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import h5py
import numpy as np
import pytest

from tfprep.problems import Dataset, Split

from .attacked_grader import HIDDEN, Grader, assert_invalid, assert_quotes_no_input, assert_scored, text_of
from .hostile_code import script

SEARCH = """
import re, zlib
# Searched inverted, so that a pattern does not find itself in this process's own memory.
INVERTED = [bytes.fromhex(pattern) for pattern in {patterns!r}]
TURN = bytes(255 - value for value in range(256))
SEEN = {{"files": 0, "variables": 0, "bytes": 0}}

def look(name, content):
    SEEN["bytes"] += len(content)
    turned = content.translate(TURN)
    for number, pattern in enumerate(INVERTED):
        if pattern in turned:
            print("GOT pattern", number, "in", name, flush=True)

def look_into_files():
    for parent, folders, names in os.walk("/"):
        folders[:] = [each for each in folders if os.path.join(parent, each) not in ("/proc", "/sys")]
        for name in names:
            path = os.path.join(parent, name)
            # Compiled libraries are the packages' own, from before there was any data.
            with contextlib.suppress(OSError):
                if os.path.isfile(path) and not os.path.islink(path) and ".so" not in name:
                    look_into(path)

def look_into(path):
    with open(path, "rb") as file:
        SEEN["files"] += 1
        while content := file.read(2**26):
            look(path, content)

def look_into_processes():
    for path in glob.glob("/proc/[0-9]*/environ") + glob.glob("/proc/[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            look(path, open(path, "rb").read())

def look_into_memory():
    memory = open("/proc/self/mem", "rb", 0)
    for line in open("/proc/self/maps"):
        start, end = (int(part, 16) for part in line.split()[0].split("-"))
        if line.split()[1].startswith("rw") and end - start < 2**30:
            with contextlib.suppress(OSError, ValueError, OverflowError):
                memory.seek(start)
                look(line.split()[-1], memory.read(end - start))

for name, value in os.environ.items():
    SEEN["variables"] += 1
    look(name, value.encode())
look_into_files()
look_into_processes()
look_into_memory()
print("SEEN", json.dumps(SEEN), flush=True)
"""


def inverted(patterns: list[bytes]) -> list[str]:
    return [bytes(255 - value for value in pattern).hex() for pattern in patterns]


def label_patterns(dataset: Dataset) -> list[bytes]:
    """The labels in every form in which they might be stored: arrays, CSV, JSON."""
    labels = np.asarray(dataset.labels(Split.HIDDEN).values)
    part = labels[20:60]
    numbers = [str(value) for value in part]
    return [
        *(part.astype(kind).tobytes() for kind in ("i1", "i2", "i4", "i8", "f4", "f8", ">i4", ">i8")),
        *(separator.join(numbers).encode() for separator in (",", ", ", "\n", "\r\n", " ", "")),
    ]


def input_patterns(dataset: Dataset) -> list[bytes]:
    """The inner rows of some hidden images, as the floats they are."""
    pixels = np.asarray(dataset.inputs(Split.HIDDEN)["pixels"])
    return [pixels[number, 5:8].tobytes() for number in (0, 7, HIDDEN - 1)]


@pytest.mark.docker
def test_no_file_variable_or_memory_that_a_training_script_sees_holds_labels_or_inputs(
    docker: Grader,
) -> None:
    patterns = label_patterns(docker.dataset) + input_patterns(docker.dataset)
    card = docker.attack_with_script(script(SEARCH.format(patterns=inverted(patterns))))
    assert_invalid(card, "without saving a model")
    assert "GOT" not in card.log, card.log
    seen = json.loads(card.log.rsplit("SEEN ", maxsplit=1)[1])
    assert seen["files"] > 1000
    assert seen["bytes"] > 10**8
    assert seen["variables"] > 5


def test_the_search_finds_what_is_there(target: Grader) -> None:
    """The search above would find labels: it finds bytes that a script has written itself."""
    planted = bytes(range(40, 80))
    source = SEARCH.format(patterns=inverted([planted, b"never anywhere" * 3]))
    source = source.replace('os.walk("/")', 'os.walk(".")').replace("look_into_memory()\nprint", "print")
    plant = 'open("planted", "wb").write(b"x" * 999 + bytes(range(40, 80)))\n'
    card = target.attack_with_script(script(plant + source))
    assert_invalid(card, "without saving a model")
    assert "GOT pattern 0 in ./planted" in card.log
    assert "GOT pattern 1" not in card.log


def test_what_is_sent_to_a_worker_holds_no_label(
    target: Grader, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tfprep.sandbox.host import container, local

    sent = bytearray()
    for wire in (container.ContainerTransport, local.SubprocessTransport):
        send = wire.send

        def spy(self: object, data: memoryview, seconds: float, send: object = send) -> None:
            sent.extend(data)
            send(self, data, seconds)  # type: ignore[operator]

        monkeypatch.setattr(wire, "send", spy)
    card = target.attack_with_script(script("print(open('data/notes.txt').read())"))
    assert_invalid(card, "without saving a model")
    target.attack_with_file(models / "honest.h5")
    assert b"public data" in sent, "what is sent is seen"
    assert not [pattern for pattern in label_patterns(target.dataset) if pattern in sent]


@pytest.mark.docker
def test_a_script_finds_no_hidden_input_to_train_on(docker: Grader) -> None:
    source = """
    attempt("kept inputs", lambda: os.listdir("../../inputs"))
    attempt("anybody's", lambda: [name for name in glob.glob("/tmp/*/inputs/*")][0])
    attempt("an open set", lambda: os.fstat(5))
    attempt("labels", lambda: glob.glob("**/labels*", recursive=True)[0])
    """
    card = docker.attack_with_script(script(source))
    assert_invalid(card, "without saving a model")
    assert card.log.count("FAILED") == 4, card.log


@pytest.mark.docker
def test_a_model_sees_no_set_of_inputs_but_those_that_it_is_asked(docker: Grader, models: Path) -> None:
    """The worker keeps the canary's set, the honest submission's, and the perturbed ones of those before."""
    # It would be right had it found one.
    assert_scored(docker.attack_with_file(models / "find_inputs"), 0)
    assert_invalid(docker.attack_with_file(models / "reopen_inputs"), "raised PermissionDeniedError")


def test_the_graph_that_looks_for_inputs_would_find_them(local: Grader, models: Path) -> None:
    """A plain subprocess runs as its user, who may read what the worker keeps."""
    assert_scored(local.attack_with_file(models / "find_inputs"), 5)


def test_what_a_model_prints_is_dropped(target: Grader, models: Path) -> None:
    card = target.attack_with_file(models / "print_inputs")
    assert_scored(card, 5)
    assert card.log == ""
    assert_quotes_no_input(card, target.dataset)


def test_of_an_error_that_quotes_the_inputs_only_the_type_is_shown(target: Grader, models: Path) -> None:
    card = target.attack_with_file(models / "raise_inputs")
    assert_invalid(card, "The SavedModel raised InvalidArgumentError")
    assert_quotes_no_input(card, target.dataset)


def test_a_model_that_reads_the_kept_inputs_while_it_loads_cannot_report_them(
    target: Grader, models: Path
) -> None:
    card = target.attack_with_file(models / "read_inputs")
    assert_invalid(card, "The SavedModel raised InvalidArgumentError")
    assert "READ" not in text_of(card)
    assert_quotes_no_input(card, target.dataset)


def test_of_an_output_whose_shape_quotes_an_input_the_declared_shape_is_shown(
    target: Grader, models: Path
) -> None:
    card = target.attack_with_file(models / "quote_in_shape")
    assert_invalid(card, "For n inputs the model's predictions have the shape")
    assert_quotes_no_input(card, target.dataset)


def test_of_a_vocabulary_size_that_quotes_an_input_only_the_error_s_type_is_shown(
    target: Grader, models: Path
) -> None:
    card = target.attack_with_file(models / "quote_in_vocabulary_size")
    assert_invalid(card, "The SavedModel raised InvalidArgumentError when it was called")
    assert_quotes_no_input(card, target.dataset)


def test_a_keras_model_that_fails_with_a_size_of_its_making_cannot_spell_a_pixel(
    target: Grader, models: Path
) -> None:
    card = target.attack_with_file(models / "spell_in_a_size.keras")
    assert_invalid(card, "The model raised InvalidArgumentError when it was called")
    assert not re.search(r"\d[\d,]{3,}", card.reason + card.log), card.reason
    assert_quotes_no_input(card, target.dataset)


def wrong_at(models: Path, dataset: Dataset, example: int) -> bytes:
    """The honest model, but for one hidden example, which it takes for the next class."""
    pixels = np.asarray(dataset.inputs(Split.HIDDEN)["pixels"], np.float64).reshape(HIDDEN, -1)
    label = int(np.asarray(dataset.labels(Split.HIDDEN).values)[example])
    # In so many dimensions there is a direction that this image alone has a part in.
    direction = np.linalg.pinv(pixels)[:, example]
    content = io.BytesIO((models / "honest.h5").read_bytes())
    with h5py.File(content, "r+") as file:
        (kernel,) = kernels_of(file)
        changed = kernel[...]
        changed[:, (label + 1) % 10] += 2 * direction
        kernel[...] = changed
    return content.getvalue()


def kernels_of(file: h5py.File) -> list[h5py.Dataset]:
    found: list[h5py.Dataset] = []
    file.visititems(lambda _, item: found.append(item) if isinstance(item, h5py.Dataset) else None)
    return found


def test_feedback_does_not_tell_which_examples_were_wrong(
    target: Grader, models: Path, tmp_path: Path
) -> None:
    """Two models, wrong at different examples of one class: the same card, to the letter."""
    labels = np.asarray(target.dataset.labels(Split.HIDDEN).values)
    path = tmp_path / "mymodel.h5"
    cards = []
    for example in np.flatnonzero(labels == 3)[:2]:
        path.write_bytes(wrong_at(models, target.dataset, int(example)))
        cards.append(target.attack_with_file(path))
        assert_scored(cards[-1], 5)
    first, second = cards
    assert first.value == second.value == (HIDDEN - 1) / HIDDEN
    assert text_of(first) == text_of(second)
    assert (first.interval, first.margin) == (second.interval, second.margin)
