"""The log: a file in the home for the last runs, and standard error for who asks with --verbose or --debug.

Modules write with `logging.getLogger(__name__)`. No label, hidden input, prediction or secret is ever an
argument of a log line.
"""

from __future__ import annotations

import logging
import os
import traceback
from collections.abc import Iterator, Mapping
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import Final

from .errors import Misuse, TfprepError

FILE: Final = "tfprep.log"
LEVELS: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}
_BYTES: Final = 2**20
_OLDER_FILES: Final = 3
_QUOTING_NO_DATA: Final = (TfprepError, OSError, ImportError, AttributeError, NameError, NotImplementedError)
"""Errors whose message names files, modules and code."""
_FORM: Final = "%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"


def start_logging(folder: Path, level: str = "", environment: Mapping[str, str] = os.environ) -> None:
    """Send the log of this package to a file in `folder`, and to standard error if a level is asked for.

    Args:
        folder: is made with the first line that is logged.
        level: "debug", "info", "warning" or "error"; empty takes `TFPREP_LOG`, and without it the file gets
            "info" and standard error gets nothing.
        environment: where `TFPREP_LOG` is looked up.

    Raises:
        Misuse: there is no such level.
    """
    named = (level or environment.get("TFPREP_LOG", "")).strip().casefold()
    if named and named not in LEVELS:
        raise Misuse(f"TFPREP_LOG is {named!r}.", f"It can be {', '.join(LEVELS)}.")
    stop_logging()
    logger = logging.getLogger(__package__)
    file = _LogFile(folder / FILE)
    chosen = LEVELS.get(named, logging.INFO)
    file.setLevel(min(chosen, logging.INFO))
    handlers: list[logging.Handler] = [file]
    if named:
        handlers.append(logging.StreamHandler())
        handlers[-1].setLevel(chosen)
    for handler in handlers:
        handler.setFormatter(_Formatter(_FORM))
        handler.set_name(__name__)
        logger.addHandler(handler)
    logger.setLevel(min(chosen, logging.INFO))


def log_file() -> Path | None:
    """The file that this process logs to, if a line was written to it."""
    for handler in logging.getLogger(__package__).handlers:
        if isinstance(handler, _LogFile) and handler.stream:
            return Path(handler.baseFilename)
    return None


def stop_logging() -> None:
    """Close what `start_logging` opened."""
    logger = logging.getLogger(__package__)
    for handler in [each for each in logger.handlers if each.get_name() == __name__]:
        logger.removeHandler(handler)
        handler.close()


class _LogFile(RotatingFileHandler):
    """Makes its folder with the first line. A log that cannot be written ends no command."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            path,
            maxBytes=_BYTES,
            backupCount=_OLDER_FILES,
            encoding="utf-8",
            delay=True,
            errors="backslashreplace",  # of names that are not UTF-8
        )
        self._folder = path.parent

    def _open(self) -> TextIOWrapper:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return super()._open()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """Goes on without the line."""


class _Formatter(logging.Formatter):
    """Writes the frames of a traceback, and an exception's message only where it can quote no data.

    `float("...")` and `mapping[...]` put what they met into the message, which may be a hidden example. A
    file's name may hold anything: what begins a line, and what a terminal obeys, is never a stranger's.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the library's name
        """The line, with every further one indented."""
        record.message = _plain(record.message)
        return super().formatMessage(record)

    def formatException(  # noqa: N802 - the library's name
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        """The traceback as text, causes first."""
        return "" if ei[1] is None else "".join(_traceback(ei[1])).rstrip("\n")


def _traceback(error: BaseException) -> Iterator[str]:
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from _traceback(before)
        yield "\nThis led to:\n\n"
    yield from traceback.format_tb(error.__traceback__)
    said = _plain(str(error)) if isinstance(error, _QUOTING_NO_DATA) else "…"
    yield f"{type(error).__qualname__}: {said}\n"


def _plain(text: str) -> str:
    """The text with its control characters spelled out, and lines after the first one indented."""
    spelled = (c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)
    return "".join(spelled).replace("\n", "\n    ")
