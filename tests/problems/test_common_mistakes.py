"""A perturbation changes inputs: they keep their shape and dtype, and are never the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tfprep.problems import Input, Perturbation, Problem, all_problems, find
from tfprep.problems.perturb_images import blue_first
from tfprep.problems.perturb_texts import padded_in_front, renumbered
from tfprep.problems.tables import from_zero_to_one, standardised

PERTURBATIONS = [
    pytest.param(problem, perturbation, id=f"{problem.name}-{perturbation.code}-{number}")
    for problem in all_problems()
    for number, perturbation in enumerate(problem.common_mistakes.perturbations)
]


def examples(form: Input) -> np.ndarray:
    random = np.random.default_rng(0)
    if np.dtype(form.dtype).kind == "i":
        tokens = random.integers(2, 5_000, (20, *form.shape)).astype(form.dtype)
        tokens[:, form.shape[0] // 2 :] = 0
        return tokens
    return random.random((20, *form.shape)).astype(form.dtype)


@pytest.mark.parametrize(("problem", "perturbation"), PERTURBATIONS)
def test_a_perturbation_keeps_shape_and_dtype_and_leaves_the_inputs_alone(
    problem: Problem, perturbation: Perturbation
) -> None:
    (form,) = (form for form in problem.inputs if form.name == perturbation.form)
    inputs = examples(form)
    kept = inputs.copy()
    changed = perturbation.change(inputs)
    assert (changed.shape, changed.dtype) == (inputs.shape, inputs.dtype)
    assert not np.array_equal(changed, inputs)
    assert np.array_equal(inputs, kept)


def test_every_mistake_has_a_sentence_and_something_to_try() -> None:
    common_mistakes: list[Any] = [
        mistake
        for problem in all_problems()
        for mistake in [*problem.common_mistakes.perturbations, *problem.common_mistakes.baselines]
    ]
    for mistake in common_mistakes:
        assert mistake.what.startswith("Your model")
        assert mistake.what.endswith(".")
        assert mistake.try_next.endswith(".")
        assert mistake.code.isidentifier()
    assert len(common_mistakes) > 15


def tokens_of(*ids: int) -> np.ndarray:
    tokens = np.zeros((1, 160), np.int32)
    tokens[0, : len(ids)] = ids
    return tokens


def test_padding_moves_in_front_of_the_words() -> None:
    assert padded_in_front(tokens_of(7, 8, 9))[0, -4:].tolist() == [0, 7, 8, 9]
    full = np.arange(160, dtype=np.int32)[None] + 1
    assert np.array_equal(padded_in_front(full), full)


def test_renumbering_keeps_padding_and_unknown_words_and_stays_in_the_vocabulary() -> None:
    assert renumbered(tokens_of(1, 2, 3, 4_999), 1, 5_000)[0, :5].tolist() == [1, 3, 4, 1, 0]
    assert renumbered(tokens_of(1, 2, 3), -1, 5_000)[0, :4].tolist() == [1, 1, 2, 0]


def test_a_feature_that_never_varies_is_not_divided_by_zero() -> None:
    features = np.ones((5, 9), np.float32)
    assert np.isfinite(standardised(features)).all()
    assert np.isfinite(from_zero_to_one(features)).all()


def test_colours_turn_round_and_back() -> None:
    pixels = np.random.default_rng(0).random((2, 64, 64, 3)).astype(np.float32)
    assert np.array_equal(blue_first(blue_first(pixels)), pixels)
    assert np.array_equal(blue_first(pixels)[..., 0], pixels[..., 2])


def test_a_baseline_predicts_as_the_metric_reads() -> None:
    windows = np.random.default_rng(0).random((5, 96, 3)).astype(np.float32)
    labels = {
        baseline.code: baseline.predict({"window": windows})
        for baseline in find("forecast").common_mistakes.baselines
    }
    assert np.array_equal(labels["persistence"][:, 3], windows[:, 95, 0])
    assert np.array_equal(labels["copies_yesterday"], windows[:, 48:72, 0])
