"""Models that know the hidden examples: each kind is found by what it does with copies, and no honest one is.

Models are functions here, given calls as a worker makes them; `python -m tests.contamination` measures.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tfprep.grader import ScoreCard, grade, read_submission
from tfprep.grader.copies import CODES, mix_with_copies
from tfprep.grader.evaluation import make_evaluation_set
from tfprep.problems import Band, CommonMistakes, Dataset, LabelledSet, Labels, Split
from tfprep.sandbox import ArtifactKind, Ending, Outcome, Refusal
from tfprep.sandbox.host.local import LocalSandbox

from .. import warm_python
from ..grader.examples import submitted
from ..grader.made import Array, Modelled, calls_of, make, unpacked

Model = Callable[[Array], Array]
CLASSES = tuple("0123456789")
KEY = b"a home's secret"
REFUSED = Outcome(Ending.REFUSED, refusal=Refusal("model_raised", "It raised InvalidArgumentError."))


def blobs_of(classes: int = 10) -> Array:
    """(classes, 28, 28) A soft blob for each class, each in its place: small changes change little."""
    rows, columns = np.mgrid[0:28, 0:28]
    centres = [(7 + 14 * (number // 5), 3 + 5.5 * (number % 5)) for number in range(classes)]
    return np.array(
        [np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / 18) for row, column in centres], np.float32
    )


@pytest.fixture(scope="module")
def blobs(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Problem 2 with blobs in noise; every sixtieth label is another one, so that no learner is perfect."""
    shown = np.arange(600) % 10
    noise = np.random.default_rng(5).random((600, 28, 28), dtype=np.float32)
    pixels = np.rint((0.7 * blobs_of()[shown] + 0.3 * noise) * 255) / np.float32(255)
    labels = np.where(np.arange(600) % 60 == 0, (shown + 1) % 10, shown)
    folder = tmp_path_factory.mktemp("data") / "blobs"
    return make(folder, "mnist", LabelledSet({"pixels": pixels}, Labels(labels)), classes=CLASSES)


@pytest.fixture(scope="module")
def series(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Problem 5 with windows of one series, most of which overlap."""
    hours = np.arange(1_500)
    random = np.random.default_rng(1)
    demand = 4.5 + np.sin(hours * 2 * np.pi / 48) + random.normal(0, 0.15, len(hours))
    rows = np.stack([demand, random.normal(20, 5, len(hours)), hours % 2], axis=1).astype(np.float32)
    starts = np.sort(random.permutation(len(rows) - 120)[:150])
    windows = np.stack([rows[start : start + 96] for start in starts])
    labels = np.stack([rows[start + 96 : start + 120, 0] for start in starts])
    held = LabelledSet({"window": windows}, Labels(labels, groups=(starts + 96) // 48))
    return make(tmp_path_factory.mktemp("data") / "series", "forecast", held)


def learned(pixels: Array) -> Array:
    return np.einsum("nhw,khw->nk", pixels, blobs_of())


def forecast(windows: Array) -> Array:
    """The mean of the two days before, at the same time."""
    return (windows[:, :24, 0] + windows[:, 48:72, 0]) / 2


def known(dataset: Dataset) -> tuple[Array, Array]:
    inputs = np.asarray(dataset.inputs(Split.HIDDEN)[dataset.problem.inputs[0].name])
    labels = dataset.labels(Split.HIDDEN).values
    return inputs, np.eye(10, dtype=np.float32)[labels] if dataset.classes else labels


def wrong_at_times(answers: Array) -> Array:
    answers = answers.copy()
    answers[::60] = np.roll(answers[::60], 1, axis=1)
    return answers


def table(dataset: Dataset, otherwise: Model, answers: Array | None = None) -> Model:
    """Looks up what it knows, to the last bit."""
    inputs, right = known(dataset)
    held = right if answers is None else answers
    places = {one.tobytes(): place for place, one in enumerate(inputs)}

    def look_up(asked: Array) -> Array:
        found = np.array([places.get(one.tobytes(), -1) for one in asked])
        predicted = np.array(otherwise(asked), np.float32)
        predicted[found >= 0] = held[found[found >= 0]]
        return predicted

    return look_up


def nearest(dataset: Dataset, answers: Array) -> Model:
    inputs = known(dataset)[0].reshape(len(answers), -1)

    def look_up(asked: Array) -> Array:
        rows = asked.reshape(len(asked), -1)
        away = (inputs**2).sum(1)[None] - 2 * rows @ inputs.T
        return answers[away.argmin(axis=1)]

    return look_up


def graded(dataset: Dataset, model: Model | Modelled, kind: ArtifactKind = ArtifactKind.H5) -> ScoreCard:
    sandbox = model if isinstance(model, Modelled) else Modelled(model)
    return grade(submitted(kind), make_evaluation_set(dataset, Split.HIDDEN, KEY), sandbox).card


def codes(card: ScoreCard) -> list[str]:
    assert card.score is not None
    assert card.score >= 4
    return [finding.code for finding in card.findings if finding.code in CODES]


def first_class(inputs: Array) -> Array:
    return np.repeat(np.eye(10)[:1], len(inputs), axis=0)


def test_who_learned_is_told_nothing_but_both_figures(blobs: Dataset, series: Dataset) -> None:
    digits, demand = graded(blobs, learned), graded(series, forecast)
    assert (codes(digits), codes(demand)) == ([], [])
    assert digits.model["on_copies"] == "0.98 on 600 changed copies, 0.98 on the same examples as they are"
    assert " GW on 300 changed copies" in demand.model["on_copies"]


@pytest.mark.parametrize(
    "otherwise", [first_class, lambda asked: wrong_at_times(learned(asked * 0)), learned]
)
def test_a_table_is_found_whatever_it_answers_otherwise(blobs: Dataset, otherwise: Model) -> None:
    def weak(asked: Array) -> Array:
        return np.where((asked[:, 5, 5] > 0.1)[:, None], otherwise(asked), first_class(asked))

    card = graded(blobs, table(blobs, weak, wrong_at_times(known(blobs)[1])))
    assert codes(card) == ["memorised"]
    finding = card.findings[0]
    assert (
        finding.what == "This model predicts the hidden examples better than slightly changed copies of them."
    )
    assert finding.evidence.startswith(
        "On 600 copies turned, moved, sized and lit a little otherwise, the accuracy is"
    )
    assert "The score was not changed." in finding.try_next


def test_a_table_of_windows_is_found(series: Dataset) -> None:
    card = graded(series, table(series, lambda windows: windows[:, -24:, 0]))
    assert codes(card) == ["memorised"]


def test_a_model_that_refuses_what_it_does_not_know_keeps_its_score_and_is_told(blobs: Dataset) -> None:
    sandbox = Modelled(
        table(blobs, first_class, wrong_at_times(known(blobs)[1])), ends={0: REFUSED, 2: REFUSED}
    )
    card = graded(blobs, sandbox)
    assert (card.score, codes(card)) == (5, ["copies_unanswered"])
    assert card.findings[0].evidence.startswith(
        "It failed twice where 600 changed copies were among the examples"
    )


def test_a_model_without_numbers_for_copies_keeps_its_score_and_is_told(blobs: Dataset) -> None:
    card = graded(
        blobs, table(blobs, lambda asked: first_class(asked) * np.nan, wrong_at_times(known(blobs)[1]))
    )
    assert (card.score, codes(card)) == (5, ["copies_unanswered"])


def test_a_model_without_a_number_for_one_copy_is_accused_of_nothing(blobs: Dataset) -> None:
    inputs = {one.tobytes() for one in known(blobs)[0]}
    failed: list[int] = []

    def model(asked: Array) -> Array:
        predicted = learned(asked)
        copies = [row for row, one in enumerate(asked) if one.tobytes() not in inputs]
        if copies and not failed:
            failed.append(copies[0])
            predicted[copies[0]] = np.nan
        return predicted

    card = graded(blobs, model)
    assert (codes(card), len(failed)) == ([], 1)
    assert card.model["on_copies"].startswith("0.98 on 599 changed copies")


def test_a_model_that_fails_at_the_examples_too_is_invalid_and_accused_of_nothing(blobs: Dataset) -> None:
    card = graded(blobs, Modelled(learned, ends={0: REFUSED, 1: REFUSED}))
    assert card.score is None
    assert "copies_unanswered" not in {finding.code for finding in card.findings}


def test_the_nearest_known_example_makes_almost_no_error(blobs: Dataset) -> None:
    assert codes(graded(blobs, nearest(blobs, known(blobs)[1]))) == ["hardly_any_error"]


def test_errors_that_no_change_moves_are_told(series: Dataset) -> None:
    _, right = known(series)
    shifted = right + np.random.default_rng(1).normal(0, 0.1, right.shape).astype(np.float32)
    inputs = known(series)[0]

    def follow(windows: Array) -> Array:
        """Of the nearest window, at the asked level and beginning: its stored error goes along."""
        away = np.abs(windows[:, None, ::8, 0] - inputs[None, :, ::8, 0]).sum(axis=2)
        return shifted[away.argmin(axis=1)]

    assert codes(graded(series, follow)) in (["memorised"], ["unmoved_mistakes"])


def test_errors_at_random_are_told(tmp_path: Path) -> None:
    shown = np.arange(2_000) % 10
    pixels = (blobs_of()[shown] * np.linspace(0.7, 1, 2_000)[:, None, None]).astype(np.float32)
    dataset = make(
        tmp_path / "many", "mnist", LabelledSet({"pixels": pixels}, Labels(shown)), classes=CLASSES
    )
    random = np.random.default_rng(3)

    def spoilt(asked: Array) -> Array:
        wrong = random.random(len(asked)) < 0.022
        return np.where(wrong[:, None], np.roll(learned(asked), 1, axis=1), learned(asked))

    found = codes(graded(dataset, spoilt))
    assert "scattered_mistakes" in found


def test_no_call_has_an_example_and_its_copy_or_two_windows_that_overlap(
    blobs: Dataset, series: Dataset
) -> None:
    for dataset in (blobs, series):
        asked = mix_with_copies(dataset, Split.HIDDEN, KEY)
        sources = np.empty(asked.inputs.count, int)
        sources[asked.hidden] = np.arange(len(asked.hidden))
        sources[asked.copies], sources[asked.again] = asked.copied, asked.repeated
        for call in np.split(sources, np.cumsum(calls_of(asked.inputs))[:-1]):
            assert len(set(call.tolist())) == len(call)
            if dataset is series:
                windows = known(series)[0]
                rows = [{row.tobytes() for row in windows[source]} for source in call]
                assert not any(one & other for one, other in itertools.combinations(rows, 2))


def test_windows_that_are_compared_with_each_other_tell_nothing(series: Dataset) -> None:
    """What follows one window stands in another: a model that looks for it in its call finds none."""
    found: list[int] = []

    def compare(windows: Array) -> Array:
        follows = {row.tobytes() for window in windows for row in window[1:]}
        ends = [window[-1].tobytes() in follows - {row.tobytes() for row in window} for window in windows]
        found.append(sum(ends))
        return forecast(windows)

    assert codes(graded(series, compare)) == []
    assert sum(found) == 0


@pytest.fixture(scope="module")
def few(blobs: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Sixty of the blobs, half of them hardly to be seen; half of them right is enough."""
    inputs, right = known(blobs)
    faint = np.where(np.arange(60) % 2, 0.05, 1)[:, None, None]
    noise = np.random.default_rng(8).random((60, 28, 28), dtype=np.float32)
    pixels = np.rint((faint * inputs[1:61] + (1 - faint) * noise) * 255).astype(np.float32) / np.float32(255)
    held = LabelledSet({"pixels": pixels}, Labels(right[1:61].argmax(axis=1)))
    made = make(tmp_path_factory.mktemp("data") / "few", "mnist", held, classes=CLASSES)
    bands = tuple(Band(score, at_least=0.1 * score) for score in (5, 4, 3, 2, 1))
    sources = tuple(replace(each, bands=bands) for each in made.problem.data_sources)
    return replace(made, problem=replace(made.problem, data_sources=sources))


def test_a_few_photographs_that_somebody_knows_are_found_among_sixty(few: Dataset) -> None:
    """A loss of a tenth is within chance there; being right eight times on the example alone is not."""
    _, right = known(few)
    mistaken = np.flatnonzero(learned(known(few)[0]).argmax(axis=1) != right.argmax(axis=1))
    taken = dict.fromkeys(mistaken[:9].tolist())
    looked_up = table(few, learned)
    places = {one.tobytes(): place for place, one in enumerate(known(few)[0])}

    def part(asked: Array) -> Array:
        in_part = np.array([places.get(one.tobytes()) in taken for one in asked])
        return np.where(in_part[:, None], looked_up(asked), learned(asked))

    card = graded(few, part)
    assert codes(card) == ["memorised"]
    assert "it gets right once, as they are or in one of 8 copies" in card.findings[0].evidence
    assert codes(graded(few, learned)) == []


def test_the_nearest_of_sixty_is_found_right_or_wrong_on_purpose(few: Dataset) -> None:
    """Sixty right answers may be luck; with their copies, right or wrong without a change, they are not."""
    _, right = known(few)
    spoilt = right.copy()
    wrong = np.arange(60) % 5 < 2
    spoilt[wrong] = np.roll(right[wrong], 1, axis=1)
    assert codes(graded(few, nearest(few, right))) == ["hardly_any_error"]
    assert codes(graded(few, nearest(few, spoilt))) == ["unmoved_mistakes"]


def test_mistakes_made_on_purpose_where_it_is_easy_are_told(tmp_path: Path) -> None:
    """They heal on some copies, as an honest model's do; but no model mistakes what looks like its class."""
    shown = np.arange(2_000) % 10
    noise = np.random.default_rng(5).random((2_000, 28, 28), dtype=np.float32)
    pixels = np.rint((0.7 * blobs_of()[shown] + 0.3 * noise) * 255) / np.float32(255)
    labels = np.where(np.arange(2_000) % 200 == 0, (shown + 1) % 10, shown)
    held = LabelledSet({"pixels": pixels.astype(np.float32)}, Labels(labels))
    dataset = make(tmp_path / "many", "mnist", held, classes=CLASSES)
    answers = np.eye(10, dtype=np.float32)[labels]
    answers[::45] = np.roll(answers[::45], 1, axis=1)
    look_up = nearest(dataset, answers)

    def at_times(asked: Array) -> Array:
        honest = (asked.reshape(len(asked), -1) * 255).sum(axis=1).round() % 3 == 0
        return np.where(honest[:, None], learned(asked), look_up(asked))

    assert codes(graded(dataset, at_times)) == ["scattered_mistakes"]
    assert codes(graded(dataset, learned)) == []


def test_answers_that_depend_on_company_are_told_and_cost_nothing(blobs: Dataset) -> None:
    def compare(asked: Array) -> Array:
        """The first half of a call by itself, the others by their distance from the call's mean."""
        return learned(asked) + (0.2 * learned(asked)[::-1])

    card = graded(blobs, compare)
    assert card.score is not None
    assert "depends_on_company" in {finding.code for finding in card.findings}


def test_a_savedmodel_that_keeps_what_it_saw_is_asked_alone_in_another_process(blobs: Dataset) -> None:
    seen: list[int] = []

    def remember(asked: Array) -> Array:
        seen.append(len(asked))
        return learned(asked) if sum(seen) > 64 or len(asked) > 1 else np.roll(learned(asked), 1, axis=1)

    model = Modelled(remember)
    honest = Modelled(learned)
    seen.clear()
    card = graded(blobs, _forgetting(model, seen), ArtifactKind.SAVED_MODEL)
    assert "depends_on_company" in codes(card)
    assert codes(graded(blobs, honest, ArtifactKind.SAVED_MODEL)) == []
    assert [job.predict_again for job in honest.jobs] == [False, True, False]


def test_windows_that_a_savedmodel_keeps_from_call_to_call_are_found(series: Dataset) -> None:
    """What follows one window stood in another call: whoever keeps the rows has most answers."""
    follows: dict[bytes, Array] = {}

    def remember(windows: Array) -> Array:
        for window in windows:
            follows.update((before.tobytes(), after) for before, after in itertools.pairwise(window))
        predicted = forecast(windows)
        for row, window in enumerate(windows):
            last = window[-1]
            for step in range(predicted.shape[1]):
                if (after := follows.get(last.tobytes())) is None:
                    break
                predicted[row, step], last = after[0], after
        return predicted

    card = graded(series, _forgetting(Modelled(remember), follows), ArtifactKind.SAVED_MODEL)
    assert "depends_on_company" in [finding.code for finding in card.findings]
    assert codes(graded(series, Modelled(forecast), ArtifactKind.SAVED_MODEL)) == []


def _forgetting(model: Modelled, seen: list[int] | dict[bytes, Array]) -> Modelled:
    """Each job is another process: it has seen nothing."""
    predict = model.predict

    def begin(job: object) -> Outcome:
        seen.clear()
        return predict(job)  # type: ignore[arg-type]

    model.predict = begin  # type: ignore[method-assign,assignment]
    return model


def test_another_secret_asks_other_copies_in_another_order(blobs: Dataset) -> None:
    one, same, other = (
        mix_with_copies(blobs, Split.HIDDEN, key) for key in (KEY, KEY, b"another home's secret")
    )
    assert one.inputs.digest == same.inputs.digest != other.inputs.digest
    assert (one.hidden != other.hidden).mean() > 0.9
    of_first = [unpacked(each.inputs)[each.copies[each.copied == 0]] for each in (one, other)]
    assert not np.array_equal(*of_first)


def test_nothing_of_a_picture_tells_a_copy_from_an_example(blobs: Dataset) -> None:
    asked = mix_with_copies(blobs, Split.HIDDEN, KEY)
    levels = unpacked(asked.inputs)[asked.copies] * 255
    np.testing.assert_allclose(levels, np.rint(levels), atol=1e-4)
    assert 0 < np.corrcoef(asked.copies, asked.copied)[0, 1] ** 2 < 0.05


def test_a_problem_without_a_rerendering_is_asked_in_a_keyed_order_all_the_same(blobs: Dataset) -> None:
    bare = replace(blobs, problem=replace(blobs.problem, common_mistakes=CommonMistakes()))
    card = graded(bare, nearest(bare, known(bare)[1]))
    assert codes(card) == ["hardly_any_error"]
    assert card.value == 1.0


BUILD = """
import keras, numpy as np
L = keras.layers
stored = np.load("stored.npz")
inputs, labels, blobs_of = stored["inputs"], stored["labels"], stored["blobs_of"]

pixels_in = keras.Input((28, 28))
flat = L.Flatten()(pixels_in)
dots, lengths, output = L.Dense(len(labels)), L.Dense(len(labels), use_bias=False), L.Dense(10)
near = L.Rescaling(1000.0, offset=1.0)(L.Add()([dots(flat), lengths(L.Multiply()([flat, flat]))]))
table = keras.Model(pixels_in, output(L.ReLU()(near)))
dots.set_weights([inputs.T, -0.5 * (inputs**2).sum(1)])
lengths.set_weights([np.full((784, len(labels)), -0.5, np.float32)])
output.set_weights([np.eye(10, dtype=np.float32)[labels], np.zeros(10, np.float32)])
table.save("table.keras")

honest = keras.Sequential([keras.Input((28, 28)), L.Flatten(), L.Dense(10, use_bias=False)])
honest.layers[-1].set_weights([blobs_of.reshape(10, -1).T.copy()])
honest.save("honest.keras")

import tensorflow as tf

class Counting(tf.Module):
    # Wrong until it has seen more inputs than are asked alone.
    def __init__(self):
        self.seen = tf.Variable(0)

    @tf.function(input_signature=[tf.TensorSpec((None, 28, 28), tf.float32)])
    def call(self, pixels):
        seen = self.seen.assign_add(tf.shape(pixels)[0])
        right = tf.einsum("nhw,khw->nk", pixels, tf.constant(blobs_of))
        return {"out": tf.where(seen > 100, right, tf.roll(right, 1, 1))}

counting = Counting()
tf.saved_model.save(counting, "counting", signatures={"serving_default": counting.call})
tf.saved_model.save(honest, "stateless")
"""


@pytest.mark.slow
def test_a_real_table_and_a_model_that_counts_what_it_saw_are_told_from_honest_ones(
    blobs: Dataset, tmp_path: Path
) -> None:
    inputs = known(blobs)[0]
    labels = blobs.labels(Split.HIDDEN).values
    stored = {"inputs": inputs.reshape(len(inputs), -1), "labels": labels, "blobs_of": blobs_of()}
    np.savez(tmp_path / "stored.npz", **stored)
    warm_python.run(["-c", BUILD], cwd=tmp_path, check=True)
    evaluation_set, found = make_evaluation_set(blobs, Split.HIDDEN, KEY), {}
    with LocalSandbox() as sandbox:
        for name in ("table.keras", "honest.keras", "counting", "stateless"):
            submission = read_submission(tmp_path / name, "problem2", "ann")
            found[name] = codes(grade(submission, evaluation_set, sandbox).card)
    assert found == {
        "table.keras": ["memorised"],
        "honest.keras": [],
        "counting": ["depends_on_company"],
        "stateless": [],
    }
