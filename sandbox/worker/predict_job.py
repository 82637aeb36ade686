"""The job that predicts: loads the model, adapts the inputs to it, and sends back its predictions.

It keeps the model loaded for further inputs, because loading takes longer than predicting.
"""

from __future__ import annotations

import io
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..protocol.contract import ModelFacts, PredictRequest
from ..protocol.packing import read_array, read_calls
from .adapt_inputs import AdaptedInputs, adapt_inputs, show_shape
from .blame import show_whole_tracebacks
from .devices import name_device
from .fast_path import run_operations_directly, skip_initialisation
from .job import INPUTS, JobFunction, PredictAgain, discard_output
from .load import FILE_NAMES, Model, load
from .predict import predict
from .reply import ReplyPipe
from .weight_fingerprint import fingerprint_weights


def predict_with(request: PredictRequest, folder: Path, reply: ReplyPipe) -> PredictAgain:
    """Sends the predictions of the model in `folder`; returns what predicts further inputs with it.

    The inputs stand open as this process's descriptors from INPUTS on.

    Raises:
        Refused: the model cannot be loaded, or does not fit the inputs or the expected outputs.
    """
    began = time.monotonic()
    show_whole_tracebacks()
    run_operations_directly()
    device = name_device()
    with skip_initialisation():
        model = load(folder / FILE_NAMES[request.kind], request.kind, request.limits.memory_bytes)
    fingerprint = fingerprint_weights(model.weights)
    loaded = time.monotonic()
    adapted = adapt_inputs(model, request.forms)
    reply.describe(asdict(_describe(model, adapted, device, fingerprint)), model.row_counts)
    # From here on the model sees hidden inputs, so its author may read nothing that it prints.
    discard_output(1, 2)
    loaded_model = _LoadedModel(model, adapted, request.outputs)
    predictions = loaded_model.predict(INPUTS)
    done = time.monotonic()
    extra = loaded_model.predict_extra(range(INPUTS + 1, INPUTS + 1 + len(request.extra_inputs)))
    _send(reply, [predictions, *extra], load=loaded - began, predict=done - loaded)
    return loaded_model.predict_again


@dataclass(frozen=True)
class _LoadedModel:
    model: Model
    adapted: AdaptedInputs
    outputs: tuple[tuple[int, ...], ...]

    def predict(self, packed: int) -> NDArray[Any]:
        """Its predictions for an open set of inputs. Raises Refused; KeyError where they lack its form."""
        inputs = read_array(packed, self.adapted.form.name)
        return predict(self.model, self.adapted, inputs, self.outputs, read_calls(packed))

    def predict_extra(self, sets: Sequence[int]) -> list[NDArray[Any] | None]:
        """Its predictions for further sets of inputs; None for a set at which it fails."""
        return [self._try_to_predict(packed) for packed in sets]

    def predict_again(self, request: Mapping[str, Any], inputs: Sequence[int]) -> JobFunction:
        """What a `predict_again` frame with this header wants done, with these open sets of inputs."""

        def work(reply: ReplyPipe) -> None:
            began = time.monotonic()
            first, *further = inputs
            predictions = self.predict(first)
            done = time.monotonic()
            extra = self.predict_extra(further)
            _send(reply, [predictions, *extra], load=0.0, predict=done - began)

        return work

    def _try_to_predict(self, packed: int) -> NDArray[Any] | None:
        try:
            return self.predict(packed)
        except Exception:  # noqa: BLE001 - the inputs that are scored have been predicted
            return None


def _send(
    reply: ReplyPipe,
    predictions: Sequence[NDArray[Any] | None],
    *,
    load: float,
    predict: float,
) -> None:
    parts = [b"" if each is None else _as_npy(each) for each in predictions]
    sizes = [len(part) for part in parts]
    header = {"reply": "predicted", "load": load, "predict": predict, "sizes": sizes}
    reply.send(header, b"".join(parts))


def _as_npy(array: NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def _describe(model: Model, adapted: AdaptedInputs, device: str, weight_fingerprint: str) -> ModelFacts:
    return ModelFacts(
        input_shape=show_shape(model.shape or (None, *adapted.shape)),
        output_shape="" if model.outputs is None else show_shape(model.outputs),
        parameters=model.parameters,
        layers=tuple(model.layers),
        saved_by=model.saved_by,
        form=adapted.form.name,
        adaptations=(*model.notes, *adapted.adaptations),
        device=device,
        summary=tuple(model.summary),
        weight_fingerprint=weight_fingerprint,
        **asdict(model.settings),
    )
