"""The job that answers: load the model, fit the questions to it, ask, and send the answers back.

It stays with its model loaded, to be asked for more: loading costs more than answering.
"""

from __future__ import annotations

import io
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ..protocol.contract import InputForm, ModelFacts
from ..protocol.packing import read_array
from .adapt_inputs import AdaptedInputs, adapt_inputs, show_shape
from .devices import name_device
from .fast_path import blank_weights, run_operations_directly
from .job import Further, Reply, Work
from .load import FILE_NAMES, Model, load
from .predict import predict
from .weight_fingerprint import fingerprint_weights


@dataclass(frozen=True)
class Asked:
    """What the host wants answered."""

    kind: str
    kept: Path
    """The folder of the questions that the worker keeps, each set called by its digest."""
    digest: str
    also: tuple[str, ...]
    """Further sets of questions."""
    forms: tuple[InputForm, ...]
    outputs: tuple[tuple[int, ...], ...]
    memory: int
    allow_lambda: bool

    @classmethod
    def read(cls, header: Mapping[str, Any], kept: Path) -> Self:
        """From an `answer` frame's header."""
        return cls(
            kind=header["kind"],
            kept=kept,
            digest=header["digest"],
            also=tuple(header["extra_inputs"]),
            forms=tuple(InputForm.from_header(form) for form in header["forms"]),
            outputs=tuple(tuple(shape) for shape in header["outputs"]),
            memory=header["limits"]["memory_bytes"],
            allow_lambda=header["allow_lambda"],
        )


def answer(asked: Asked, folder: Path, reply: Reply) -> Further:
    """Answers the questions with the model in `folder`; more of them by what it returns."""
    began = time.monotonic()
    run_operations_directly()
    device = name_device()
    with blank_weights():
        model = load(folder / FILE_NAMES[asked.kind], asked.kind, asked.memory, asked.allow_lambda)
    drawn = fingerprint_weights(model.weights)
    loaded = time.monotonic()
    fitted = adapt_inputs(model, asked.forms)
    # From here on the model sees questions, so nothing it prints may be read by its author.
    _silence()
    examinee = _Examinee(model, fitted, asked.kept, asked.outputs)
    answers = examinee.answer(asked.digest)
    done = time.monotonic()
    facts = _describe(model, fitted, answers.shape, device, drawn)
    further = examinee.answer_if_it_can(asked.also)
    _send(reply, [answers, *further], facts=asdict(facts), load=loaded - began, predict=done - loaded)
    return examinee.answer_more


@dataclass(frozen=True)
class _Examinee:
    """A loaded model, and how it is asked."""

    model: Model
    fitted: AdaptedInputs
    kept: Path
    outputs: tuple[tuple[int, ...], ...]

    def answer(self, digest: str) -> NDArray[Any]:
        """Its answers to a set of questions. Raises Refused, and KeyError where they have not its form."""
        part = read_array(self.kept / digest, self.fitted.form.name)
        return predict(self.model, self.fitted, part, self.outputs)

    def answer_if_it_can(self, digests: Sequence[str]) -> list[NDArray[Any] | None]:
        """Its answers to further sets; None where there are none, whatever the reason."""
        return [self._try_to_answer(digest) for digest in digests]

    def answer_more(self, request: Mapping[str, Any]) -> Work:
        """What a `more` frame's header wants done."""

        def work(reply: Reply) -> None:
            began = time.monotonic()
            answers = self.answer(request["digest"])
            done = time.monotonic()
            further = self.answer_if_it_can(request["extra_inputs"])
            _send(reply, [answers, *further], facts={}, load=0.0, predict=done - began)

        return work

    def _try_to_answer(self, digest: str) -> NDArray[Any] | None:
        try:
            return self.answer(digest)
        except Exception:  # noqa: BLE001 - the questions that count have been answered
            return None


def _send(
    reply: Reply,
    answers: Sequence[NDArray[Any] | None],
    *,
    facts: dict[str, Any],
    load: float,
    predict: float,
) -> None:
    parts = [b"" if each is None else _saved(each) for each in answers]
    sizes = [len(part) for part in parts]
    header = {"reply": "predicted", "facts": facts, "load": load, "predict": predict, "sizes": sizes}
    reply.send(header, b"".join(parts))


def _saved(array: NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def _silence() -> None:
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    os.close(nothing)


def _describe(
    model: Model, fitted: AdaptedInputs, answered: tuple[int, ...], device: str, weight_fingerprint: str
) -> ModelFacts:
    return ModelFacts(
        input_shape=show_shape(model.shape or (None, *fitted.shape)),
        output_shape=show_shape((None, *answered[1:])),
        parameters=model.parameters,
        layers=tuple(model.layers),
        saved_by=model.saved_by,
        form=fitted.form.name,
        adaptations=(*model.notes, *fitted.adaptations),
        device=device,
        summary=tuple(model.summary),
        weight_fingerprint=weight_fingerprint,
    )
