"""Files that are damaged, or no models at all: refused with the reason."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tfprep.errors import NotAModel
from tfprep.grader.submission.recognition import Recognised, recognise
from tfprep.sandbox import ArtifactKind, Sandbox

from ..zoo import broken_files as broken
from ..zoo.index import COLLECTION, SIZE_LIMIT, inputs, submit
from .jobs import expect_refusal

MADE: dict[str, tuple[Callable[[], bytes], ArtifactKind, str, str]] = {
    "an external link": (
        broken.external_link,
        ArtifactKind.H5,
        "external_link",
        "link to another file",
    ),
    "external storage": (
        broken.external_storage,
        ArtifactKind.H5,
        "external_link",
        "link to another file",
    ),
    "a virtual dataset": (
        broken.virtual_dataset,
        ArtifactKind.H5,
        "external_link",
        "link to another file",
    ),
    "a declaration of 150 GB": (broken.declares_150_gb, ArtifactKind.H5, "too_large", "150 GiB"),
    "measurements": (broken.without_config, ArtifactKind.H5, "not_a_model", "no Keras model"),
    "a description cut short": (broken.config_cut_short, ArtifactKind.H5, "truncated", "cut short"),
    "an h5 cut short": (lambda: broken.cut(broken.H5), ArtifactKind.H5, "truncated", "cut short"),
    "a keras cut short": (
        lambda: broken.cut(broken.KERAS),
        ArtifactKind.KERAS,
        "truncated",
        "cut short",
    ),
    "a zip cut short": (
        lambda: broken.cut(broken.SAVED_MODEL),
        ArtifactKind.SAVED_MODEL,
        "truncated",
        "cut short",
    ),
    "no weights": (broken.without_weights, ArtifactKind.KERAS, "not_a_model", "weights"),
    "os.system for a layer": (
        broken.naming_os_system,
        ArtifactKind.KERAS,
        "custom_layer",
        "come with Keras",
    ),
    "a Git LFS pointer": (
        lambda: broken.LFS_POINTER,
        ArtifactKind.H5,
        "git_lfs_pointer",
        "git lfs pull",
    ),
    "a web page": (lambda: broken.HTML_PAGE, ArtifactKind.H5, "html_page", "web page"),
}


@pytest.mark.parametrize("name", MADE)
def test_a_broken_file_is_refused_with_its_reason(local: Sandbox, name: str) -> None:
    make, kind, code, words = MADE[name]
    outcome = submit(local, Recognised(kind, make()), inputs("features", "fuel_dense"), ((1,),))
    expect_refusal(outcome, code, words)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (broken.LFS_POINTER, "git_lfs_pointer"),
        (broken.HTML_PAGE, "html_page"),
        ((COLLECTION / "oddities.tf2.15/checkpoint.zip").read_bytes(), "checkpoint"),
        (broken.cut(broken.KERAS), "truncated_archive"),
        (broken.cut(broken.SAVED_MODEL), "truncated_archive"),
    ],
    ids=["Git LFS pointer", "web page", "checkpoint", "keras cut short", "zip cut short"],
)
def test_what_is_plainly_no_model_never_reaches_a_worker(content: bytes, code: str) -> None:
    with pytest.raises(NotAModel) as refused:
        recognise(content, "mymodel.h5", SIZE_LIMIT)
    assert refused.value.code == code
