"""The statement and the hints of a problem made from data: whole, short, and to be made better."""

from __future__ import annotations

from typing import Final

from ..problems import Problem
from ..problems.problem_file import ProblemKeys

_STATEMENT: Final = """\
# Problem {name}: {title}

{task}

## What you have

| file | what is in it |
|---|---|
| `starter.py` | reads the data; you fill in two gaps: the model, and its training |
{files}

## What your model must do

| | |
|---|---|
| input | {inputs} |
| output | {outputs} |
| measured by | {metric}, on examples that nobody has shown you |
| full marks | as measured |
| saved as | `mymodel.h5` (a `.keras` file or a SavedModel folder `mymodel/` is fine too) |

Do not use Lambda layers.
"""
_FILES: Final = {
    "table": ("`data/train.csv` | rows to train on", "`data/validation.csv` | rows to check yourself with"),
    "images": ("`data/train/` | a folder per class", "`data/validation/` | the same, to check yourself with"),
    "texts": (
        "`data/train.csv` | texts to train on: `text`, and `label`, the number of the class from 0",
        "`data/validation.csv` | texts to check yourself with",
        "`data/vocabulary.txt` | the words that have a number: that of their line, from 0",
    ),
    "series": ("`data/series.csv` | rows in order of time",),
}
_HINTS: Final = {
    "table": (
        "The grader gives your model the raw numbers: a `Normalization` layer, adapted on the training "
        "rows, belongs right after the input.",
        'One straight line is rarely enough: a hidden `Dense` layer with `activation="relu"` can bend.',
        "Allow some hundred epochs, and let `EarlyStopping(patience=30, restore_best_weights=True)` end it.",
    ),
    "images": (
        "Convolutions find the same thing wherever it is: `Conv2D` and `MaxPooling2D`, several in a row.",
        "Few pictures are learned by heart: `RandomFlip`, `RandomTranslation` and `Dropout` help against it.",
        "`GlobalAveragePooling2D` in the place of `Flatten` leaves fewer weights to learn.",
    ),
    "texts": (
        "Words come as numbers: an `Embedding` turns each into numbers that the training chooses.",
        "`GlobalAveragePooling1D` behind the embedding takes the average of all words.",
        "An average hides the one word that tells: put `GlobalMaxPooling1D` beside it, and `Dropout` behind.",
    ),
    "series": (
        "Scale inside the model: a `Normalization` layer, adapted on the training windows, at its front.",
        "The last value and that of a day before are good guesses: does your model beat both?",
        "Train on `mae`, which is what the grader measures, and let `EarlyStopping` end the training.",
    ),
}


def statement_for(problem: Problem, keys: ProblemKeys) -> str:
    """What learners read."""
    metric = f"{problem.metric.name} in {problem.metric.unit}" if problem.metric.unit else problem.metric.name
    inputs = "; or ".join(f"`{form.shape}` {form.dtype}: {form.meaning}" for form in problem.inputs)
    output = problem.outputs[0]
    shape = "one number per class" if min(output.shape, default=0) < 0 else f"`{output.shape}`"
    return _STATEMENT.format(
        name=problem.name,
        title=problem.title,
        task=problem.task,
        files="\n".join(f"| {line} |" for line in _FILES[str(keys.kind)]),
        inputs=inputs,
        outputs=f"{shape}: {output.meaning}",
        metric=f"the {metric}",
    )


def hints_for(problem: Problem, keys: ProblemKeys) -> str:
    """What `tfprep hint` shows, one after the other."""
    hints = "\n".join(f"\n## {number}\n\n{hint}" for number, hint in enumerate(_HINTS[str(keys.kind)], 1))
    return f"# Hints for problem {problem.name}\n{hints}\n"
