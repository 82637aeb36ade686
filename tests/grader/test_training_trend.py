"""A training log tells a training that was too short from one that was too long, unstable or overfitted."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tfprep.grader.records import Curve, Curves
from tfprep.grader.training_trend import Trend, read_trend

FALLING = [1.0, 0.7, 0.5, 0.4, 0.32, 0.27]
LEVEL = [1.0, 0.4, 0.3, 0.29, 0.2895, 0.2899, 0.2893, 0.2896, 0.2892, 0.2891]


def trend(**series: Sequence[float | None]) -> Trend:
    curves = [Curve(name, tuple(range(1, len(values) + 1)), tuple(values)) for name, values in series.items()]
    found = read_trend(Curves("history.csv", tuple(curves)))
    assert found is not None
    return found


def test_a_validation_loss_that_is_lowest_at_the_end_still_falls() -> None:
    assert trend(loss=FALLING, val_loss=FALLING).still_falling
    assert trend(loss=FALLING).still_falling
    assert trend(loss=[0.5, 0.2, 0.1], val_loss=[0.16, 0.11, 0.093]).still_falling


def test_two_epochs_are_compared_with_each_other() -> None:
    assert trend(loss=[0.5, 0.3], val_loss=[0.4, 0.3]).still_falling
    assert not trend(loss=[0.5, 0.3], val_loss=[0.4, 0.41]).still_falling


def test_one_epoch_says_what_it_ended_with_and_no_more() -> None:
    one = trend(loss=[0.5], val_loss=[0.4])
    assert (one.epochs, one.still_falling, one.rose, one.unstable) == (1, False, False, False)
    assert one.last == {"loss": 0.5, "val_loss": 0.4}


def test_a_loss_that_levelled_off_or_rose_falls_no_more() -> None:
    assert not trend(loss=LEVEL, val_loss=LEVEL).still_falling
    late = trend(loss=FALLING, val_loss=[1.0, 0.6, 0.5, 0.6, 0.8, 1.0])
    assert (late.still_falling, late.rose, late.best_epoch) == (False, True, 3)


def test_a_noisy_validation_loss_has_not_risen() -> None:
    assert not trend(loss=FALLING, val_loss=[1.0, 0.6, 0.5, 0.52, 0.49, 0.51]).rose


@pytest.mark.parametrize("loss", [[5000.0, 297.0, 4070.0, 1032.0], [1.0, None, 2.0], [1.0, 0.5, 3.0, 0.4]])
def test_a_training_loss_that_jumps_or_is_no_number_is_unstable(loss: Sequence[float | None]) -> None:
    assert trend(loss=loss).unstable


def test_small_jumps_at_the_end_of_a_good_training_are_not_unstable() -> None:
    assert not trend(loss=[1.0, 0.1, 0.01, 0.03, 0.008]).unstable
    assert not trend(loss=FALLING).unstable


def test_an_accuracy_far_better_in_training_is_a_gap() -> None:
    found = trend(loss=FALLING, accuracy=[0.5, 0.99], val_accuracy=[0.5, 0.54])
    assert found.gap == ("accuracy", 0.99, 0.54)
    assert trend(loss=FALLING, accuracy=[0.5, 0.976], val_accuracy=[0.5, 0.972]).gap is None


def test_without_a_loss_there_is_no_trend() -> None:
    assert read_trend(None) is None
    assert read_trend(Curves("history.csv", (Curve("mae", (1, 2), (0.5, 0.4)),))) is None
