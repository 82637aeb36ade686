"""Files and archives as learners hand them in, and as attackers do."""

import io
import tarfile
import zipfile
from pathlib import Path

from tfprep.grader import Submission, read_submission

H5 = b"\x89HDF\r\n\x1a\n" + bytes(100)
SCRIPT = b"import tensorflow as tf\nmodel = tf.keras.Sequential()\nmodel.save('mymodel.h5')\n"
SAVED_MODEL = {
    "saved_model.pb": b"graph",
    "variables/variables.index": b"index",
    "variables/variables.data-00000-of-00001": bytes(500),
    "assets/words.txt": b"a\nb\n",
}


def read(path: Path, limit: int = 10 * 2**20) -> Submission:
    return read_submission(path, "problem2", "ann", limit)


def refusal(path: Path, limit: int = 10 * 2**20) -> tuple[str, str]:
    submission = read(path, limit)
    assert submission.kind is None
    assert submission.refusal is not None
    assert submission.artifact == b""
    return submission.refusal.code, submission.refusal.message


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def zipped(files: dict[str, bytes], prefix: str = "", compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(prefix + name, content)
    return packed.getvalue()


def tarred(files: dict[str, bytes], prefix: str = "", mode: str = "w:gz") -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            entry = tarfile.TarInfo(prefix + name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def tar_entry(**fields: object) -> bytes:
    entry = tarfile.TarInfo("saved_model.pb")
    for field, value in fields.items():
        setattr(entry, field, value)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        archive.addfile(entry)
    return packed.getvalue()


def lay_out(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder
