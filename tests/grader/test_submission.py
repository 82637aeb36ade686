"""What is handed in is recognised by content, read once, bounded, and refused in sentences of its own."""

import io
import os
import zipfile
from pathlib import Path

import pytest

from tfprep.errors import BadSubmission
from tfprep.sandbox import ArtifactKind

from .model_files import H5, SAVED_MODEL, SCRIPT, lay_out, read, refusal, tarred, write, zipped

# What is recognised


@pytest.mark.parametrize("name", ["mymodel.h5", "mymodel.keras", "model", "photo.png"])
def test_an_h5_file_is_known_by_its_first_bytes_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    submission = read(write(tmp_path / name, H5))
    assert submission.kind is ArtifactKind.H5
    assert submission.artifact == H5
    assert submission.size == len(H5)
    assert submission.refusal is None


def test_a_keras_file_is_kept_as_it_is(tmp_path: Path) -> None:
    keras = zipped({"metadata.json": b"{}", "config.json": b"{}", "model.weights.h5": H5})
    submission = read(write(tmp_path / "mymodel.h5", keras))
    assert (submission.kind, submission.artifact) == (ArtifactKind.KERAS, keras)


def test_a_keras_file_written_on_windows_is_recognised(tmp_path: Path) -> None:
    keras = zipped(
        {"metadata.json": b"{}", "config.json": b"{}", "model.weights.h5": H5, "assets\\vocab.txt": b"a"}
    )
    assert read(write(tmp_path / "mymodel.keras", keras)).kind is ArtifactKind.KERAS


def test_a_saved_model_has_one_digest_whichever_container_it_came_in(tmp_path: Path) -> None:
    inputs = [
        lay_out(tmp_path / "mymodel", SAVED_MODEL),
        lay_out(tmp_path / "outer/mymodel", SAVED_MODEL).parent,
        write(tmp_path / "a.zip", zipped(SAVED_MODEL)),
        write(tmp_path / "b.zip", zipped(dict(reversed(SAVED_MODEL.items())), prefix="mymodel/")),
        write(tmp_path / "c.tar.gz", tarred(SAVED_MODEL, prefix="./mymodel/")),
        write(tmp_path / "d.tar", tarred(SAVED_MODEL, mode="w")),
        write(
            tmp_path / "e.zip", zipped({**SAVED_MODEL, "__MACOSX/._saved_model.pb": b"x", ".DS_Store": b"y"})
        ),
        write(
            tmp_path / "f.zip", zipped({name.replace("/", "\\"): data for name, data in SAVED_MODEL.items()})
        ),
    ]
    submissions = [read(path) for path in inputs]
    assert [submission.kind for submission in submissions] == [ArtifactKind.SAVED_MODEL] * len(inputs)
    assert len({submission.digest for submission in submissions}) == 1
    with zipfile.ZipFile(io.BytesIO(submissions[0].artifact)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == SAVED_MODEL


def test_a_saved_model_takes_only_its_own_parts_along(tmp_path: Path) -> None:
    lay_out(tmp_path, {**SAVED_MODEL, "data/train.csv": b"1,2", "notes.txt": b"mine"})
    with zipfile.ZipFile(io.BytesIO(read(tmp_path).artifact)) as archive:
        assert set(archive.namelist()) == set(SAVED_MODEL)


@pytest.mark.parametrize("name", ["starter.py", "solution", "mymodel.h5"])
def test_a_training_script_is_known_by_its_imports(tmp_path: Path, name: str) -> None:
    assert read(write(tmp_path / name, SCRIPT)).kind is ArtifactKind.SCRIPT


def test_the_same_bytes_have_the_same_digest_and_other_bytes_another(tmp_path: Path) -> None:
    digests = [
        read(write(tmp_path / f"{n}.h5", content)).digest for n, content in enumerate([H5, H5, H5 + b"!"])
    ]
    assert digests[0] == digests[1] != digests[2]


# What is refused, each in a sentence of its own


def test_every_wrong_file_gets_a_sentence_of_its_own(tmp_path: Path) -> None:
    wrong = {
        "empty_file": b"",
        "text_file": b"hello, this is my model\n",
        "html_page": b"\n<!DOCTYPE html><html><head><title>Sign in</title>",
        "git_lfs_pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n",
        "notebook": b'{"cells": [], "nbformat": 4}',
        "architecture_only": b'{"class_name": "Sequential", "config": {}}',
        "tensorflow_js": b'{"modelTopology": {"class_name": ""}, "weightsManifest": []}',
        "not_a_model": b"\x80\x04\x95 a pickle",
        "truncated_archive": zipped(SAVED_MODEL)[:-40],
        "weights_only": zipped({"model.weights.h5": H5}),
        "archive_without_model": zipped({"readme.txt": b"hello"}),
        "zip_of_files": zipped({"starter.py": SCRIPT}),
        "several_models": zipped({"a/saved_model.pb": b"1", "b/saved_model.pb": b"2"}),
    }
    shown = {code: refusal(write(tmp_path / "mymodel.h5", content)) for code, content in wrong.items()}
    assert {code: answer[0] for code, answer in shown.items()} == {code: code for code in wrong}
    assert len({message for _, message in shown.values()}) == len(wrong)


def test_a_text_file_called_h5_is_told_to_be_text(tmp_path: Path) -> None:
    _, message = refusal(write(tmp_path / "mymodel.h5", b"just some words"))
    assert "text file" in message
    assert "model.save('mymodel.h5')" in message


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("mymodel.onnx", "an ONNX model"),
        ("frozen_graph.pb", "a TensorFlow graph"),
        ("mymodel.h5", "neither a saved model"),
    ],
)
def test_a_message_of_protobuf_is_no_text(tmp_path: Path, name: str, words: str) -> None:
    _, message = refusal(write(tmp_path / name, b"\x08\x08\x12\x07pytorch"))
    assert words in message


def test_a_word_that_happens_to_be_valid_python_is_no_script(tmp_path: Path) -> None:
    assert refusal(write(tmp_path / "mymodel.h5", b"hello"))[0] == "text_file"


def test_a_script_with_a_mistake_is_told_the_line(tmp_path: Path) -> None:
    code, message = refusal(write(tmp_path / "starter.py", b"import os\nx = (\n"))
    assert code == "script_syntax"
    assert "line 2" in message


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (["notes.txt"], "folder_without_model"),
        ([], "folder_without_model"),
        (["checkpoint", "cp.ckpt.index"], "checkpoint"),
        (["first.h5", "second.keras"], "several_models"),
        (["config.json", "metadata.json"], "unpacked_keras"),
    ],
)
def test_a_folder_that_is_no_saved_model_is_told_what_it_is(
    tmp_path: Path, names: list[str], code: str
) -> None:
    assert refusal(lay_out(tmp_path, dict.fromkeys(names, b"x")))[0] == code


@pytest.mark.parametrize("name", ["cp.ckpt.data-00000-of-00001", "checkpoint", "variables.index"])
def test_a_checkpoint_file_is_told_to_be_one(tmp_path: Path, name: str) -> None:
    assert refusal(write(tmp_path / name, b"\x00\x01\x02"))[0] == "checkpoint"


def test_a_single_part_of_a_saved_model_points_to_its_folder(tmp_path: Path) -> None:
    code, message = refusal(write(tmp_path / "saved_model.pb", b"\x08\x01\x12\x00"))
    assert code == "part_of_model"
    assert "folder" in message


def test_a_file_beyond_the_limit_is_refused_with_the_limit(tmp_path: Path) -> None:
    code, message = refusal(write(tmp_path / "mymodel.h5", H5 + bytes(2**20)), limit=2**20)
    assert code == "too_large"
    assert "1 MiB" in message


def test_a_folder_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    lay_out(tmp_path, {**SAVED_MODEL, "variables/big": bytes(2**20)})
    assert refusal(tmp_path, limit=2**20)[0] == "too_large"


def test_a_folder_nested_without_end_is_refused(tmp_path: Path) -> None:
    lay_out(tmp_path, {**SAVED_MODEL, "assets/" + "d/" * 900 + "end": b"x"})
    assert refusal(tmp_path)[0] == "too_large"


def test_a_refused_file_still_has_the_digest_and_size_of_what_was_read(tmp_path: Path) -> None:
    submission = read(write(tmp_path / "mymodel.h5", b"some words"))
    assert submission.size == 10
    assert len(submission.digest) == 64


# Misuse: nothing to record


def test_a_missing_file_is_misuse_and_says_so(tmp_path: Path) -> None:
    with pytest.raises(BadSubmission, match=r"There is no 'mymodel\.h5'") as error:
        read(tmp_path / "mymodel.h5")
    assert error.value.code == "missing"


def test_a_file_that_may_not_be_read_is_misuse(tmp_path: Path) -> None:
    write(tmp_path / "mymodel.h5", H5).chmod(0)
    myself = os.geteuid()
    if myself == 0:  # root may read everything, so be somebody else for a moment
        os.seteuid(65_534)
    try:
        with pytest.raises(BadSubmission, match="cannot be read"):
            read(tmp_path / "mymodel.h5")
    finally:
        os.seteuid(myself)


def test_a_path_that_no_file_can_have_is_misuse(tmp_path: Path) -> None:
    for path in (tmp_path / ("x" * 5000), Path("a\0b")):
        with pytest.raises(BadSubmission, match="cannot be read"):
            read(path)


# Hostile files


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    write(tmp_path / "secret.h5", H5)
    (tmp_path / "mymodel.h5").symlink_to(tmp_path / "secret.h5")
    assert refusal(tmp_path / "mymodel.h5")[0] == "not_a_file"


def test_a_link_that_is_swapped_for_a_file_when_it_was_refused_is_still_a_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, opened = tmp_path / "mymodel.h5", os.open
    path.symlink_to(write(tmp_path / "elsewhere.h5", H5))

    def open_then_swap(name: Path, *arguments: int, **more: int | None) -> int:
        try:
            return opened(name, *arguments, **more)  # type: ignore[arg-type]
        finally:
            path.unlink()
            path.write_bytes(H5)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", open_then_swap)
        code, _ = refusal(path)
    assert code == "not_a_file"


def test_a_link_to_a_folder_is_not_followed(tmp_path: Path) -> None:
    lay_out(tmp_path / "real", SAVED_MODEL)
    (tmp_path / "mymodel").symlink_to(tmp_path / "real")
    assert refusal(tmp_path / "mymodel")[0] == "not_a_file"


@pytest.mark.parametrize("name", ["saved_model.pb", "variables/variables.index", "variables"])
def test_a_link_inside_a_saved_model_is_not_followed(tmp_path: Path, name: str) -> None:
    outside = (
        write(tmp_path / "outside", b"secret")
        if name != "variables"
        else lay_out(tmp_path / "v", SAVED_MODEL)
    )
    files = {key: content for key, content in SAVED_MODEL.items() if not key.startswith(name)}
    model = lay_out(tmp_path / "mymodel", files)
    (model / name).parent.mkdir(exist_ok=True)
    (model / name).symlink_to(outside)
    assert refusal(model)[0] == "not_a_file"


def test_a_pipe_does_not_hang_the_grader(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "mymodel.h5")
    assert refusal(tmp_path / "mymodel.h5")[0] == "not_a_file"


def test_a_pipe_inside_a_saved_model_does_not_hang_the_grader(tmp_path: Path) -> None:
    lay_out(tmp_path, SAVED_MODEL)
    os.mkfifo(tmp_path / "assets/pipe")
    assert refusal(tmp_path)[0] == "not_a_file"


def test_a_device_is_refused(tmp_path: Path) -> None:
    assert refusal(Path("/dev/zero"))[0] == "not_a_file"


def test_a_name_with_newlines_and_escapes_is_shown_clean(tmp_path: Path) -> None:
    submission = read(write(tmp_path / ("a\n\x1b[31m" + "b" * 200), H5))
    assert submission.name.isprintable()
    assert len(submission.name) <= 120
