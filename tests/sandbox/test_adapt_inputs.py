"""A model that takes inputs of another shape is told what to change, and texts are called texts."""

from typing import Any

import pytest

from tfprep.sandbox import InputForm
from tfprep.sandbox.worker.adapt_inputs import adapt_inputs
from tfprep.sandbox.worker.reply import Refused

PIXELS = InputForm("pixels", (28, 28), "float32")
TOKENS = InputForm("tokens", (160,), "int32")
TEXT = InputForm("text", (), "string")
COLOURS = InputForm("pixels", (64, 64, 3), "float32")


class Loaded:
    """What adapting looks at of a model."""

    def __init__(self, *shape: int | None, dtype: str = "float32") -> None:
        self.shape, self.dtype = shape, dtype


def refusal(model: Any, *forms: InputForm) -> Refused:
    with pytest.raises(Refused) as refused:
        adapt_inputs(model, forms)
    return refused.value


@pytest.mark.parametrize(
    ("shape", "form", "change"),
    [
        ((None, 784), PIXELS, "Begin the model with Input((28, 28)), then Flatten()."),
        ((None, 1, 28, 28), PIXELS, "Begin the model with Input((28, 28)), then Reshape((1, 28, 28))."),
        ((None, 12288), COLOURS, "then Flatten()."),
        ((None, 3, 64, 64), COLOURS, "Change the input layer to shape=(64, 64, 3) and train again."),
        ((None, 14, 56), PIXELS, "Change the input layer to shape=(28, 28) and train again."),
        ((None, None, 9), PIXELS, "Change the input layer to shape=(28, 28) and train again."),
    ],
)
def test_the_same_numbers_in_another_shape_need_a_layer_and_other_numbers_a_training(
    shape: tuple[int | None, ...], form: InputForm, change: str
) -> None:
    assert refusal(Loaded(*shape), form).message.endswith(change)


def test_texts_are_called_texts_on_both_sides() -> None:
    wants_texts = refusal(Loaded(None, dtype="string"), PIXELS)
    assert "takes texts, and the inputs are (n, 28, 28)." in wants_texts.message
    assert wants_texts.found == "texts"
    gives_texts = refusal(Loaded(None, 28, 28), TOKENS, TEXT)
    assert "the inputs are (n, 160) or texts." in gives_texts.message
    assert "(n,)" not in gives_texts.message + gives_texts.expected
