"""The corpus of ordinary attempts: enough of them, no two alike, and advice that can be followed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from .attempt import Attempt
from .changes import advised
from .corpus import CORPUS


def test_at_least_120_ordinary_attempts_at_five_problems() -> None:
    counts = Counter(attempt.problem for attempt in CORPUS)
    assert len(CORPUS) >= 120
    assert len(counts) == 5
    assert min(counts.values()) >= 15


def test_no_two_attempts_of_a_problem_have_a_name_or_words_in_common() -> None:
    named = {(attempt.problem, attempt.name) for attempt in CORPUS}
    assert len(named) == len({replace(attempt, name="") for attempt in CORPUS}) == len(CORPUS)


def test_who_is_told_to_train_longer_trains_three_times_as_long_and_keeps_the_best_epoch() -> None:
    attempt = Attempt("mnist", "a", "flatten, dense 16", epochs=8)
    changed = advised(attempt, "Train for more epochs: the loss was lowest in epoch 8 of 8.")
    assert changed == replace(attempt, epochs=24, patience=5)


def test_who_is_told_to_regularise_does_what_fits_the_problem() -> None:
    advice = "Stop when the validation loss rises (EarlyStopping with restore_best_weights), and add Dropout."
    flowers, digits = Attempt("flowers", "a", "conv 16"), Attempt("mnist", "a", "dense 16")
    assert advised(flowers, advice) == replace(flowers, augment="flip rotate shift", patience=5)
    assert advised(digits, advice) == replace(digits, body="dense 16, dropout 0.3", patience=5)


def test_advice_on_a_target_that_was_never_scaled_changes_nothing() -> None:
    advice = "Undo that inside the model, or train on the target as it is given."
    assert advised(Attempt("regression", "a"), advice) is None
    assert advised(Attempt("regression", "a", target="logarithm"), advice) == Attempt("regression", "a")


def test_who_is_told_to_use_narrower_layers_keeps_the_other_layers() -> None:
    changed = advised(
        Attempt("forecast", "a", "conv 32 5, flatten, dense 512, dropout 0.5"),
        "Use fewer or narrower layers, and pooling instead of Flatten before the dense ones.",
    )
    assert changed is not None
    assert changed.body == "conv 32 5, flatten, dense 128, dropout 0.5"
