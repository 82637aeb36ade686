"""What a training script wanted and the sandbox does not have: told by the error that it raised.

Only what the error itself shows is said. Colab's folders, a network, and other people's packages are what
scripts that were written elsewhere miss most.
"""

from __future__ import annotations

import errno
import os
import re
import socket
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

_NO_NETWORK: Final = (
    "There is no network: use data/. If a model needs a download, train it elsewhere, and submit what it "
    "saves."
)
_NO_COLAB: Final = (
    "There is no Colab and no Google Drive here: read from data/, and end the script with "
    'model.save("mymodel.h5").'
)
_NO_H5: Final = (
    "Some layers, such as RandomBrightness, cannot be saved as .h5: save the model with "
    'model.save("mymodel.keras").'
)
_UNREACHABLE: Final = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN})
_UNRESOLVED: Final = re.compile(
    r"name resolution|Name or service not known|Could ?n[o']t resolve host|nodename nor servname"
    r"|Network is unreachable|/dev/null/datasets",
    re.IGNORECASE,
)
"""How libraries say that a host was not found when they keep no error of the system's."""
_COLAB: Final = re.compile(r"/content(?:/|\b)|MyDrive|google\.colab")
_DOWNLOADERS: Final = frozenset({"tensorflow_datasets", "tensorflow_hub", "kagglehub", "gdown", "wget"})
"""Modules that are of no use without a network, and are left out for that."""
_MOST_CAUSES: Final = 20
_LONGEST: Final = 10_000
"""Characters of an error's text that are looked at."""
_MOST_FILES: Final = 1_000


def advise(error: BaseException, folder: Path) -> str:
    """One or two sentences on what to do about a script's error; empty where it shows nothing of this kind.

    Args:
        error: what the script raised.
        folder: the folder that it ran in, with `data/` in it.
    """
    causes = list(islice(_causes(error), _MOST_CAUSES))
    if any(_is_about_the_network(cause) for cause in causes):
        return _NO_NETWORK
    if any(_COLAB.search(str(cause)[:_LONGEST]) for cause in causes):
        return _NO_COLAB
    advice = ""
    match error:
        case ModuleNotFoundError() if (error.name or "").split(".")[0] in _DOWNLOADERS:
            advice = _NO_NETWORK
        case ModuleNotFoundError():
            advice = (
                f"There is no module {error.name!r} here: beside a script there is data/, and nothing else."
            )
        case TypeError() if "cannot pickle" in str(error):
            advice = _NO_H5
        case NameError(name="get_ipython"):
            advice = "get_ipython() is there in notebooks only: remove it."
        case EOFError() if str(error) == "EOF when reading a line":
            advice = "Nobody can type here: write the value into the script in place of input()."
        case FileNotFoundError():
            advice = _where_it_is(Path(str(error.filename or "")).name, folder)
        case OSError(errno=errno.EROFS | errno.EACCES | errno.EPERM):
            advice = 'A script may write in its own folder only: save with model.save("mymodel.h5").'
    return advice


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, what it was raised from, and so on."""
    at: BaseException | None = error
    while at is not None:
        yield at
        at = at.__cause__ or at.__context__


def _is_about_the_network(error: BaseException) -> bool:
    if isinstance(error, socket.gaierror) or (isinstance(error, OSError) and error.errno in _UNREACHABLE):
        return True
    return bool(_UNRESOLVED.search(str(error)[:_LONGEST]))


def _where_it_is(name: str, folder: Path) -> str:
    """Where in `data/` a file of this name lies; else that the public files are in there."""
    data = folder / "data"
    files = (Path(above) / file for above, _, files in os.walk(data) for file in files)
    same = next((path for path in islice(files, _MOST_FILES) if name and path.name == name), None)
    if same is not None:
        return f"Here it is {same.relative_to(folder)}."
    return "The public files of the problem are in data/; nothing else is here."
