"""A mentor with a service of their own, and a batch of text models, for whatever test asks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .mentors import Mentor, a_mentor
from .text_models import GradingSetup, copy_setup, make_setup


@pytest.fixture
def mentor(tmp_path: Path) -> Iterator[Mentor]:
    with a_mentor(tmp_path) as mentor:
        yield mentor


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> GradingSetup:
    return make_setup(tmp_path_factory.mktemp("setup"))


@pytest.fixture
def setup(made: GradingSetup, tmp_path: Path) -> GradingSetup:
    return copy_setup(made, tmp_path)
