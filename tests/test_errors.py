"""The tree of errors: what each says, and with which exit code a command ends."""

from __future__ import annotations

import inspect

import pytest

from tfprep import errors
from tfprep.errors import (
    INTERRUPTED,
    MISUSE,
    OUR_FAULT,
    BadSubmission,
    Interrupted,
    Misuse,
    OurFault,
    SandboxUnavailable,
    SubmissionFault,
    TfprepError,
)

CLASSES = [
    each for _, each in inspect.getmembers(errors, inspect.isclass) if each.__module__ == errors.__name__
]


@pytest.mark.parametrize("what", ["No Docker engine answers", "No Docker engine answers."])
def test_what_happened_and_what_to_do_are_two_sentences(what: str) -> None:
    error = SandboxUnavailable(what, "Start it.")
    assert str(error) == "No Docker engine answers. Start it."
    assert (error.what, error.remedy) == (what, "Start it.")


def test_a_sentence_alone_stays_as_it_is() -> None:
    assert str(SandboxUnavailable("Is it running?")) == "Is it running?"
    assert str(BadSubmission("empty", "The file is empty")) == "The file is empty"


@pytest.mark.parametrize("error", CLASSES)
def test_every_error_is_in_the_tree_and_on_its_drawing(error: type[Exception]) -> None:
    assert issubclass(error, TfprepError)
    assert error.__name__ in (errors.__doc__ or "")


@pytest.mark.parametrize("error", [each for each in CLASSES if issubclass(each, TfprepError)])
def test_the_exit_code_says_whose_fault_it_is(error: type[TfprepError]) -> None:
    expected = {Misuse: MISUSE, Interrupted: INTERRUPTED}
    branches = [
        branch for branch in (Misuse, OurFault, SubmissionFault, Interrupted) if issubclass(error, branch)
    ]
    assert len(branches) <= 1
    assert error.exit_code == (expected.get(branches[0], OUR_FAULT) if branches else OUR_FAULT)
