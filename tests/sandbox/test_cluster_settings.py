"""Which addresses and certificates a cluster is reached by, and how a job and its reply travel."""

from __future__ import annotations

import copy
import stat
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import dask
import numpy as np
import pytest
from click.testing import CliRunner
from cryptography import x509

from tfprep.cli import tfprep
from tfprep.errors import BadOption, FailedAtFile, SandboxUnavailable, WorkerLost
from tfprep.sandbox import ArtifactKind, InputForm, JobTimings, Limits, PredictJob, pack_inputs
from tfprep.sandbox.host.cluster.certificates import write_certificates
from tfprep.sandbox.host.cluster.dask_cluster import check_address, configure, scheduler_command
from tfprep.sandbox.host.cluster.processes import run_cluster, ssh_command
from tfprep.sandbox.host.cluster.travel import (
    pack_failure,
    pack_predict,
    pack_reply,
    read_job_reply,
    unpack_predict,
)
from tfprep.sandbox.host.worker_client import JobReply
from tfprep.sandbox.protocol.frames import pack_frame, split_frame

NOW = datetime(2026, 11, 27, tzinfo=UTC)
LIMITS = Limits(10.0)


@pytest.fixture
def settings() -> Iterator[None]:
    """Dask's, as they are afterwards too."""
    import distributed  # noqa: F401 - it adds its own

    before = copy.deepcopy(dask.config.config)
    yield
    dask.config.config.clear()
    dask.config.config.update(before)


@pytest.mark.parametrize(
    "address",
    [
        "tcp://lab1:8786",
        "tcp://10.0.0.7:8786",
        "ws://127.0.0.1:8786",
        "inproc://x/1",
        "tcp://127.0.0.1.evil:1",
    ],
)
def test_what_leaves_this_machine_without_encryption_is_refused(address: str) -> None:
    with pytest.raises(BadOption, match="not encrypted"):
        check_address(address)


@pytest.mark.parametrize(
    "address", ["tls://lab1:8786", "tcp://127.0.0.1:8786", "tcp://[::1]:8786", "tcp://localhost:1"]
)
def test_what_is_encrypted_or_stays_here_is_used(address: str) -> None:
    check_address(address)


def test_an_encrypted_address_without_certificates_says_where_they_come_from(settings: None) -> None:
    dask.config.set({"distributed.comm.tls.ca-file": None})
    with pytest.raises(BadOption, match="tfprep cluster certificates"):
        configure("tls://lab1")
    with pytest.raises(BadOption, match="There is no file"):
        configure("cluster/mentor/cluster.yaml")


def test_certificates_are_of_one_authority_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    mentor, host = write_certificates(tmp_path / "new", "tls://lab:8786", NOW)
    authority = x509.load_pem_x509_certificate((mentor / "ca.pem").read_bytes())
    for path in (mentor / "client.pem", mentor / "scheduler.pem", host / "worker.pem"):
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        certificate.verify_directly_issued_by(authority)
    files = [path for path in (tmp_path / "new").rglob("*") if path.is_file()]
    assert sorted(path.stem for path in files if path.suffix == ".key") == ["client", "scheduler", "worker"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    with pytest.raises(BadOption, match="not empty"):
        write_certificates(tmp_path / "new", "tls://lab:8786", NOW)


@pytest.mark.parametrize("name", ["cluster.yaml", "other.toml"])
def test_settings_are_those_of_dask_with_paths_from_their_folder(
    tmp_path: Path, settings: None, name: str
) -> None:
    mentor, _ = write_certificates(tmp_path / "files", "tls://lab:8786", NOW)
    (mentor / "other.toml").write_text(
        'scheduler-address = "tls://lab:8786"\n[distributed.comm.tls]\nca-file = "ca.pem"\n'
        'scheduler = {cert = "scheduler.pem", key = "scheduler.key"}\n'
    )
    assert configure(str(mentor / name)) == "tls://lab:8786"
    command = scheduler_command("tls://lab:8786")
    assert command[command.index("--tls-ca-file") + 1] == str(mentor / "ca.pem")
    assert command[command.index("--tls-key") + 1] == str(mentor / "scheduler.key")
    assert dask.config.get("distributed.comm.timeouts.connect")  # Dask's own settings stay


def test_without_dask_one_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "dask", None)
    with pytest.raises(SandboxUnavailable, match=r"pip install 'tfprep\[dask\]'"):
        configure("127.0.0.1:8786")
    told = CliRunner().invoke(tfprep, ["cluster", "certificates", "lab", "--into", str(tmp_path / "new")])
    assert told.exit_code == 0, told.output  # certificates need no Dask


def test_a_host_s_name_is_no_option_of_ssh() -> None:
    assert ssh_command("ann@lab1", "tfprep", "host/cluster.yaml")[-2:] == [
        "ann@lab1",
        "tfprep cluster worker host/cluster.yaml --name ann@lab1",
    ]
    with pytest.raises(BadOption, match="is no host"):
        run_cluster("127.0.0.1", ["-oProxyCommand=x"], "tfprep", "x", print)


def job(*, is_kept: bool = True) -> PredictJob:
    form = InputForm("rows", (2,), "float32")
    inputs = pack_inputs({"rows": np.ones((3, 2), np.float32)}, (form,))
    once = pack_inputs({"rows": np.zeros((1, 2), np.float32)}, (form,))
    once = type(once)(once.packed, once.digest, once.forms, once.count, is_kept)
    return PredictJob(ArtifactKind.KERAS, b"model", inputs, ((1,), ()), LIMITS, (once,), predict_again=True)


@pytest.mark.parametrize("is_kept", [True, False])
@pytest.mark.parametrize("with_model", [True, False])
def test_a_job_comes_to_a_host_as_it_was(is_kept: bool, with_model: bool) -> None:
    sent = job(is_kept=is_kept)
    header, payload = split_frame(pack_predict(sent, 3, with_model=with_model), 2**20)
    kept = {each.digest: each.packed for each in (sent.inputs, *sent.extra_inputs) if each.is_kept}
    assert unpack_predict(header, payload, kept, b"model") == sent
    assert (b"model" in bytes(payload)) is with_model


def test_a_reply_comes_home_as_it_was_and_a_failure_with_its_kind() -> None:
    reply = JobReply({"end": "finished"}, b"bytes", {"image": "one"}, JobTimings(total=2.0), "printed")
    assert read_job_reply(pack_reply(reply), LIMITS) == reply
    for error in (SandboxUnavailable("No engine."), WorkerLost("Lost."), FailedAtFile("Strange.")):
        with pytest.raises(type(error), match=error.what) as raised:
            read_job_reply(pack_failure(error), LIMITS)
        assert type(raised.value) is type(error)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80\x04K\x01.",
        pack_frame({"end": "replied"}, b"x" * (LIMITS.reply_bytes + 2**20 + 1)),
        pack_frame({"end": "replied"}) + b"more",
    ],
    ids=["nothing", "a pickle", "too much", "more than one"],
)
def test_what_is_no_reply_is_a_lost_host(data: bytes) -> None:
    with pytest.raises(WorkerLost, match="does not understand"):
        read_job_reply(data, LIMITS)


def test_a_host_s_words_and_figures_are_cleaned() -> None:
    frame = pack_frame({"end": "unavailable", "what": "\x1b[2JAll\nscored " + "x" * 5000, "remedy": 7})
    with pytest.raises(SandboxUnavailable) as raised:
        read_job_reply(frame, LIMITS)
    assert "\x1b" not in str(raised.value)
    assert len(str(raised.value)) < 1500
    odd = {"end": "replied", "done": [], "environment": {"image": "a\x1b\nb"}, "timings": {"total": 1e300}}
    reply = read_job_reply(pack_frame(odd), LIMITS)
    assert (reply.done, reply.timings.total) == ({}, 1e6)
    assert reply.environment["image"] == "a? b"
