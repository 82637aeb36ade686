"""An engine of a test's own, which may be restarted, filled up and reached over TLS. Needs root."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest

TIMEOUT = 60.0
"""Seconds an engine may take to start or to stop."""


class PrivateEngine:
    """A second `dockerd` beside the machine's own: another root, another socket, no network of its own."""

    def __init__(self, place: Path, data: Path, arguments: Sequence[str] = ()) -> None:
        self.host = f"unix://{place}/engine.sock"
        self._place, self._data = place, data
        self._command = [
            "setpriv", "--pdeathsig", "TERM",  # The engine ends with the tests, however they end.
            "dockerd", "--host", self.host, "--data-root", str(data), "--exec-root", str(place / "exec"),
            "--pidfile", str(place / "engine.pid"), "--bridge", "none", "--iptables=false", *arguments,
        ]  # fmt: skip
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it and waits for it. In the main thread: it ends with the thread that starts it."""
        with (self._place / "engine.log").open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + TIMEOUT
        while not self._answers():
            assert self._process.poll() is None, self._log_tail()
            assert time.monotonic() < deadline, self._log_tail()
            time.sleep(0.2)

    def stop(self) -> None:
        """Stops it as an administrator would; kills it, and all that it started, if it does not end."""
        if self._process is None:
            return
        process, self._process = self._process, None
        process.terminate()
        try:
            process.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def start_with(self, tag: str) -> None:
        """Starts it with an image of the machine's own engine: by links where it can, else copied."""
        if link_image(tag, self._data):
            self.start()
            return
        self.start()
        with subprocess.Popen(["docker", "save", tag], stdout=subprocess.PIPE) as source:
            subprocess.run(
                ["docker", "--host", self.host, "load", "--quiet"],
                stdin=source.stdout,
                stdout=subprocess.DEVNULL,
                check=True,
            )

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as caller, contextlib.suppress(OSError):
            caller.connect(self.host.removeprefix("unix://"))
            caller.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
            return b"200 OK" in caller.recv(100)
        return False

    def _log_tail(self) -> str:
        return (self._place / "engine.log").read_text(errors="replace")[-2000:]


def link_image(tag: str, data: Path) -> bool:
    """Gives an engine that was never started an image of the machine's own; False where that cannot be done.

    Its layers become links: both engines only read them. The machine's own keeps them here, by its overlay2
    driver, else it cannot.
    """
    root = Path(_told("info", "--format", "{{.DockerRootDir}}"))
    image, *layers = _told(
        "image", "inspect", tag, "--format", "{{.Id}} {{range .RootFS.Layers}}{{.}} {{end}}"
    ).split()
    store = Path("image/overlay2")
    above, entries = "", []
    for layer in layers:
        # The engine knows a layer by the digest over it and all below it.
        above = f"sha256:{sha256(f'{above} {layer}'.encode()).hexdigest()}" if above else layer
        entries.append(store / "layerdb" / above.replace(":", "/"))
    if not all((root / entry).is_dir() for entry in entries):
        return False
    (data / "overlay2" / "l").mkdir(parents=True)
    for entry in entries:
        shutil.copytree(root / entry, data / entry)
        folder = (root / entry / "cache-id").read_text()
        (data / "overlay2" / folder).symlink_to(root / "overlay2" / folder)
        link = (root / "overlay2" / folder / "link").read_text()
        (data / "overlay2" / "l" / link).symlink_to(f"../{folder}/diff")
    content = store / "imagedb" / "content" / image.replace(":", "/")
    (data / content).parent.mkdir(parents=True)
    shutil.copyfile(root / content, data / content)
    names = {"Repositories": {tag.partition(":")[0]: {tag: image}}}
    (data / store / "repositories.json").write_text(json.dumps(names), encoding="ascii")
    return True


def _told(*command: str) -> str:
    return subprocess.check_output(["docker", *command], text=True).strip()


@contextmanager
def private_folder() -> Iterator[Path]:
    """A folder for an engine, which is gone afterwards with all that was mounted in it."""
    if os.geteuid() or not shutil.which("dockerd"):
        pytest.skip("an engine of a test's own needs root and dockerd")
    # Short: a socket's path may have 107 characters.
    place = Path(tempfile.mkdtemp(prefix="tfprep-engine-"))
    try:
        yield place
    finally:
        for line in reversed(Path("/proc/mounts").read_text(encoding="utf-8").splitlines()):
            point = line.split()[1]
            if point.startswith(f"{place}/"):
                subprocess.run(["umount", "--lazy", point], check=False)
        shutil.rmtree(place)


def free_port() -> int:
    """A port on which nothing listens now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def make_certificates(folder: Path) -> None:
    """Certificates of an authority, of an engine on 127.0.0.1 and of its client: ca, server, cert, key."""
    folder.mkdir()
    authority = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
    _openssl(folder, "req", *authority, "-subj", "/CN=test", "-keyout", "ca-key.pem", "-out", "ca.pem")
    for name, key, usage in (("server", "server-key", "serverAuth"), ("cert", "key", "clientAuth")):
        extensions = folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName=IP:127.0.0.1\nextendedKeyUsage={usage}\n", encoding="ascii")
        request = ["-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}"]
        _openssl(folder, "req", *request, "-keyout", f"{key}.pem", "-out", f"{name}.csr")
        signer = ["-CA", "ca.pem", "-CAkey", "ca-key.pem", "-CAcreateserial", "-days", "1"]
        _openssl(
            folder, "x509", "-req", *signer, "-in", f"{name}.csr", "-out", f"{name}.pem",
            "-extfile", extensions.name,
        )  # fmt: skip


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)
