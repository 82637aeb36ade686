"""Changed copies have the form of their inputs, and labels that are known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tfprep.problems import Problem, all_problems, find
from tfprep.problems.problem4_imdb.data import REVIEWS
from tfprep.problems.problem4_imdb.synonyms import SYNONYMS
from tfprep.problems.problem5_forecast.data import DEMAND
from tfprep.problems.rerender_texts import TextVariation

WORDS = ["[PAD]", "[OOV]", "the", "film", "movie", "was", "good", "bad", "john"]
REVIEW = "The film was good. I saw John in it, and John was good. Perhaps it was too long!"


def examples(problem: Problem) -> dict[str, Any]:
    """Forty inputs in every form."""
    random = np.random.default_rng(1)
    inputs: dict[str, Any] = {}
    for form in problem.inputs:
        if form.dtype == "string":
            inputs[form.name] = [REVIEW] * 40
        elif problem.inputs[0].name == "pixels":
            inputs[form.name] = random.random((40, *form.shape)).astype(form.dtype)
        else:
            inputs[form.name] = random.integers(50, 90, (40, *form.shape)).astype(form.dtype)
    return inputs


@pytest.mark.parametrize("problem", all_problems(), ids=lambda problem: problem.name)
def test_copies_have_the_form_of_the_inputs_and_are_others(problem: Problem, tmp_path: Path) -> None:
    (tmp_path / "vocabulary.txt").write_text("\n".join(WORDS), encoding="utf-8")
    (tmp_path / "train.csv").write_text("x,y\n0,1\n1,3\n", encoding="utf-8")
    rerendering = problem.common_mistakes.rerendering
    assert rerendering is not None, "a problem in the house says how its inputs are rendered anew"
    inputs = examples(problem)
    kept = {name: list(values) for name, values in inputs.items()}
    one, same, other = (
        rerendering.render(inputs, np.random.default_rng(seed), tmp_path).inputs for seed in (5, 5, 6)
    )
    for form in problem.inputs:
        if form.dtype != "string":
            assert (one[form.name].shape, one[form.name].dtype) == ((40, *form.shape), np.dtype(form.dtype))
        changed = [
            np.any(np.asarray(a) != np.asarray(b))
            for a, b in zip(one[form.name], kept[form.name], strict=True)
        ]
        assert np.mean(changed) > 0.9
        assert np.array_equal(np.asarray(one[form.name]), np.asarray(same[form.name]))
        assert not np.array_equal(np.asarray(one[form.name]), np.asarray(other[form.name]))
        assert all(np.array_equal(a, b) for a, b in zip(inputs[form.name], kept[form.name], strict=True))


def test_a_window_that_begins_earlier_is_followed_by_its_own_end_and_its_label() -> None:
    """In a series that rises by one each half-hour, a copy and its label do so too, at the copy's level."""
    rows = np.arange(120, dtype=np.float32) + np.arange(40, dtype=np.float32)[:, None] + 100
    windows = np.stack([rows[:, :96], np.full((40, 96), 20.0), np.ones((40, 96))], axis=2).astype(np.float32)
    rerendering = find("forecast").common_mistakes.rerendering
    assert rerendering is not None
    copies = rerendering.render({"window": windows}, np.random.default_rng(3), Path())
    demand, labels = np.asarray(copies.inputs["window"])[:, :, 0], copies.relabel(rows[:, 96:])
    level = (labels[:, -1] - labels[:, 0]) / 23
    assert ((level > 0.97) & (level < 1.03)).all()
    np.testing.assert_allclose(labels[:, 0] / level, demand[:, -1] / level + 1, atol=1.5)
    earlier = rows[:, 96] - labels[:, 0] / level
    np.testing.assert_allclose(earlier, np.rint(earlier), atol=1e-2)
    assert set(np.rint(earlier)) == {1, 2}


def test_windows_are_placed_by_what_they_have_in_common() -> None:
    series = np.random.default_rng(2).random((600, 3)).astype(np.float32)
    starts = np.array([0, 1, 40, 135, 300, 395])
    windows = np.stack([series[start : start + 96] for start in starts])
    assert DEMAND.positions({"window": windows}).tolist() == [0, 1, 40, 135, 231, 326]


def test_a_review_told_again_has_its_words_but_for_synonyms_and_names() -> None:
    told = TextVariation(REVIEWS.length, SYNONYMS).vary(REVIEW, np.random.default_rng(4))
    for word in ("good", "long", "in"):
        assert word in told
    assert "John" not in told
    names = [
        word for word in told.split() if word[0].isupper() and word not in ("The", "I", "Perhaps", "Maybe")
    ]
    assert len(names) == 2
    assert len(set(names)) == 1


def test_a_text_without_sentences_keeps_its_words_and_loses_their_order() -> None:
    text = "grain prices rose as exports fell while buyers waited for rain"
    told = TextVariation(120, loose=True).vary(text, np.random.default_rng(4))
    assert told != text
    assert sorted(told.split()) == sorted(text.split())
