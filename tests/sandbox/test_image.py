"""The sandbox's image: what goes into a build, what it says when it fails, and when an image is stale."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from tfprep.errors import SandboxUnavailable
from tfprep.sandbox import Limits
from tfprep.sandbox.host import build
from tfprep.sandbox.host.build import (
    BuildOptions,
    build_context,
    build_image,
    install_files,
    install_packages,
    read_progress,
)
from tfprep.sandbox.host.engine import connect
from tfprep.sandbox.host.image import Accelerator, ImageReport, image_status, look_up, usable_image
from tfprep.sandbox.host.select_sandbox import docker_pool
from tfprep.sandbox.protocol.contract import worker_digest, worker_files

SANDBOX = Path(worker_digest.__code__.co_filename).parents[1]


class TestWhatABuildGets:
    def test_the_dockerfile_and_the_worker_and_nothing_that_is_secret(self) -> None:
        with tarfile.open(fileobj=build_context()) as tar:
            assert set(tar.getnames()) == {"Dockerfile"} | {
                f"sandbox/{name}" for name in worker_files(SANDBOX)
            }

    @pytest.mark.parametrize("accelerator", list(Accelerator))
    def test_the_packages_are_pinned_to_the_grader_s_versions(self, accelerator: Accelerator) -> None:
        lines = install_files(BuildOptions(accelerator), {})["requirements.txt"].decode().splitlines()
        assert all("==" in line for line in lines)
        for package in ("keras", "numpy", "h5py"):
            assert f"{package}=={version(package)}" in lines
        assert all(f"=={version('tensorflow')}" in line for line in lines if line.startswith("tensorflow"))

    def test_the_gpu_s_image_has_cuda_and_the_cpu_s_has_not(self) -> None:
        pins = {each: install_files(BuildOptions(each), {})["requirements.txt"] for each in Accelerator}
        assert b"tensorflow[and-cuda]" in pins[Accelerator.GPU]
        assert b"cuda" not in pins[Accelerator.CPU]

    def test_a_mirror_its_certificates_and_a_proxy_are_used(self, tmp_path: Path) -> None:
        certificates = tmp_path / "ours.pem"
        certificates.write_text("-----BEGIN CERTIFICATE-----")
        options = BuildOptions(index_url="https://me:secret@mirror/simple", ca_file=certificates)
        files = install_files(options, {"HTTP_PROXY": "http://me:it's@proxy"})
        assert b"index-url = https://me:secret@mirror/simple" in files["pip.conf"]
        assert b"cert = /build/ca.pem" in files["pip.conf"]
        assert files["ca.pem"] == certificates.read_bytes()
        assert files["proxy.sh"] == b"export HTTP_PROXY='http://me:it'\"'\"'s@proxy'\n"

    def test_a_missing_certificate_file_is_reported(self, tmp_path: Path) -> None:
        with pytest.raises(SandboxUnavailable, match=r"missing\.pem"):
            install_files(BuildOptions(ca_file=tmp_path / "missing.pem"), {})

    def test_the_same_worker_gives_the_same_bytes_so_that_the_engine_finds_its_cache(self) -> None:
        assert build_context().read() == build_context().read()


class TestProgress:
    def test_lines_come_clean(self) -> None:
        steps: list[dict[str, str]] = [
            {"stream": "Step 1/3\n"},
            {"stream": " \x1b[31mred\x1b[0m\n\n"},
            {"status": "Pulling"},
            {"aux": "x"},
        ]
        assert list(read_progress(iter(steps))) == ["Step 1/3", " red", "Pulling"]

    @pytest.mark.parametrize(
        ("error", "option"),
        [
            ("SSL: CERTIFICATE_VERIFY_FAILED certificate verify failed", "--ca-file"),
            ("Could not find a version: No matching distribution found", "--index-url"),
            ("Get https://registry: dial tcp: lookup registry: no such host", "--base-image"),
            ("The virtual environment was not created: ensurepip is not available", "--base-image"),
        ],
    )
    def test_a_failed_build_names_the_option_that_helps(self, error: str, option: str) -> None:
        with pytest.raises(SandboxUnavailable, match="could not be built") as caught:
            list(read_progress(iter([{"error": error}])))
        assert option in caught.value.remedy

    def test_the_line_before_the_error_says_what_went_wrong(self) -> None:
        steps = [{"stream": "ERROR: No matching distribution"}, {"error": "returned a non-zero code: 1"}]
        with pytest.raises(SandboxUnavailable, match="No matching distribution") as caught:
            list(read_progress(iter(steps)))
        assert "--index-url" in caught.value.remedy


@pytest.fixture
def client() -> Iterator[Any]:
    engine = connect()
    yield engine
    engine.close()


def layer_of(client: Any, image: str) -> Iterator[bytes]:
    """What an image adds to its base: from the engine's own folder where it is here, else with all of it."""
    folder = Path(client.inspect_image(image)["GraphDriver"]["Data"].get("UpperDir") or "/nowhere")
    if folder.is_dir():
        return (path.read_bytes() for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return iter(client.get_image(image))


class Proxies:
    """Docker's own settings, with a proxy that needs a password."""

    def get_environment(self) -> dict[str, str]:
        return {"HTTP_PROXY": "http://me:hunter2@proxy"}


TAG = "tfprep-sandbox-test:image"
Relabel = Callable[..., None]


@pytest.fixture
def relabel(client: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Relabel]:
    """Makes an image with other labels out of the real one. Tags differ here, so that the real one stays."""
    present, _ = image_status()
    monkeypatch.setattr(Accelerator, "tag", property(lambda self: TAG))

    def make(**labels: str) -> None:
        recipe = io.BytesIO(f"FROM {present.id}\n".encode())
        full = {f"tfprep.{name}": value for name, value in labels.items()}
        for _ in client.build(fileobj=recipe, tag=TAG, labels=full, rm=True, forcerm=True):
            pass

    yield make
    if client.images(name=TAG):
        client.remove_image(TAG, force=True)


@pytest.mark.docker
class TestOnTheEngine:
    def test_a_fresh_image_is_left_as_it_is(self) -> None:
        present, _ = image_status()
        lines: list[str] = []
        report = build_image(BuildOptions(base_image=present.labels["tfprep.base"]), lines.append)
        assert report == ImageReport(Accelerator.CPU, present.id, present.size_bytes, "", present.labels)
        assert lines == ["tfprep-sandbox:cpu is up to date."]

    def test_its_labels_hold_the_worker_and_the_versions(self) -> None:
        present, _ = image_status()
        assert present.labels["tfprep.worker"] == worker_digest(SANDBOX)
        assert present.labels["tfprep.tensorflow"] == version("tensorflow")
        assert present.labels["tfprep.accelerator"] == "cpu"

    def test_an_image_with_an_older_worker_is_stale_and_unusable(self, client: Any, relabel: Relabel) -> None:
        relabel(worker="0123456789abcdef")
        stale = look_up(client, Accelerator.CPU)
        assert not stale.usable
        with pytest.raises(SandboxUnavailable, match=r"stale: its worker code is 0123456789ab") as caught:
            usable_image(client, Accelerator.CPU)
        assert caught.value.remedy == "Run: tfprep sandbox build"

    @pytest.mark.parametrize("workers", [None, 2])
    def test_no_batch_begins_its_jobs_with_a_stale_image(self, relabel: Relabel, workers: int | None) -> None:
        relabel(worker="0123456789abcdef")
        with pytest.raises(SandboxUnavailable, match="stale"):
            docker_pool(Limits(seconds=10), workers=workers, gpus="none")

    def test_an_image_with_another_tensorflow_is_stale(self, client: Any, relabel: Relabel) -> None:
        relabel(tensorflow="2.3.4")
        assert "its TensorFlow is 2.3.4" in look_up(client, Accelerator.CPU).stale

    def test_a_stale_image_is_reported_and_built_again(self, relabel: Relabel) -> None:
        relabel(worker="0123456789abcdef")
        lines: list[str] = []
        # No such base image: that the build began is what can be seen within a second.
        with pytest.raises(SandboxUnavailable, match="could not be built"):
            build_image(BuildOptions(base_image="scratch/none:no such name"), lines.append)
        assert "stale" in lines[0]

    @pytest.mark.usefixtures("relabel")
    def test_a_missing_image_is_reported_with_the_command_that_builds_it(self, client: Any) -> None:
        with pytest.raises(SandboxUnavailable, match="has not been built") as caught:
            usable_image(client, Accelerator.GPU)
        assert caught.value.remedy == "Run: tfprep sandbox build --gpu"

    def test_nothing_of_the_build_is_in_the_finished_image(self, client: Any) -> None:
        present, _ = image_status()
        steps = str(client.history(present.id))
        assert "pip.conf" not in steps
        assert "/build" not in steps

    def test_no_image_and_no_container_that_a_build_leaves_holds_what_it_was_sent(
        self, client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The layer of the image of packages is searched for the passwords and the CA file."""
        script, certificates = tmp_path / "install.sh", tmp_path / "ca.pem"
        script.write_text(
            ". /build/proxy.sh\ngrep -q hunter2 /build/pip.conf && mkdir /opt/sandbox\n"
            "cp /build/requirements.txt /opt/sandbox/made && echo installed\n"
        )
        certificates.write_text("BEGIN CERTIFICATE hunter2")
        monkeypatch.setattr(build, "INSTALL", script)
        monkeypatch.setattr(build, "packages_tag", lambda accelerator: "tfprep-packages-test:image")
        monkeypatch.setattr(client, "_proxy_configs", Proxies())
        present, _ = image_status()
        options = BuildOptions(
            base_image=present.labels["tfprep.base"],
            index_url="https://me:hunter2@mirror",
            ca_file=certificates,
            network="host",  # A private engine of another test takes the engine's bridge away.
        )
        lines: list[str] = []
        made = install_packages(client, options, lines.append)
        try:
            assert lines == ["installed"]
            assert install_packages(client, options, lines.append) == made, "It is there."
            assert b"hunter2" not in str([client.inspect_image(made), client.history(made)]).encode()
            words = {b"tensorflow-cpu==": False, b"hunter2": False}
            tail = b""
            for chunk in layer_of(client, made):
                tail = tail[-20:] + chunk
                words |= {word: True for word in words if word in tail}
            assert words == {b"tensorflow-cpu==": True, b"hunter2": False}
        finally:
            client.remove_image(made, force=True)
        left = client.containers(all=True, filters={"ancestor": options.base_image})
        assert not [one for one in left if "/build" in str(one)]

    def test_a_failed_installation_says_so_and_leaves_no_container(
        self, client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        script = tmp_path / "install.sh"
        script.write_text("echo trying\necho 'ERROR: No matching distribution found' >&2\nexit 1\n")
        monkeypatch.setattr(build, "INSTALL", script)
        monkeypatch.setattr(build, "packages_tag", lambda accelerator: "tfprep-packages-test:none")
        present, _ = image_status()
        options = BuildOptions(base_image=present.labels["tfprep.base"], network="host")
        with pytest.raises(SandboxUnavailable, match="No matching distribution") as caught:
            install_packages(client, options, lambda line: None)
        assert "--index-url" in caught.value.remedy
        assert not client.images(name="tfprep-packages-test:none")

    @pytest.mark.slow
    def test_the_finished_image_has_no_installer_no_headers_and_no_setuid_program(self, client: Any) -> None:
        look = (
            "import importlib.util, os, sys\n"
            "print(importlib.util.find_spec('pip') is None)\n"
            "walk = [os.path.join(d, n) for d, _, names in os.walk('/', topdown=True) for n in names"
            " if not d.startswith(('/proc', '/sys'))]\n"
            "print([path for path in walk if path.endswith('.a') and path.startswith('/opt')])\n"
            "print([path for path in walk if not os.path.islink(path) and os.stat(path).st_mode & 0o6000])\n"
            "sources = [p for p in walk if p.startswith('/opt/tfprep') and p.endswith('.py')]\n"
            "print(sum(p.startswith('/opt/tfprep') and p.endswith('.pyc') for p in walk) == len(sources) > 0)"
        )
        present, _ = image_status()
        made = client.create_container(present.id, ["-c", look], network_disabled=True)
        client.start(made)
        client.wait(made)
        printed = client.logs(made).decode()
        client.remove_container(made)
        assert printed.split("\n") == ["True", "[]", "[]", "True", ""]
