"""Model files that are programs, or traps for whoever opens them: a job of their own opens them.

A plain subprocess reads what its user may read: a graph there sees the user's files, but cannot say them.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from .attacked_grader import Grader, assert_invalid, assert_scored, text_of

MARK = "/tmp/mark-of-mallory"
Change = Callable[[h5py.File], None]


def changed_h5(models: Path, change: Change, name: str = "honest.h5") -> bytes:
    content = io.BytesIO((models / name).read_bytes())
    with h5py.File(content, "r+") as file:
        change(file)
    return content.getvalue()


def change_config(change: Callable[[dict[str, Any]], None]) -> Change:
    def rewrite(file: h5py.File) -> None:
        config = json.loads(file.attrs["model_config"])
        change(config)
        file.attrs["model_config"] = json.dumps(config)

    return rewrite


def layer_of(config: dict[str, Any], kind: str) -> dict[str, Any]:
    return next(layer for layer in config["config"]["layers"] if layer["class_name"] == kind)


def link_outside(file: h5py.File) -> None:
    file["model_weights/stolen"] = h5py.ExternalLink("/etc/passwd", "/")


def store_outside(file: h5py.File) -> None:
    file.create_dataset("model_weights/stolen", (10,), "u1", external=[("/etc/passwd", 0, 10)])


def look_outside(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((10,), "u1")
    layout[:] = h5py.VirtualSource("/etc/passwd.h5", "x", (10,))
    file.create_virtual_dataset("model_weights/stolen", layout)


def declare_150_gigabytes(file: h5py.File) -> None:
    file.create_dataset("model_weights/large", (150 * 10**9,), "u1", chunks=(2**20,))


def declare_150_gigabytes_in_an_attribute_s_way(file: h5py.File) -> None:
    kernel = next(iter(dataset for dataset in all_datasets(file) if dataset.ndim == 2))
    parent, name = kernel.parent, kernel.name
    del file[name]
    parent.create_dataset(name, (784, 50_000_000), "f4", chunks=(784, 100))


def all_datasets(file: h5py.File) -> list[h5py.Dataset]:
    found: list[h5py.Dataset] = []
    file.visititems(lambda _, item: found.append(item) if isinstance(item, h5py.Dataset) else None)
    return found


def link_in_a_circle(file: h5py.File) -> None:
    file["model_weights/round"] = file["model_weights"]


def want_11_gigabytes(config: dict[str, Any]) -> None:
    layer_of(config, "Dense")["config"]["units"] = 3_500_000


def nest_without_end(file: h5py.File) -> None:
    file.attrs["model_config"] = "[" * 30_000


def name_os_system(config: dict[str, Any]) -> None:
    layer_of(config, "Dense")["config"]["activation"] = {
        "module": "os", "class_name": "function", "config": "system", "registered_name": "system",
    }  # fmt: skip


def rename_lambda(config: dict[str, Any]) -> None:
    """Hides a Lambda's bytecode behind its full path."""
    layer = layer_of(config, "Lambda")
    layer["class_name"], layer["registered_name"] = "keras.src.layers.core.lambda_layer>Lambda", "Lambda"


H5: dict[str, tuple[Change, str, str]] = {
    "an external link": (link_outside, "honest.h5", "only a link to another file"),
    "storage in another file": (store_outside, "honest.h5", "only a link to another file"),
    "a virtual dataset": (look_outside, "honest.h5", "only a link to another file"),
    "150 GB declared": (declare_150_gigabytes, "honest.h5", "declares 140 GiB"),
    "150 GB declared as weights": (
        declare_150_gigabytes_in_an_attribute_s_way,
        "honest.h5",
        "declares 146 GiB",
    ),
    "weights of 11 GB wanted": (
        change_config(want_11_gigabytes),
        "honest.h5",
        "The model used more than the 4 GiB of memory",
    ),
    "a config nested without end": (nest_without_end, "honest.h5", "The file is damaged or was cut short"),
    "an activation of os.system": (
        change_config(name_os_system),
        "honest.h5",
        "needs 'system' that Keras does not have",
    ),
    "bytecode in a Lambda": (lambda file: None, "lambda.h5", "Lambda: it carries program code"),
    "bytecode in a Lambda by another name": (
        change_config(rename_lambda),
        "lambda.h5",
        "needs 'Lambda' that Keras does not have",
    ),
    "groups in a circle": (link_in_a_circle, "honest.h5", "The file is damaged or was cut short"),
}


@pytest.mark.parametrize("name", H5)
def test_an_h5_that_is_a_trap_is_refused(target: Grader, models: Path, tmp_path: Path, name: str) -> None:
    change, base, reason = H5[name]
    path = tmp_path / "mymodel.h5"
    path.write_bytes(changed_h5(models, change, base))
    assert path.stat().st_size < 10 * 2**20
    card = target.attack_with_file(path)
    assert_invalid(card, reason)
    assert "root:" not in text_of(card)


def changed_keras(models: Path, change: Callable[[dict[str, Any]], None], extra: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(models / "honest.keras") as source, zipfile.ZipFile(packed, "w") as archive:
        for member in source.infolist():
            content = source.read(member)
            if member.filename == "config.json":
                config = json.loads(content)
                change(config)
                content = json.dumps(config).encode()
            archive.writestr(member, content)
        for name, content in extra.items():
            archive.writestr(name, content)
    return packed.getvalue()


def be_os_system(config: dict[str, Any]) -> None:
    config |= {"module": "os", "class_name": "system", "config": {"command": f"touch {MARK}"}}
    config["registered_name"] = "system"


def run_at_build(config: dict[str, Any]) -> None:
    layer_of(config, "Dense")["config"]["kernel_initializer"] = {
        "module": "builtins", "class_name": "exec", "registered_name": "exec",
        "config": {"source": f"open({MARK!r}, 'w')"},
    }  # fmt: skip


def import_anything(config: dict[str, Any]) -> None:
    layer = layer_of(config, "Dense")
    layer |= {"module": "antigravity", "class_name": "x", "registered_name": None}


def load_another_model(config: dict[str, Any]) -> None:
    layer = layer_of(config, "Dense")
    layer["class_name"], layer["module"] = "TFSMLayer", "keras.layers"
    layer["config"] = {"filepath": "/etc", "call_endpoint": "serve", "name": "other"}


def read_a_vocabulary(config: dict[str, Any]) -> None:
    layer = layer_of(config, "Dense")
    layer["class_name"], layer["module"] = "StringLookup", "keras.layers"
    layer["config"] = {"vocabulary": "/etc/passwd", "name": "other"}


def fetch_a_file(config: dict[str, Any]) -> None:
    layer_of(config, "Dense")["config"]["activation"] = {
        "module": "keras.utils", "class_name": "function", "config": "get_file",
        "registered_name": "get_file",
    }  # fmt: skip


def use_a_class(config: dict[str, Any]) -> None:
    layer_of(config, "Dense")["config"]["activation"] = {
        "module": "keras.losses", "class_name": "function", "config": "MeanSquaredError",
        "registered_name": "MeanSquaredError",
    }  # fmt: skip


def change_nothing(config: dict[str, Any]) -> None:
    """Only the archive is a trap."""


KERAS: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "the model is os.system": (be_os_system, "needs 'system' that Keras does not have"),
    "a layer of any module": (import_anything, "needs 'x' that Keras does not have"),
    "a layer that loads another model": (
        load_another_model,
        "a `TFSMLayer`, which loads an external SavedModel",
    ),
    "a vocabulary in a file": (read_a_vocabulary, "a vocabulary file outside of the model archive"),
    "an activation that fetches files": (fetch_a_file, "names 'keras.utils.get_file', which is not a layer"),
    "an activation that is a class": (
        use_a_class,
        "names 'keras.losses.MeanSquaredError', which is not a layer",
    ),
}


@pytest.mark.parametrize("name", KERAS)
def test_a_keras_file_that_names_other_code_is_refused(
    target: Grader, models: Path, tmp_path: Path, name: str
) -> None:
    change, reason = KERAS[name]
    path = tmp_path / "mymodel.keras"
    path.write_bytes(changed_keras(models, change, {}))
    card = target.attack_with_file(path)
    assert_invalid(card, reason)
    assert not Path(MARK).exists()
    assert "root:" not in text_of(card)


def test_an_initialiser_that_is_exec_is_never_called(target: Grader, models: Path, tmp_path: Path) -> None:
    """What only makes first weights is left out: the file has its own."""
    path = tmp_path / "mymodel.keras"
    path.write_bytes(changed_keras(models, run_at_build, {}))
    assert_scored(target.attack_with_file(path), 5)
    assert not Path(MARK).exists()


def test_a_keras_file_with_bytecode_is_refused(target: Grader, models: Path) -> None:
    assert_invalid(target.attack_with_file(models / "lambda.keras"), "Lambda: it carries program code")


def test_a_keras_file_whose_parts_slip_out_is_refused(target: Grader, models: Path, tmp_path: Path) -> None:
    path = tmp_path / "mymodel.keras"
    path.write_bytes(changed_keras(models, change_nothing, {"../../../tmp/mark-of-mallory": b"x"}))
    assert_invalid(target.attack_with_file(path), "The archive holds a path that leads out of it")
    assert not Path(MARK).exists()


def test_a_keras_file_that_is_a_bomb_is_refused(target: Grader, models: Path, tmp_path: Path) -> None:
    packed = io.BytesIO(changed_keras(models, change_nothing, {}))
    with zipfile.ZipFile(packed, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("assets/bomb", bytes(300 * 2**20))
    path = tmp_path / "mymodel.keras"
    path.write_bytes(packed.getvalue())
    assert_invalid(target.attack_with_file(path), "unpacks to more than a hundred times its size")


def test_a_graph_that_calls_itself_without_end_ends_alone(target: Grader, models: Path) -> None:
    from .attacked_grader import SHORT_LIMITS

    assert_invalid(
        target.attack_with_file(models / "recursion", SHORT_LIMITS),
        "The SavedModel raised ValueError",
    )


def test_a_graph_that_reads_passwd_cannot_say_it(target: Grader, models: Path) -> None:
    card = target.attack_with_file(models / "read_passwd")
    assert_invalid(card, "The SavedModel raised InvalidArgumentError")
    assert "root:" not in text_of(card)


@pytest.mark.parametrize("cut", [0.3, 0.9], ids=["early", "late"])
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("honest.h5", "The file is damaged or was cut short"),
        ("honest.keras", "begins like a zip archive, but it is cut short or damaged"),
    ],
    ids=["h5", "keras"],
)
def test_a_file_cut_short_is_called_damaged(  # noqa: PLR0917
    target: Grader, models: Path, tmp_path: Path, name: str, reason: str, cut: float
) -> None:
    whole = (models / name).read_bytes()
    path = tmp_path / name
    path.write_bytes(whole[: int(len(whole) * cut)])
    assert_invalid(target.attack_with_file(path), reason)


def test_a_graph_of_noise_is_refused(target: Grader, tmp_path: Path) -> None:
    folder = tmp_path / "mymodel"
    folder.mkdir()
    (folder / "saved_model.pb").write_bytes(np.random.default_rng(0).bytes(100_000))
    assert_invalid(target.attack_with_file(folder), "This SavedModel has no weights")
    (folder / "variables").mkdir()
    for name in ("variables.index", "variables.data-00000-of-00001"):
        (folder / "variables" / name).write_bytes(np.random.default_rng(1).bytes(1_000))
    assert_invalid(target.attack_with_file(folder), "saved_model.pb is damaged or was cut short")
