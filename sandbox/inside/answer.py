"""The job that answers: load the model, fit the questions to it, ask, and send the answers back."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from .ask import ask
from .devices import name_device
from .fit import Fit, Form, fit, show_shape
from .job import Reply
from .lean import blank_weights, run_operations_directly
from .load import Model, load
from .parts import read_part
from .sketch import sketch


@dataclass(frozen=True)
class Asked:
    """What the host wants answered."""

    kind: str
    questions: Path
    also: tuple[Path, ...]
    """Further sets of questions."""
    forms: tuple[Form, ...]
    outputs: tuple[tuple[int, ...], ...]
    memory: int
    allow_lambda: bool

    @classmethod
    def read(cls, header: Mapping[str, Any], kept: Path) -> Self:
        """From an `answer` frame's header, and the folder of the questions that the worker keeps."""
        return cls(
            kind=header["kind"],
            questions=kept / header["digest"],
            also=tuple(kept / digest for digest in header["also"]),
            forms=tuple(Form(form["name"], tuple(form["shape"]), form["dtype"]) for form in header["forms"]),
            outputs=tuple(tuple(shape) for shape in header["outputs"]),
            memory=header["limits"]["memory_bytes"],
            allow_lambda=header["allow_lambda"],
        )


def answer(asked: Asked, folder: Path, reply: Reply) -> None:
    """Answers the questions with the model in `folder`."""
    began = time.monotonic()
    run_operations_directly()
    device = name_device()
    with blank_weights():
        model = load(folder / "model", asked.kind, asked.memory, asked.allow_lambda)
    drawn = sketch(model.weights)
    loaded = time.monotonic()
    fitted = fit(model, asked.forms)
    # From here on the model sees questions, so nothing it prints may be read by its author.
    _silence()
    answers = ask(model, fitted, read_part(asked.questions, fitted.form.name), asked.outputs)
    done = time.monotonic()
    facts = _describe(model, fitted, answers.shape) | {"device": device, "sketch": drawn}
    further = [_answer_also(model, fitted, path, asked.outputs) for path in asked.also]
    parts = [b"" if part is None else _saved(part) for part in (answers, *further)]
    header = {
        "reply": "answered",
        "facts": facts,
        "load": loaded - began,
        "predict": done - loaded,
        "sizes": [len(part) for part in parts],
    }
    reply.send(header, b"".join(parts))


def _answer_also(
    model: Model, fitted: Fit, questions: Path, outputs: tuple[tuple[int, ...], ...]
) -> NDArray[Any] | None:
    """Answers to a further set of questions; None where there are none, whatever the reason."""
    try:
        return ask(model, fitted, read_part(questions, fitted.form.name), outputs)
    except Exception:  # noqa: BLE001 - the questions that count have been answered
        return None


def _saved(array: NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def _silence() -> None:
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    os.close(nothing)


def _describe(model: Model, fitted: Fit, answered: tuple[int, ...]) -> dict[str, Any]:
    return {
        "input_shape": show_shape(model.shape or (None, *fitted.shape)),
        "output_shape": show_shape((None, *answered[1:])),
        "parameters": model.parameters,
        "layers": list(model.layers),
        "summary": list(model.summary),
        "saved_by": model.saved_by,
        "form": fitted.form.name,
        "adaptations": [*model.notes, *fitted.adaptations],
    }
