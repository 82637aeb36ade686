from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tfprep.errors import BadData
from tfprep.files.secrets import read_or_make_secret


def test_a_secret_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    home = tmp_path / "home"
    secret = read_or_make_secret(home)
    assert len(secret) == 32
    assert read_or_make_secret(home) == secret
    assert [path.name for path in home.iterdir()] == ["secret.key"]
    assert stat.S_IMODE((home / "secret.key").stat().st_mode) == 0o600


def test_every_home_has_another_secret(tmp_path: Path) -> None:
    assert read_or_make_secret(tmp_path / "a") != read_or_make_secret(tmp_path / "b")


def test_all_who_make_it_at_once_get_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(read_or_make_secret, [tmp_path] * 64))) == 1


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_a_damaged_secret_is_not_replaced_silently(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "secret.key").write_bytes(content)
    with pytest.raises(BadData, match=f"should hold 32 bytes and holds {len(content)}") as caught:
        read_or_make_secret(tmp_path)
    assert "backup" in caught.value.remedy
    assert (tmp_path / "secret.key").read_bytes() == content
