"""A Python that has imported TensorFlow and our libraries: a process of it starts in hundredths of a second.

A run of the tests starts hundreds of Pythons: workers of the local sandbox, scripts that make models.
Two seconds of each are the same imports. So one process imports them once, and forks for each that is asked
for. What is forked is a process like any other: it has its own session, folder, environment, pipes and exit
status. Only third parties' modules are imported before; ours are read anew.

What a start from nothing does is tested apart (`cold_start`). Off Linux nothing is forked.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import IO, Any, Final, NoReturn

ON_LINUX: Final = sys.platform == "linux"
SOCKET: Final = "TFPREP_TEST_WARM_PYTHON"
"""Where the forking process of this run listens; commands that tests start inherit it."""
PRELOADED: Final = (
    "h5py",
    "keras",
    "numpy",
    "tensorflow",
    "alembic",
    "click",
    "docker",
    "filelock",
    "jinja2",
    "platformdirs",
    "psutil",
    "pydantic",
    "rich",
    "sqlalchemy.orm",
)
_QUIET: Final = {"KERAS_BACKEND": "tensorflow", "KERAS_HOME": os.devnull, "TF_CPP_MIN_LOG_LEVEL": "2"}


class WarmProcess:
    """A process that another one has forked, with what the sandbox and tests use of `subprocess.Popen`."""

    def __init__(self, request: Mapping[str, Any], files: Sequence[int]) -> None:
        self.stdin: IO[bytes] | None = None
        self.stdout: IO[bytes] | None = None
        self.returncode: int | None = None
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.connect(_address())
        socket.send_fds(self._connection, [json.dumps(request).encode() + b"\n"], list(files))
        self.pid = int(self._read_line())

    def __del__(self) -> None:
        """A worker that is kept outlives this object, as it outlives a `Popen`."""
        self._connection.close()

    def poll(self) -> int | None:
        """The exit status, or None while the process runs."""
        if self.returncode is None and select.select([self._connection], [], [], 0)[0]:
            self.wait()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The exit status, once the process has ended. Raises subprocess.TimeoutExpired."""
        if self.returncode is None:
            if not select.select([self._connection], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
            self.returncode = int(self._read_line() or -signal.SIGKILL)
            self._connection.close()
        return self.returncode

    def _read_line(self) -> bytes:
        """Byte by byte: what is read too early, `select` does not see."""
        line = b""
        while not line.endswith(b"\n") and (byte := self._connection.recv(1)):
            line += byte
        return line

    def send_signal(self, number: int) -> None:
        """Sends a signal to a process that still runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kills the process, if it still runs."""
        self.send_signal(signal.SIGKILL)


def start(
    arguments: Sequence[str], *, cwd: Path, env: Mapping[str, str], files: tuple[int, int, int]
) -> WarmProcess:
    """`python ARGUMENTS` in a session of its own, with these descriptors as its input, output and errors."""
    return WarmProcess({"arguments": [*arguments], "cwd": str(cwd), "env": dict(env)}, files)


def run(
    arguments: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float = 300.0,
    check: bool = False,
) -> subprocess.CompletedProcess[str]:
    """`python ARGUMENTS` to its end, with what it printed, as `subprocess.run` does.

    Raises:
        subprocess.TimeoutExpired: it took longer than `timeout` seconds, and was killed.
        subprocess.CalledProcessError: with `check`, its exit status was not 0.
    """
    words = [str(word) for word in arguments]
    environment = dict(os.environ if env is None else env)
    if not ON_LINUX:
        command = [sys.executable, *words]
        return subprocess.run(
            command, cwd=cwd, env=environment, timeout=timeout, check=check, capture_output=True, text=True
        )
    with (
        tempfile.TemporaryFile() as output,
        tempfile.TemporaryFile() as errors,
        Path(os.devnull).open() as nothing,
    ):
        files = (nothing.fileno(), output.fileno(), errors.fileno())
        process = start(words, cwd=cwd or Path.cwd(), env=environment, files=files)
        try:
            process.wait(timeout)
        except BaseException:
            process.kill()
            raise
        told = []
        for file in (output, errors):
            file.seek(0)
            told.append(file.read().decode())
    done = subprocess.CompletedProcess(words, process.wait(), *told)
    if check:
        done.check_returncode()
    return done


def start_worker(root: Path, errors: IO[bytes], options: Sequence[str]) -> WarmProcess:
    """The local sandbox's worker, as `tfprep.sandbox.host.local._start` starts it."""
    from tfprep.sandbox.host import local

    taken, given_in = os.pipe()
    given_out, told = os.pipe()
    arguments = ["-B", str(local._WORKER), "--folder", str(root), *options]
    process = start(arguments, cwd=root, env=local._environment(), files=(taken, told, errors.fileno()))
    os.close(taken)
    os.close(told)
    process.stdin = os.fdopen(given_in, "wb", buffering=0)
    process.stdout = os.fdopen(given_out, "rb", buffering=0)
    return process


@cache
def _address() -> str:
    """Where the forking process listens. The first process of a run of tests that asks starts it."""
    if SOCKET in os.environ:
        return os.environ[SOCKET]
    folder = Path(tempfile.mkdtemp(prefix="tfprep-warm-"))
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(folder / "socket"))
    listening.listen(64)
    server = subprocess.Popen(
        [sys.executable, __file__, str(listening.fileno())],
        stdin=subprocess.PIPE,  # Its end tells it that this process is gone.
        stdout=subprocess.DEVNULL,
        env={**os.environ, **_QUIET},
        pass_fds=[listening.fileno()],
        start_new_session=True,
    )
    atexit.register(_end, server, folder)
    listening.close()
    os.environ[SOCKET] = str(folder / "socket")
    return os.environ[SOCKET]


def _end(server: subprocess.Popen[bytes], folder: Path) -> None:
    server.kill()
    server.communicate()
    shutil.rmtree(folder)


def _serve(listening: socket.socket) -> None:
    """Forks for every connection, until whoever started this is gone."""
    _preload()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        ready, _, _ = select.select([listening, sys.stdin], [], [])
        if sys.stdin in ready:
            return
        connection, _ = listening.accept()
        if os.fork() == 0:
            listening.close()
            _fork_and_tell(connection)
        connection.close()


def _preload() -> None:
    # As a worker does: Keras imports matplotlib where it is installed.
    sys.modules["matplotlib"] = None  # type: ignore[assignment]
    for name in PRELOADED:
        __import__(name)
    del sys.modules["matplotlib"]
    gc.collect()
    gc.freeze()  # Forks share these pages for longer.
    assert threading.active_count() == 1, "A process with threads is not forked."


def _fork_and_tell(connection: socket.socket) -> NoReturn:
    """Forks what was asked for, tells its number, waits for it, and tells its exit status."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    data, files, _, _ = socket.recv_fds(connection, 2**20, 3)
    while not data.endswith(b"\n"):
        data += connection.recv(2**20)
    child = os.fork()
    if child == 0:
        connection.close()
        _become(json.loads(data), files)
    for file in files:
        os.close(file)
    with contextlib.suppress(OSError):
        connection.sendall(b"%d\n" % child)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with contextlib.suppress(OSError):
        connection.sendall(b"%d\n" % status)
    os._exit(0)


def _become(request: Mapping[str, Any], files: Sequence[int]) -> NoReturn:
    """Becomes the process that was asked for, and ends with its exit status."""
    import traceback

    import numpy

    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for place, file in enumerate(files):
        os.dup2(file, place)
    for file in files:
        os.close(file)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    numpy.random.seed()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(write_through="PYTHONUNBUFFERED" in os.environ)  # type: ignore[union-attr]
    code: object = 0
    try:
        _execute(request["arguments"])
    except SystemExit as end:
        code = end.code
    except BaseException:  # noqa: BLE001 - as Python itself does
        traceback.print_exc()
        code = 1
    if isinstance(code, str):
        print(code, file=sys.stderr)
        code = 1
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(int(code or 0) & 0xFF)  # type: ignore[call-overload]


def _execute(arguments: Sequence[str]) -> None:
    """What `python ARGUMENTS` runs: `-B` or not, then `-c CODE`, `-m MODULE`, or a file or folder."""
    import runpy

    main = sys.modules["__main__"] = ModuleType("__main__")
    rest = [*arguments]
    if rest[0] == "-B":
        sys.dont_write_bytecode = True
        del rest[0]
    sys.path[:] = [*os.environ.get("PYTHONPATH", "").split(os.pathsep), *sys.path[1:]]
    sys.path[:] = [entry for entry in sys.path if entry]
    if rest[0] == "-c":
        sys.argv = ["-c", *rest[2:]]
        sys.path.insert(0, "")
        exec(compile(rest[1], "<string>", "exec"), main.__dict__)
    elif rest[0] == "-m":
        sys.argv = rest[1:]
        sys.path.insert(0, str(Path.cwd()))
        if rest[1] == "tfprep.cli":
            _keep_workers_warm()
        runpy.run_module(rest[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = rest
        if Path(rest[0]).is_file():
            sys.path.insert(0, str(Path(rest[0]).resolve().parent))
        runpy.run_path(rest[0], run_name="__main__")


def _keep_workers_warm() -> None:
    from tfprep.sandbox.host import local

    local._start = start_worker  # type: ignore[assignment]


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
