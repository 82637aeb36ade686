"""Files that are no model, not a whole one, or more than one: made from good ones, always the same."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import h5py
import numpy as np

from .index import COLLECTION

H5 = "tf2.15/fuel_dense.h5"
KERAS = "keras3.6/fuel_dense.keras"
SAVED_MODEL = "tf2.15/fuel_dense.saved_model.zip"
KERNEL = "model_weights/dense/dense/kernel:0"


def good(name: str) -> bytes:
    """A file of the collection."""
    return (COLLECTION / name).read_bytes()


@contextmanager
def h5_of(content: io.BytesIO) -> Iterator[Any]:
    """A good `.h5`, open to be changed; its bytes are in `content` afterwards."""
    content.write(good(H5))
    with h5py.File(content, "r+") as file:
        yield file


def changed_h5(change: Callable[[Any], None]) -> bytes:
    """A good `.h5`, changed."""
    content = io.BytesIO()
    with h5_of(content) as file:
        change(file)
    return content.getvalue()


def external_link() -> bytes:
    def change(file: Any) -> None:
        del file[KERNEL]
        file[KERNEL] = h5py.ExternalLink("/etc/passwd", "/")

    return changed_h5(change)


def external_storage() -> bytes:
    def change(file: Any) -> None:
        del file[KERNEL]
        file.create_dataset(KERNEL, (9, 8), "float32", external=[("/etc/passwd", 0, 288)])

    return changed_h5(change)


def virtual_dataset() -> bytes:
    def change(file: Any) -> None:
        del file[KERNEL]
        layout = h5py.VirtualLayout((9, 8), "float32")
        layout[:] = h5py.VirtualSource("/tmp/another.h5", "secret", (9, 8))
        file.create_virtual_dataset(KERNEL, layout)

    return changed_h5(change)


def declares_150_gb() -> bytes:
    """Chunks that were never written take no room, and 150 GB when they are read."""

    def change(file: Any) -> None:
        del file[KERNEL]
        file.create_dataset(KERNEL, (150, 2**28), "float32", chunks=(1, 2**16), compression="gzip")

    return changed_h5(change)


def without_config() -> bytes:
    """An HDF5 file of somebody's measurements."""
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        file["temperatures"] = np.arange(10.0)
    return content.getvalue()


def config_cut_short() -> bytes:
    def change(file: Any) -> None:
        file.attrs["model_config"] = file.attrs["model_config"][:200]

    return changed_h5(change)


def cut(name: str) -> bytes:
    """The first two thirds of a file."""
    content = good(name)
    return content[: len(content) * 2 // 3]


def rezipped(name: str, change: Callable[[str, bytes], tuple[str, bytes] | None]) -> bytes:
    """An archive with each member changed, or left out where `change` gives None."""
    content = io.BytesIO()
    with zipfile.ZipFile(COLLECTION / name) as source, zipfile.ZipFile(content, "w") as target:
        for member in source.infolist():
            changed = change(member.filename, source.read(member))
            if changed is not None:
                # Set afterwards: ZipInfo itself puts backslashes right on the systems that have them.
                entry = zipfile.ZipInfo("x")
                entry.filename, data = changed
                target.writestr(entry, data)
    return content.getvalue()


def with_backslashes(name: str) -> bytes:
    """A `.keras` as Windows wrote it."""
    return rezipped(name, lambda member, data: (member.replace("/", "\\"), data))


def with_backslashes_in_weights(name: str) -> bytes:
    """A `.keras` whose weights Keras 2 wrote on Windows: groups called "layers\\dense"."""

    def move(member: str, data: bytes) -> tuple[str, bytes]:
        if member != "model.weights.h5":
            return member, data
        content = io.BytesIO()
        with h5py.File(io.BytesIO(data), "r") as old, h5py.File(content, "w") as new:
            groups: list[str] = []
            old.visit(groups.append)
            for group in groups:
                owner, _, last = group.rpartition("/")
                if last == "vars":
                    old.copy(group, new.require_group(owner.replace("/", "\\") or "/"), name="vars")
        return member, content.getvalue()

    return rezipped(name, move)


def without_weights() -> bytes:
    return rezipped(KERAS, lambda member, data: None if member == "model.weights.h5" else (member, data))


def naming_os_system() -> bytes:
    """A `.keras` whose description names a function of the operating system (CVE-2025-1550)."""

    def name(member: str, data: bytes) -> tuple[str, bytes]:
        if member != "config.json":
            return member, data
        config = json.loads(data)
        layer = config["config"]["layers"][1]
        layer.update(
            module="os", class_name="system", registered_name=None, config={"command": "touch /tmp/owned"}
        )
        return member, json.dumps(config).encode()

    return rezipped(KERAS, name)


LFS_POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab\nsize 12345\n"
HTML_PAGE = (
    b"<!DOCTYPE html>\n<html><head><title>mymodel.h5 - Google Drive</title></head><body></body></html>\n"
)
