"""Reading a stranger's file: only regular ones, and no more than is asked for."""

from __future__ import annotations

import os
from pathlib import Path

from tfprep.files.reading import read_start


def test_only_regular_files_have_first_bytes(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"PK\x03\x04 and more")
    (tmp_path / "link").symlink_to("file")
    os.mkfifo(tmp_path / "pipe")
    starts = {name: read_start(tmp_path / name, 4) for name in ("file", "link", "pipe", "none", ".")}
    assert starts == {"file": b"PK\x03\x04", "link": b"", "pipe": b"", "none": b"", ".": b""}
