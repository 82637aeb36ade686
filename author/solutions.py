"""Three solutions for a problem made from data: a reference, an ordinary first attempt, and a naive one.

Of tables they are written here; of images, texts and series they are those of one of tfprep's problems, whose
starter has the same names. They are meant to be changed.
"""

from __future__ import annotations

import re
from typing import Final

from ..problems import find
from ..problems.problem_file import ProblemKeys

SCRIPTS: Final = ("reference", "ordinary", "naive")
_LIKE: Final = {"images": "flowers", "texts": "bbc", "series": "household"}
_SAYS: Final = {
    "reference": "A solution that is to earn full marks. Change it until it does.",
    "ordinary": "An ordinary first attempt, which is to earn 2 to 4.",
    "naive": "A solution that has learned nothing, which is to earn at most 1.",
}
_TABLE: Final = '''\
"""{says}"""

# AS IN THE STARTER


def solution_model():
    # AS IN THE STARTER

    scale = tf.keras.layers.Normalization()
    scale.adapt(train_features)
    model = tf.keras.Sequential(
        [
            tf.keras.Input((len(FEATURES),)),
            scale,
{layers}
        ]
    )
    model.compile(optimizer={optimizer}, loss="{loss}", metrics=["{metric}"])
    model.fit(
        train_features,
        train_target,
        validation_data=(valid_features, valid_target),
        epochs={epochs},
        batch_size=32,
        verbose=2,
        callbacks=[
            tf.keras.callbacks.CSVLogger("history.csv"),
{callbacks}
        ],
    )
    return model
'''
_WIDTHS: Final = {"reference": (128, 64), "ordinary": (16,), "naive": ()}
_EPOCHS: Final = {"reference": 200, "ordinary": 15, "naive": 1}
_DOCSTRING: Final = re.compile(r'\A""".*?"""', re.DOTALL)
_KEPT: Final = re.compile(
    r"^    # DO NOT CHANGE THIS CODE$.*?^    # END OF THE CODE NOT TO CHANGE$", re.MULTILINE | re.DOTALL
)


def solutions_for(keys: ProblemKeys) -> dict[str, str]:
    """The text of each script, by its file's name."""
    if keys.table is not None:
        return {f"{name}.py": _table(name, keys) for name in SCRIPTS}
    example = find(_LIKE[str(keys.kind)])
    return {
        f"{name}.py": _as_example(name, (example.folder / f"{name}.py").read_text("utf-8"), keys)
        for name in SCRIPTS
    }


def _table(name: str, keys: ProblemKeys) -> str:
    classes = len(keys.table.classes) if keys.table else 0
    zeros = ', kernel_initializer="zeros"' if name == "naive" else ""
    if classes > 2:
        last, loss = (
            f'tf.keras.layers.Dense({classes}, activation="softmax"{zeros})',
            "sparse_categorical_crossentropy",
        )
    elif classes:
        last, loss = f'tf.keras.layers.Dense(1, activation="sigmoid"{zeros})', "binary_crossentropy"
    elif keys.metric == "mean log10 error":
        bias = "bias_initializer=tf.keras.initializers.Constant(float(np.log(train_target).mean()))"
        last, loss = f'tf.keras.layers.Dense(1, activation="exponential"{zeros}, {bias})', "msle"
    else:
        middle = "float(train_target.std()), float(train_target.mean())"
        last, loss = f"tf.keras.layers.Dense(1{zeros}), tf.keras.layers.Rescaling({middle})", "mae"
    decay = ", kernel_regularizer=tf.keras.regularizers.L2(1e-3)" if name == "reference" and classes else ""
    hidden = [f'tf.keras.layers.Dense({width}, activation="relu"{decay})' for width in _WIDTHS[name]]
    early = [
        "tf.keras.callbacks.ReduceLROnPlateau(factor=0.3, patience=12)",
        "tf.keras.callbacks.EarlyStopping(patience=30, restore_best_weights=True)",
    ]
    return _TABLE.format(
        says=_SAYS[name],
        layers="\n".join(f"            {layer}," for layer in [*hidden, last]),
        optimizer="tf.keras.optimizers.SGD(0.0)" if name == "naive" else "tf.keras.optimizers.Adam(0.003)",
        loss=loss,
        metric="accuracy" if classes else "mae",
        epochs=_EPOCHS[name],
        callbacks="\n".join(
            f"            {callback}," for callback in (early if name == "reference" else ())
        ),
    ).replace(",\n\n        ],", ",\n        ],")


def _as_example(name: str, script: str, keys: ProblemKeys) -> str:
    """An example's script without the starter's own code, and for as many channels as the images have."""
    if "# AS IN THE STARTER" not in script:
        body = script[script.index("def solution_model") : script.index("# The grader loads")]
        script = (
            f'"""x"""\n\n# AS IN THE STARTER\n\n\n{_KEPT.sub("    # AS IN THE STARTER", body).rstrip()}\n'
        )
    if keys.images is not None and not keys.images.colour:
        script = script.replace("(SIDE, SIDE, 3)", "(SIDE, SIDE, 1)")
    return _DOCSTRING.sub(f'"""{_SAYS[name]}"""', script, count=1)
