"""Archives as people's computers make them: the one model in it is graded, and of several none is guessed."""

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from tfprep.sandbox import ArtifactKind

from .model_files import H5, SAVED_MODEL, SCRIPT, lay_out, read, refusal, tarred, write, zipped

PARTS = {"metadata.json": b"{}", "config.json": b"{}", "model.weights.h5": H5, "assets/words.txt": b"a"}
KERAS = zipped(PARTS)
LITTER = {"__MACOSX/mymodel/._config.json": b"x", "mymodel/.DS_Store": b"y", "__MACOSX/._mymodel.h5": H5}


def parts_of(keras: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(keras)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("mymodel.keras.zip", zipped({f"mymodel/{name}": part for name, part in PARTS.items()} | LITTER)),
        ("Archive.zip", zipped(PARTS | {"__MACOSX/._config.json": b"x", ".DS_Store": b"y"})),
        ("mymodel.tar.gz", tarred(PARTS, prefix="./mymodel.keras/")),
        ("mymodel.tar", tarred(PARTS, mode="w")),
    ],
)
def test_an_unpacked_keras_file_that_was_packed_again_is_read(
    tmp_path: Path, name: str, content: bytes
) -> None:
    submission = read(write(tmp_path / name, content))
    assert submission.kind is ArtifactKind.KERAS
    assert parts_of(submission.artifact) == PARTS


@pytest.mark.parametrize("below", ["", "mymodel"])
def test_an_unpacked_keras_folder_is_read(tmp_path: Path, below: str) -> None:
    lay_out(tmp_path / "work" / below, PARTS | {"notes.txt": b"mine"})
    submission = read(tmp_path / "work")
    assert submission.kind is ArtifactKind.KERAS
    assert parts_of(submission.artifact) == PARTS


def test_the_same_unpacked_keras_file_has_one_digest_whichever_way_it_came(tmp_path: Path) -> None:
    ways = [
        lay_out(tmp_path / "mymodel", PARTS),
        write(tmp_path / "a.zip", zipped(PARTS, prefix="mymodel/")),
        write(tmp_path / "b.tar.gz", tarred(PARTS)),
    ]
    assert len({read(way).digest for way in ways}) == 1


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        (
            "mymodel.zip",
            lambda files: zipped(files | {"__MACOSX/._mymodel.h5": b"x", "data/train.csv": b"1"}),
        ),
        ("mymodel.tar.gz", lambda files: tarred(files, prefix="./work/")),
        ("mymodel.tar", lambda files: tarred(files, mode="w")),
    ],
)
@pytest.mark.parametrize(
    ("inner", "content", "kind"),
    [
        ("mymodel.h5", H5, ArtifactKind.H5),
        ("MYMODEL.HDF5", H5, ArtifactKind.H5),
        ("mymodel.keras", KERAS, ArtifactKind.KERAS),
    ],
)
def test_the_one_model_file_in_an_archive_is_graded_as_if_it_had_come_alone(  # noqa: PLR0917
    tmp_path: Path, name: str, pack: object, inner: str, content: bytes, kind: ArtifactKind
) -> None:
    assert callable(pack)
    submission = read(write(tmp_path / name, pack({inner: content, "starter.py": SCRIPT})))
    assert (submission.kind, submission.artifact) == (kind, content)
    assert submission.name == f"{name}/{inner}"
    assert submission.digest == read(write(tmp_path / inner, content)).digest


@pytest.mark.parametrize("content", [H5, KERAS])
def test_a_model_that_was_compressed_alone_is_read(tmp_path: Path, content: bytes) -> None:
    submission = read(write(tmp_path / "mymodel.h5.gz", gzip.compress(content)))
    assert submission.artifact == content


@pytest.mark.parametrize("below", ["", "content/", "content/drive/MyDrive/exam/"])
def test_the_one_model_in_a_folder_is_graded_as_if_it_had_come_alone(tmp_path: Path, below: str) -> None:
    for number, files in enumerate(
        ({"mymodel.h5": H5}, {"best.keras": KERAS}, {f"mymodel/{name}": part for name, part in PARTS.items()})
    ):
        folder = tmp_path / str(number)
        litter = {"sample_data/README.md": b"x", ".config/old.h5": H5, "starter.py": SCRIPT}
        lay_out(folder, {f"{below}{name}": part for name, part in files.items()} | litter)
        submission = read(folder)
        assert submission.refusal is None
        if number < 2:
            (name,) = files
            assert submission.artifact == files[name]
            assert submission.name == f"{number}/{below}{name}"


def test_of_several_models_in_a_folder_none_is_guessed(tmp_path: Path) -> None:
    lay_out(tmp_path / "work", {"content/first.h5": H5, "second.keras": KERAS})
    code, message = refusal(tmp_path / "work")
    assert code == "several_models"
    assert "'content/first.h5', 'second.keras'" in message


def test_of_several_models_in_an_archive_none_is_guessed(tmp_path: Path) -> None:
    several = [
        {"first.h5": H5, "second.keras": KERAS},
        {"mymodel.h5": H5} | {f"best/{name}": part for name, part in PARTS.items()},
        {"mymodel.h5": H5} | {f"mymodel/{name}": part for name, part in SAVED_MODEL.items()},
    ]
    for number, files in enumerate(several):
        for name, packed in ((f"{number}.zip", zipped(files)), (f"{number}.tar.gz", tarred(files))):
            code, message = refusal(write(tmp_path / name, packed))
            assert code == "several_models"
            assert all(word in message for word in list(files)[:1])


def test_a_model_in_an_archive_in_an_archive_is_not_unpacked(tmp_path: Path) -> None:
    code, message = refusal(write(tmp_path / "a.zip", zipped({"b.zip": zipped({"mymodel.h5": H5})})))
    assert code == "zip_of_files"
    assert "'b.zip'" in message


@pytest.mark.parametrize(
    ("content", "code"), [(b"hello", "text_file"), (b"", "empty_file"), (b"<html>", "html_page")]
)
def test_a_file_in_an_archive_is_what_its_bytes_are(tmp_path: Path, content: bytes, code: str) -> None:
    assert refusal(write(tmp_path / "a.zip", zipped({"mymodel.h5": content})))[0] == code


@pytest.mark.parametrize("name", ["mymodel", "mymodel.h5.txt", "work/mymodel.h5.download"])
def test_a_model_in_an_archive_is_known_by_its_bytes(tmp_path: Path, name: str) -> None:
    files = {name: H5, "starter.py": SCRIPT, "first.weights.h5": H5}
    assert read(write(tmp_path / "a.zip", zipped(files))).kind is ArtifactKind.H5


def test_an_archive_without_a_model_says_what_is_in_it(tmp_path: Path) -> None:
    _, message = refusal(write(tmp_path / "a.zip", zipped({"model.onnx": b"\x08\x08", "data.csv": b"1"})))
    assert "In it: 'model.onnx', 'data.csv'." in message


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"\x80\x04\x95 a pickle", "not_a_model"), (b"a,b\n1,2\n", "text_file"), (b"X\n\0", "not_a_model")],
)
def test_a_gzip_of_another_file_is_no_damaged_tar(tmp_path: Path, content: bytes, code: str) -> None:
    assert refusal(write(tmp_path / "model.gz", gzip.compress(content)))[0] == code


def test_a_gzip_in_a_gzip_is_not_unpacked_twice(tmp_path: Path) -> None:
    twice = gzip.compress(gzip.compress(H5))
    assert refusal(write(tmp_path / "a.gz", twice))[0] == "zip_of_files"


def test_a_tar_of_an_old_format_is_read(tmp_path: Path) -> None:
    """GNU tar's `--format=v7`: no magic word stands behind the header."""
    header = bytearray(tarfile.TarInfo.tobuf(_info("mymodel.h5", len(H5)), tarfile.USTAR_FORMAT))
    header[257:512] = bytes(255)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    tar = bytes(header) + H5.ljust(512 * -(-len(H5) // 512), b"\0") + bytes(1024)
    assert read(write(tmp_path / "mymodel.tar", tar)).kind is ArtifactKind.H5


def _info(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size = size
    return info


def test_a_gzip_bomb_of_one_file_is_refused(tmp_path: Path) -> None:
    bomb = gzip.compress(H5 + bytes(50 * 2**20), compresslevel=1)
    code, message = refusal(write(tmp_path / "mymodel.h5.gz", bomb))
    assert "unpacks to more" in message, code


@pytest.mark.parametrize("content", [b"\x1f\x8b", b"\x1f\x8b\x08\x00" + bytes(30), gzip.compress(H5)[:-8]])
def test_a_damaged_gzip_is_refused_as_damaged(tmp_path: Path, content: bytes) -> None:
    assert refusal(write(tmp_path / "mymodel.h5.gz", content))[0] == "truncated_archive"


# A SavedModel whose weights stayed behind


@pytest.mark.parametrize(
    ("left", "missing"),
    [
        ([], "variables/variables.index"),
        (["variables/variables.index"], "variables/variables.data-00000-of-00001"),
        (["variables/variables.data-00000-of-00001"], "variables/variables.index"),
    ],
)
def test_a_graph_with_variables_and_without_their_values_says_what_is_missing(
    tmp_path: Path, left: list[str], missing: str
) -> None:
    files = {"saved_model.pb": b"..VarHandleOp.."} | {name: SAVED_MODEL[name] for name in left}
    for path in (lay_out(tmp_path / "mymodel", files), write(tmp_path / "a.zip", zipped(files))):
        code, message = refusal(path)
        assert code == "graph_without_variables"
        assert missing in message


def test_a_graph_without_variables_needs_no_values(tmp_path: Path) -> None:
    assert read(lay_out(tmp_path, {"saved_model.pb": b"frozen"})).kind is ArtifactKind.SAVED_MODEL
