"""What a file is by its first bytes, as host and worker both see it."""

from __future__ import annotations

import pickle

import pytest

from tfprep.sandbox.protocol.file_formats import EMPTY_ZIP, GZIP, HDF5, ZIP, find_wrong_file


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
        (b"GGUF\3\0\0\0", "not_a_model", "a GGUF model"),
        (b'\x70\0\0\0\0\0\0\0{"__metadata__"', "not_a_model", "a safetensors file"),
        (b"MATLAB 5.0 MAT-file", "not_a_model", "a MATLAB file"),
        (b"\x78\x9c", "not_a_model", "compressed by zlib"),
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


@pytest.mark.parametrize(
    "start", [b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"\x04\x22\x4d\x18"]
)
def test_an_archive_that_is_not_read_needs_no_new_training(start: bytes) -> None:
    wrong = find_wrong_file(start)
    assert wrong is not None
    assert "Unpack it, and submit the model that is in it." in wrong.message


@pytest.mark.parametrize(
    "changed",
    [
        HDF5.replace(b"\r\n", b"\n"),
        HDF5.decode("latin-1").encode(),
        HDF5.decode("utf-8", "replace").encode(),
        bytes(byte & 0x7F for byte in HDF5),
    ],
)
def test_an_h5_that_a_transfer_took_for_a_text_is_told_so(changed: bytes) -> None:
    wrong = find_wrong_file(changed + bytes(100))
    assert wrong is not None
    assert "its bytes were changed" in wrong.message
