"""What a file is by its first bytes, as host and worker both see it."""

from __future__ import annotations

import io
import pickle
import tarfile

import pytest

from tfprep.sandbox.protocol.file_formats import EMPTY_ZIP, GZIP, HDF5, ZIP, find_wrong_file, is_tar


@pytest.mark.parametrize(
    "start", [HDF5, ZIP, EMPTY_ZIP, GZIP, b"import tensorflow as tf\n", b"", b"\0" * 5000]
)
def test_a_model_an_archive_or_a_script_is_no_wrong_file(start: bytes) -> None:
    assert find_wrong_file(start) is None


@pytest.mark.parametrize(
    ("start", "code", "words"),
    [
        (pickle.dumps([1]), "not_a_model", "a Python pickle"),
        (b"\x1c\0\0\0TFL3", "not_a_model", "a TensorFlow Lite model"),
        (b"%PDF-1.7", "not_a_model", "a PDF document"),
        (b"\xef\xbb\xbf\n <!DOCTYPE HTML>", "html_page", "web page"),
        (b"<?xml version='1.0'?>", "html_page", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "git_lfs_pointer", "git lfs pull"),
    ],
)
def test_what_people_submit_by_mistake_is_named(start: bytes, code: str, words: str) -> None:
    wrong = find_wrong_file(start)
    assert wrong is not None
    assert wrong.code == code
    assert words in wrong.message


def test_a_tar_is_recognised_behind_its_first_header() -> None:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("saved_model.pb"))
    assert is_tar(content.getvalue())
    assert not is_tar(b"ustar")
