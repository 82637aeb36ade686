"""A workspace is made on the data that its learner names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tfprep.errors import BadWorkspace
from tfprep.problems.starting import WorkspaceRequest, start

from ..grader.made import cars
from ..one_dataset import OneDataset


def test_a_workspace_is_made_once_and_renewed_or_reset_on_request(tmp_path: Path) -> None:
    request = WorkspaceRequest("regression", tmp_path / "work")
    store = OneDataset(cars(tmp_path / "data"))
    assert start(request, store, print).folder == tmp_path / "work"
    (tmp_path / "work" / "starter.py").write_text("my work")
    with pytest.raises(BadWorkspace, match="--resume"):
        start(request, store, print)
    assert start(replace(request, existing="resume"), store, print).backup is None
    assert (tmp_path / "work" / "starter.py").read_text() == "my work"
    backup = start(replace(request, existing="reset"), store, print).backup
    assert backup is not None
    assert (backup / "starter.py").read_text() == "my work"
    assert (tmp_path / "work" / "starter.py").read_text() != "my work"
