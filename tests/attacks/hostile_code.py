"""Training scripts that attack."""

from __future__ import annotations

import textwrap

PRELUDE = '''
import contextlib, ctypes, errno, glob, json, os, signal, socket, struct, sys, threading, time

def attempt(what, action):
    """Prints whether an attack worked: GOT and its result, or FAILED and the error."""
    try:
        print("GOT", what, repr(action())[:300], flush=True)
    except BaseException as error:
        print("FAILED", what, type(error).__name__, str(error)[:100], flush=True)

def libc(name, *arguments):
    """Calls a function of the C library; an error is an OSError."""
    result = getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), name)
    return result

def write(path, content):
    """Writes at once, so that what the kernel refuses is an OSError."""
    return os.write(os.open(path, os.O_WRONLY), content)

'''
SAVE_HONEST_MODEL = """
import numpy as np, keras
entry = keras.Input((28, 28))
dense = keras.layers.Dense(10, use_bias=False)
model = keras.Model(entry, dense(keras.layers.Flatten()(entry)))
weights = np.zeros((784, 10), np.float32)
weights[np.arange(10), np.arange(10)] = 1
dense.set_weights([weights])
model.save("mymodel.h5")
"""
"""The end of a script: saves an honest model, which is scored whatever the script did before."""


def script(source: str) -> str:
    """A training script that attacks and saves no model."""
    return PRELUDE + textwrap.dedent(source)


def script_with_model(source: str) -> str:
    """A training script that attacks and then saves an honest model."""
    return script(source) + SAVE_HONEST_MODEL
