"""An engine of a test's own, which may be restarted, filled up and reached over TLS. Needs root."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

TIMEOUT = 60.0
"""Seconds an engine may take to start or to stop."""


class PrivateEngine:
    """A second `dockerd` beside the machine's own: another root, another socket, no network of its own."""

    def __init__(self, place: Path, data: Path, arguments: Sequence[str] = ()) -> None:
        self.host = f"unix://{place}/engine.sock"
        self._place = place
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

    def take_image(self, tag: str) -> None:
        """Copies an image from the machine's own engine."""
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
