"""Checks of submissions that could not be scored: made for another problem, of another shape, full of NaN."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from ...files.text import counted
from ...problems import Input, Problem, all_problems, usual_problems
from ...sandbox import Ending
from ...sandbox.host.reply import show_shape
from .choices import SCALE, takes_them_unscaled
from .finding import Evidence, GradedRun, finding
from .mistakes import worse_than_baseline

_SIZES: Final = re.compile(r"\((?:n|None), ([0-9, ]{1,60})\)")
_SHAPE: Final = re.compile(r"\((?:n|None)(?:, (?:any|None|[0-9]{1,6})){0,4},?\)")
"""What a worker reports beside a stranger's code is repeated only where it is nothing but a shape."""
_ANY_LENGTH: Final = re.compile(r"\((?:n|None), (?:any|None)(?:, [0-9]{1,6})?\)")
_LOOKUPS: Final = frozenset({"Embedding", "TextVectorization", "StringLookup"})
"""Layers of models for texts."""
_RECURRENT: Final = ("LSTM", "GRU", "SimpleRNN")
_UNKNOWN_ID: Final = re.compile(r"input_dim=([0-9]{1,7})")
_BYTES_PER_PARAMETER: Final = 4
_MOST_FITTING: Final = 3
"""Of more problems whose inputs a model takes, those are named that stand for their categories."""


@finding(Ending.REFUSED)
def made_for_another_problem(run: GradedRun) -> Evidence | None:
    """Your model was made for another of the problems."""
    sizes, texts = _found_sizes(run), _found_texts(run)
    if run.fault not in {"input_shape", "wrong_dtype"} or not (sizes or texts):
        return None
    others = [problem for problem in all_problems() if problem.id != run.dataset.problem.id]
    fitting = [problem for problem in others if (_takes_texts(problem) if texts else _takes(problem, sizes))]
    if len(fitting) > _MOST_FITTING:
        fitting = [problem for problem in fitting if problem in usual_problems()]
    if not 1 <= len(fitting) <= _MOST_FITTING:
        return None
    shape = "texts" if texts else f"inputs of shape {'x'.join(map(str, sizes))}"
    whose = " or ".join(f"problem {other.call}, {other.title}" for other in fitting)
    where = " or ".join(other.name for other in fitting)
    return Evidence(
        f"It takes {shape}: those of {whose}.",
        f"Submit it to {where}, and here the model that was trained for {run.dataset.problem.title}.",
    )


@finding(Ending.COMPLETED)
def same_shape_elsewhere(run: GradedRun) -> Evidence | None:
    """Your model is no better than no learning, and inputs of another problem have this shape too."""
    problem, score = run.dataset.problem, run.imperfect_score
    # One prediction for all inputs is no other problem's either.
    if score is None or (score.decoded == score.decoded[0]).all() or not worse_than_baseline(run):
        return None
    shapes = {(form.shape, form.dtype) for form in _arrays(problem)}
    outputs = {output.shape for output in run.dataset.outputs}
    others = [
        each
        for each in all_problems()
        if each.id != problem.id
        and shapes & {(form.shape, form.dtype) for form in _arrays(each)}
        and outputs & {output.shape for output in each.outputs}
    ]
    if not others:
        return None
    whose = " or ".join(f"problem {other.number}, {other.title}" for other in others)
    return Evidence(
        f"So do those of {whose}: nothing in a file tells whose it is.",
        f"If it was trained for that, submit it to {' or '.join(other.name for other in others)}.",
    )


@finding(Ending.COMPLETED, Ending.CRASHED, Ending.REFUSED)
def made_for_any_length(run: GradedRun) -> Evidence | None:
    """Your model was made for texts or series of any length, and this problem has neither."""
    facts, problem = run.outcome.facts, run.dataset.problem
    if run.imperfect_score is None and run.fault != "model_raised":
        return None
    if any(np.dtype(form.dtype).kind in "iu" or len(form.shape) != 1 for form in _arrays(problem)):
        return None
    looks_up = _LOOKUPS.intersection(facts.layers) or _unknown_id(run)
    any_length = _ANY_LENGTH.fullmatch(facts.input_shape)
    if not looks_up and not any_length:
        return None
    found = f"It takes inputs of shape {facts.input_shape}. " if any_length else ""
    if looks_up:
        found += "It looks words up by their numbers. "
    fitting = [each for each in all_problems() if each.id != problem.id and _takes_words(each)]
    where = f" Submit a model for texts to {fitting[0].name}." if looks_up and fitting else ""
    size = problem.inputs[0].shape[0]
    return Evidence(
        f"{found}Here an input is {size} numbers, each with a meaning of its own.",
        f"Train a model on this problem's data, with Input(shape={problem.inputs[0].shape}) first.{where}",
    )


@finding(Ending.REFUSED)
def axes_in_another_order(run: GradedRun) -> Evidence | None:
    """Your model takes the axes of an input in another order than they come, such as channels first."""
    sizes = _found_sizes(run)
    if run.fault != "input_shape" or len(sizes) < 2:
        return None
    for form in run.dataset.problem.inputs:
        if sizes != form.shape and sorted(sizes) in (sorted(form.shape), sorted((*form.shape, 1))):
            return Evidence(
                f"Expected: {form.shape}. Found: {sizes}.",
                f"Build the model with Input(shape={form.shape}) and without data_format='channels_first'; "
                "leave out np.transpose or Permute before training.",
            )
    return None


@finding(Ending.REFUSED)
def unseen_token_ids(run: GradedRun) -> Evidence | None:
    """Your model's Embedding layer is smaller than the vocabulary, so it fails at words it has no row for."""
    known = _unknown_id(run)
    if known is None or not _takes_words(run.dataset.problem):
        return None
    return Evidence(
        f"It has {counted(int(known[1]), 'row')}, and the inputs contain larger ids.",
        "Set the Embedding layer's input_dim to the number of lines in vocabulary.txt, or map rarer words to "
        "the unknown word's id inside the model.",
    )


@finding(Ending.COMPLETED)
def predictions_not_finite(run: GradedRun) -> Evidence | None:
    """Your model predicts NaN or infinity instead of numbers."""
    predictions = run.outcome.predictions
    if run.fault != "not_finite" or predictions is None:
        return None
    wrong = ~np.isfinite(predictions).reshape(len(predictions), -1).all(axis=1)
    return Evidence(
        f"{_how_many(float(wrong.mean()))} of the {len(predictions):,} predictions are not finite.",
        f"The inputs are large, and nothing scales them. {SCALE}"
        if takes_them_unscaled(run)
        else "Look for the epoch in which the loss became nan: lower the learning rate, and check the "
        "training data for gaps and for logarithms or divisions of zero.",
    )


@finding(Ending.REFUSED, Ending.COMPLETED)
def input_shape(run: GradedRun) -> Evidence | None:
    """Your model takes inputs of another shape than this problem has."""
    if run.fault != "input_shape":
        return None
    forms = " or ".join(map(_show_form, run.dataset.problem.inputs))
    return Evidence(f"Expected: {forms}. {_found(run)}".strip(), _fitting_input(run))


@finding(Ending.REFUSED, Ending.COMPLETED)
def output_shape(run: GradedRun) -> Evidence | None:
    """Your model's predictions have another shape than this problem asks for."""
    if run.fault != "output_shape" or _has_several_outputs(run):
        return None
    outputs = run.dataset.outputs
    forms = " or ".join(f"{show_shape(output.shape)} ({output.meaning})" for output in outputs)
    wanted = outputs[0].shape[-1] if outputs[0].shape else 1
    sizes = _found_sizes(run)
    from_one = len(sizes) == 1 and sizes[0] == wanted + 1 and len(run.dataset.classes) > 2
    hint = " Labels count from 0: with labels from 1 a model needs one output too many." if from_one else ""
    return Evidence(
        f"Expected: {forms}. {_found(run)}".strip(),
        f"The last layer must give {counted(wanted, 'number')} for each input."
        f"{_layer_to_change(run, wanted)}{hint}",
    )


@finding(Ending.TIMED_OUT, Ending.OUT_OF_MEMORY)
def too_large_to_run(run: GradedRun) -> Evidence | None:
    """Your model is far larger than this problem needs, too large to run in the time and memory it has."""
    ample = run.dataset.problem.common_mistakes.ample_parameters
    if ample is None or run.size <= _BYTES_PER_PARAMETER * ample:
        return None
    enough = _BYTES_PER_PARAMETER * ample / 2**20
    return Evidence(
        f"The file has {run.size / 2**20:,.0f} MiB; {enough:,.0f} MiB hold more than enough parameters.",
        "Use fewer or narrower layers, and GlobalAveragePooling instead of Flatten before the dense ones.",
    )


def _how_many(share: float) -> str:
    """In words: a count is one that a model could choose."""
    return "All" if share == 1 else "Most" if share > 0.5 else "Some"


def _fitting_input(run: GradedRun) -> str:
    """How to make the model take these inputs; without new training where only their shape differs."""
    sizes, shape = _found_sizes(run), run.dataset.problem.inputs[0].shape
    plain = [size for size in sizes if size > 1]
    if plain not in ([math.prod(shape)], [size for size in shape if size > 1]):
        return f"Begin the model with Input(shape={shape}), train again, and save."
    layer = "Flatten()" if len(sizes) == 1 else f"Reshape({sizes})"
    return (
        f"Begin the model with Input({shape}), then {layer}. Without new training: tf.keras.Sequential("
        f"[tf.keras.Input({shape}), tf.keras.layers.{layer}, model]).save('mymodel.keras')."
    )


def _layer_to_change(run: GradedRun, wanted: int) -> str:
    """A sentence on the layer to change, where the file's layers tell which it is; else empty."""
    layers, predictions = run.outcome.facts.layers, run.outcome.predictions
    dimensions = len(_found_sizes(run)) if predictions is None else predictions.ndim - 1
    if not layers or layers[-1] != "Dense":
        return ""
    recurrent = next((layer for layer in reversed(layers) if layer in _RECURRENT), "")
    if dimensions > 1 and recurrent:
        return f" It gives them at every step: take return_sequences=True out of the last {recurrent}."
    if dimensions > 1 and "Flatten" not in layers:
        return " It gives them at every place of the input: put Flatten() before the last Dense."
    ends = (
        (', activation="sigmoid"' if wanted == 1 else ', activation="softmax"') if run.dataset.classes else ""
    )
    return f" Make the last Dense a Dense({wanted}{ends})." if dimensions == 1 else ""


def _show_form(form: Input) -> str:
    """For people: what one input is."""
    if form.dtype == "string":
        return f"a text ({form.meaning})"
    return f"{show_shape(form.shape)} {form.dtype} ({form.meaning})"


def _unknown_id(run: GradedRun) -> re.Match[str] | None:
    refusal = run.outcome.refusal
    return _UNKNOWN_ID.search(refusal.found) if refusal is not None else None


def _arrays(problem: Problem) -> list[Input]:
    return [form for form in problem.inputs if form.dtype != "string"]


def _takes_words(problem: Problem) -> bool:
    return any(np.dtype(form.dtype).kind in "iu" for form in _arrays(problem))


def _takes_texts(problem: Problem) -> bool:
    return any(form.dtype == "string" for form in problem.inputs)


def _found_texts(run: GradedRun) -> bool:
    refusal = run.outcome.refusal
    return refusal is not None and refusal.found in {"texts", "string"}


def _has_several_outputs(run: GradedRun) -> bool:
    """Whether it was refused for their number: nothing is known against the shape of any of them then."""
    refusal = run.outcome.refusal
    return refusal is not None and refusal.expected == "1 output"


def _found_sizes(run: GradedRun) -> tuple[int, ...]:
    """The sizes of one input or one prediction, as the worker reported them; empty where some are open."""
    refusal = run.outcome.refusal
    sizes = _SIZES.fullmatch(refusal.found.strip()) if refusal is not None else None
    return tuple(int(size) for size in re.findall(r"\d{1,9}", sizes[1])) if sizes else ()


def _takes(problem: Problem, sizes: Sequence[int]) -> bool:
    shapes = [form.shape for form in problem.inputs if form.shape]
    return any(tuple(sizes) in (shape, (*shape, 1)) for shape in shapes)


def _found(run: GradedRun) -> str:
    refusal, facts = run.outcome.refusal, run.outcome.facts
    shape = facts.input_shape if run.fault == "input_shape" else facts.output_shape
    found = refusal.found if refusal is not None and refusal.found else shape
    if _found_texts(run):
        return "Found: texts."
    return f"Found: {found}." if _SHAPE.fullmatch(found) else ""
