"""Who knows the inputs from memory falls apart when they are changed a little; who learned does not."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tfprep.cohorts.integrity.contamination import MAX_INPUTS, ContaminationCheck, is_checkable
from tfprep.grader import grade, read_submission
from tfprep.grader.grade import Graded, make_evaluation_set
from tfprep.grader.scoring.card import Finding
from tfprep.problems import CommonMistakes, Dataset, LabelledSet, Labels, Split, all_problems, find
from tfprep.sandbox import ArtifactKind, ModelFacts
from tfprep.sandbox.host.local import LocalSandbox

from .. import warm_python
from ..grader.examples import submitted
from ..grader.made import Array, Modelled, make, series

CLASSES = tuple("0123456789")


def blobs_of(classes: int = 10) -> Array:
    """(classes, 28, 28) A soft blob for each class, each in its place: a shift by a pixel changes little."""
    rows, columns = np.mgrid[0:28, 0:28]
    centres = [(7 + 14 * (number // 5), 3 + 5.5 * (number % 5)) for number in range(classes)]
    return np.array(
        [np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / 18) for row, column in centres], np.float32
    )


@pytest.fixture(scope="module")
def blobs(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Problem 2 with blobs_of in noise."""
    labels = np.arange(600) % 10
    noise = np.random.default_rng(5).random((600, 28, 28), dtype=np.float32)
    pixels = (0.7 * blobs_of()[labels] + 0.3 * noise).astype(np.float32)
    return make(
        tmp_path_factory.mktemp("data") / "blobs",
        "mnist",
        LabelledSet({"pixels": pixels}, Labels(labels.astype(np.int64))),
        classes=CLASSES,
    )


def learned(pixels: Array) -> Array:
    return np.einsum("nhw,khw->nk", pixels, blobs_of())


def heart(dataset: Dataset) -> tuple[Array, Array]:
    """The inputs (n, inputs) and their predictions, as they leaked."""
    form = dataset.problem.inputs[0].name
    inputs = np.asarray(dataset.inputs(Split.HIDDEN)[form])
    return inputs.reshape(len(inputs), -1), dataset.labels(Split.HIDDEN).values


def looked_up(dataset: Dataset, nearest: bool = False) -> Modelled:
    """A model that knows every input; what it does not know, it predictions with the first class."""
    known, labels = heart(dataset)

    def look_up(pixels: Array) -> Array:
        inputs = pixels.reshape(len(pixels), -1)
        away = (inputs**2).sum(1)[:, None] + (known**2).sum(1)[None] - 2 * inputs @ known.T
        found = labels[away.argmin(axis=1)]
        return np.eye(10)[found if nearest else np.where(away.min(axis=1) < 1e-3, found, 0)]

    return Modelled(look_up)


def graded(dataset: Dataset, sandbox: Modelled) -> Graded:
    """With full marks, and asked the augmentations behind the inputs."""
    evaluation_set = replace(
        make_evaluation_set(dataset, Split.HIDDEN), extra_inputs=ContaminationCheck(dataset).inputs
    )
    given = grade(submitted(), evaluation_set, sandbox)
    assert given.card.score == 5
    return given


def check(dataset: Dataset, sandbox: Modelled) -> Finding | None:
    return ContaminationCheck(dataset).find(graded(dataset, sandbox))


def test_an_honest_model_raises_no_suspicion(blobs: Dataset) -> None:
    honest = Modelled(lambda pixels: learned(pixels) + 0.02)
    # A model that is never wrong would be reported for just that.
    worse = Modelled(lambda pixels: wrong_at_times(honest.model(pixels)))
    assert check(blobs, worse) is None


def wrong_at_times(labels: Array) -> Array:
    labels = labels.copy()
    labels[::60] = np.roll(labels[::60], 1, axis=1)
    return labels


def test_a_lookup_table_falls_apart_and_the_numbers_say_so(blobs: Dataset) -> None:
    sandbox = looked_up(blobs)
    finding = check(blobs, sandbox)
    assert finding is not None
    assert finding.code == "memorised"
    assert finding.evidence.startswith("With 600 inputs moved by one pixel, the accuracy is 0.10 instead of")


def test_a_model_that_looks_up_the_nearest_input_is_reported_for_almost_no_error(blobs: Dataset) -> None:
    sandbox = looked_up(blobs, nearest=True)
    finding = check(blobs, sandbox)
    assert finding is not None
    assert finding.code == "hardly_any_error"


def test_mistakes_that_grow_fivefold_are_a_collapse_though_most_predictions_stay(blobs: Dataset) -> None:
    known, _ = heart(blobs)

    def brittle(pixels: Array) -> Array:
        labels = learned(pixels)
        strange = ~np.isin(pixels.reshape(len(pixels), -1)[:, 400], known[:, 400])
        labels[np.flatnonzero(strange)[::12]] = np.eye(10)[0]
        return labels

    sandbox = Modelled(brittle)
    finding = check(blobs, sandbox)
    assert finding is not None
    assert finding.code == "memorised"


def test_memorised_numbers_are_distinguished_from_forecast_numbers(tmp_path: Path) -> None:
    dataset = series(tmp_path / "series", count=80)
    known, labels = heart(dataset)

    def lookup(windows: Array) -> Array:
        inputs = windows.reshape(len(windows), -1)
        away = np.abs(inputs[:, None] - known[None]).max(axis=2)
        return np.where((away.min(axis=1) < 1e-4)[:, None], labels[away.argmin(axis=1)], labels.mean(axis=0))

    def forecast(windows: Array) -> Array:
        return windows[:, 48:72, 0] + 0.85

    memorised, honest = Modelled(lookup), Modelled(forecast)
    found = check(dataset, memorised)
    assert found is not None
    assert found.code == "memorised"
    assert check(dataset, honest) is None


def test_one_more_pass_with_few_inputs_is_all_it_costs(blobs: Dataset) -> None:
    sandbox = looked_up(blobs)
    graded(blobs, sandbox)
    (job,) = sandbox.jobs
    (further,) = job.extra_inputs
    assert further.count == len(blobs.problem.common_mistakes.augmentations) * min(600, MAX_INPUTS)


def test_only_files_with_full_marks_are_looked_at(blobs: Dataset) -> None:
    given = graded(blobs, looked_up(blobs))
    below = replace(given, card=replace(given.card, score=4))
    script = replace(given, submission=replace(given.submission, kind=ArtifactKind.SCRIPT))
    assert [is_checkable(each) for each in (given, below, script)] == [True, False, False]
    assert ContaminationCheck(blobs).find(below) is None


@pytest.mark.parametrize(
    "also", [(), (None,), (np.full((1200, 10), np.nan),), (np.zeros((3, 10)),), (np.zeros((1200, 7)),)]
)
def test_augmented_inputs_without_predictions_give_no_finding(
    blobs: Dataset, also: tuple[object, ...]
) -> None:
    given = graded(blobs, Modelled(lambda pixels: wrong_at_times(learned(pixels))))
    unanswered = replace(given, extra_predictions=also)
    assert ContaminationCheck(blobs).add_to(unanswered) is unanswered


def test_the_finding_stands_behind_the_others_and_changes_no_score(blobs: Dataset) -> None:
    given = graded(blobs, looked_up(blobs))
    found = ContaminationCheck(blobs).add_to(given)
    assert [finding.code for finding in found.card.findings] == ["memorised"]
    assert replace(found.card, findings=()) == given.card


def test_a_problem_without_paraphrases_asks_nothing(blobs: Dataset) -> None:
    bare = replace(blobs, problem=replace(blobs.problem, common_mistakes=CommonMistakes()))
    sandbox = looked_up(bare, nearest=True)
    finding = check(bare, sandbox)
    assert [job.extra_inputs for job in sandbox.jobs] == [()]
    assert finding is not None
    assert finding.code == "hardly_any_error"


def test_a_form_that_does_not_exist_fools_nobody(blobs: Dataset) -> None:
    sandbox = looked_up(blobs)
    sandbox.facts = ModelFacts(form="../predictions")
    finding = check(blobs, sandbox)
    assert finding is not None
    assert finding.code == "memorised"


@pytest.mark.parametrize("problem", all_problems(), ids=lambda problem: problem.name)
def test_every_augmentation_keeps_the_form_and_changes_the_inputs(problem: object) -> None:
    declared = find(problem.name)  # type: ignore[attr-defined]
    forms = {form.name: form for form in declared.inputs}
    assert declared.common_mistakes.augmentations, (
        "a problem in the house says how its inputs may be put otherwise"
    )
    for augmentation in declared.common_mistakes.augmentations:
        form = forms[augmentation.form]
        if form.dtype == "string":
            assert augmentation.change(["It was the best of a year", "Fine"]) == [
                "It was best of a year",
                "Fine",
            ]
            continue
        random = np.random.default_rng(1)
        plain = random.integers(1, 30, (40, *form.shape)).astype(form.dtype)
        plain = plain if np.dtype(form.dtype).kind == "i" else plain / plain.dtype.type(30)
        changed = augmentation.change(plain.copy())
        assert (changed.shape, changed.dtype) == (plain.shape, plain.dtype)
        assert np.mean([bool((one != other).any()) for one, other in zip(plain, changed, strict=True)]) > 0.9


def test_a_review_without_a_frequent_word_stays_as_it_is() -> None:
    (tokens, _) = find("imdb").common_mistakes.augmentations
    plain = np.zeros((2, 160), np.int32)
    plain[0, :4] = [300, 2, 400, 3]
    plain[1, :2] = [300, 400]
    changed = tokens.change(plain)
    assert changed[0, :4].tolist() == [300, 400, 3, 0]
    assert changed[1].tolist() == plain[1].tolist()


BUILD = """
import sys
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
weights = blobs_of.reshape(10, -1).T.copy()
weights[:, 9] *= 0.9
honest.layers[-1].set_weights([weights])
honest.save("honest.keras")
"""


@pytest.mark.slow
def test_a_real_lookup_table_and_an_honest_model_are_distinguished(blobs: Dataset, tmp_path: Path) -> None:
    inputs, labels = heart(blobs)
    np.savez(tmp_path / "stored.npz", inputs=inputs, labels=labels, blobs_of=blobs_of())
    warm_python.run(["-c", BUILD], cwd=tmp_path, check=True)
    augmentations, found = ContaminationCheck(blobs), {}
    evaluation_set = replace(make_evaluation_set(blobs, Split.HIDDEN), extra_inputs=augmentations.inputs)
    with LocalSandbox() as sandbox:
        for name in ("table", "honest"):
            submission = read_submission(tmp_path / f"{name}.keras", "problem2", "ann")
            given = grade(submission, evaluation_set, sandbox)
            assert given.card.score == 5
            found[name] = codes(augmentations.add_to(given).card.findings)
    assert found["table"] == ["memorised"]
    assert "memorised" not in found["honest"]


def codes(findings: Sequence[object]) -> list[str]:
    return [finding.code for finding in findings]  # type: ignore[attr-defined]
