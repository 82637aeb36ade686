"""Which graphics card a worker gets."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from tfprep.errors import BadOption, SandboxUnavailable
from tfprep.sandbox.host.container_config import Gpu, resolve_auto
from tfprep.sandbox.host.gpus import choose_gpu, list_gpus, output_of, read_listing

TWO = ("GPU-aaaa-1", "GPU-bbbb-2")

WHOLE = """GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-5d5ba0d6-d33d-2b2c-524d-9e3d8d2b8a77)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-9a7b6c5d-1111-2222-3333-444455556666)
"""
CUT = """GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-5d5ba0d6-d33d-2b2c-524d-9e3d8d2b8a77)
  MIG 3g.20gb     Device  0: (UUID: MIG-c6d4f1ef-42e4-5de3-91c7-45d71c87eb3f)
  MIG 3g.20gb     Device  1: (UUID: MIG-cba663e8-9bed-5b25-b243-5985ef7c9beb)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-9a7b6c5d-1111-2222-3333-444455556666)
"""


def test_auto_takes_every_card_where_the_engine_has_the_runtime() -> None:
    assert resolve_auto("auto", {"runc": {}, "nvidia": {}}) == "all"
    assert resolve_auto("auto", {"runc": {}}) == "none"
    assert resolve_auto("1", {"nvidia": {}}) == "1"


@pytest.mark.parametrize("requested", ["none", "0", ""])
def test_none_is_the_cpu(requested: str) -> None:
    assert choose_gpu(requested, 0, 1, lambda: TWO) is None


def test_workers_take_the_cards_in_turn() -> None:
    chosen = [choose_gpu("all", slot, 2, lambda: TWO) for slot in range(2)]
    assert chosen == [Gpu("GPU-aaaa-1"), Gpu("GPU-bbbb-2")]


def test_more_workers_than_cards_share_the_memory_evenly() -> None:
    chosen = [choose_gpu("all", slot, 3, lambda: TWO) for slot in range(3)]
    assert chosen == [Gpu("GPU-aaaa-1", 0.5), Gpu("GPU-bbbb-2", 0.5), Gpu("GPU-aaaa-1", 0.5)]


def test_a_number_takes_the_first_so_many() -> None:
    assert choose_gpu("1", 1, 2, lambda: TWO) == Gpu("GPU-aaaa-1", 0.5)


def test_slices_are_named_by_id() -> None:
    requested = "MIG-c6d4f1ef-42e4-5de3, MIG-GPU-5d5ba0d6/3/0"
    chosen = [choose_gpu(requested, slot, 2, tuple) for slot in range(2)]
    assert chosen == [Gpu("MIG-c6d4f1ef-42e4-5de3"), Gpu("MIG-GPU-5d5ba0d6/3/0")]


@pytest.mark.parametrize("requested", ["some", "-1", "GPU-aaaa-1,", "0,1", "GPU-$(reboot)"])
def test_what_names_no_card_is_refused(requested: str) -> None:
    with pytest.raises(BadOption, match="names no GPU") as caught:
        choose_gpu(requested, 0, 1, lambda: TWO)
    assert "nvidia-smi" in caught.value.remedy


def test_more_cards_than_there_are_are_refused() -> None:
    with pytest.raises(SandboxUnavailable, match="3 GPUs were asked for and this machine shows 2"):
        choose_gpu("3", 0, 1, lambda: TWO)


def test_cards_are_listed_by_id_and_of_a_divided_one_only_its_slices() -> None:
    assert len(read_listing(WHOLE)) == 2
    assert read_listing(CUT) == (
        "MIG-c6d4f1ef-42e4-5de3-91c7-45d71c87eb3f",
        "MIG-cba663e8-9bed-5b25-b243-5985ef7c9beb",
        "GPU-9a7b6c5d-1111-2222-3333-444455556666",
    )
    assert read_listing("No devices were found") == ()


@pytest.mark.parametrize(
    ("program", "printed"),
    [
        ("import time; time.sleep(60)", ""),
        ("import sys; sys.stdout.buffer.write(b'GPU \\xff')", "GPU \ufffd"),
        ("raise SystemExit(9)", ""),
    ],
)
def test_a_driver_s_program_that_hangs_or_fails_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, printed: str
) -> None:
    path = tmp_path / "nvidia-smi"
    path.write_text(f"#!{sys.executable}\n{program}\n")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("tfprep.sandbox.host.gpus.ANSWER_SECONDS", 1.0)
    began = time.monotonic()
    assert output_of("nvidia-smi", "-L") == printed
    assert list_gpus() == ("0",)
    assert time.monotonic() - began < 30


def test_a_driver_s_program_that_cannot_be_started_is_as_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "nvidia-smi"
    path.write_bytes(b"\x7fELF no program")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert output_of("nvidia-smi", "-L") == ""
