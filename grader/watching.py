"""Checks each model of a workspace as soon as it is saved, all in one sandbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from ..errors import TfprepError
from ..files.text import Tell
from ..sandbox import Sandbox
from .scoring.card import ScoreCard
from .services import Checked
from .submission.candidates import saved_models
from .submission.submission import Submission


def watch(
    workspace: Path,
    wait: Callable[[], None],
    on_saved: Callable[[Path], None],
    check: Callable[[Path], Checked],
    tell: Tell,
) -> Iterator[tuple[Path, Checked, ScoreCard | None]]:
    """Each model that is saved in a workspace, checked; without end.

    Args:
        workspace: the folder that is looked at; not the folders in it.
        wait: lets some time pass between two looks.
        on_saved: gets the path of a model before it is checked.
        check: checks the model at a path, as `services.check` does.
        tell: gets the sentence of a model that could not be checked.

    Yields:
        The model's path, what came of it, and the card of the last model before it that has a score.
    """
    before: ScoreCard | None = None
    for path in saved_models(workspace, wait):
        on_saved(path)
        try:
            done = check(path)
        except TfprepError as error:
            tell(str(error))
            continue
        yield path, done, before
        before = before if done.card.score is None else done.card


class OneSandbox(ExitStack):
    """A sandbox that is opened for the first model and stays open for the next ones, while all goes well."""

    def __init__(self, open_sandbox: Callable[[], AbstractContextManager[Sandbox]]) -> None:
        super().__init__()
        self._open = open_sandbox
        self._opened: Sandbox | None = None

    @contextmanager
    def open(self, submission: Submission) -> Iterator[Sandbox]:
        """The open sandbox; after an error a new one."""
        if self._opened is None:
            self._opened = self.enter_context(self._open())
        try:
            yield self._opened
        except BaseException:
            self._opened = None
            self.close()
            raise
