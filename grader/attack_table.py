"""The attacks that `tfprep sandbox attack` tries: training scripts, which run any code, and files.

A script prints GOT or FAILED for each thing that it attempts. It runs in the sandbox as a learner's would.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from typing import Final

from ..sandbox import Ending

PRELUDE: Final = """
import contextlib, ctypes, glob, json, os, signal, socket, struct, sys, time

def attempt(what, action):
    try:
        print("GOT", what, repr(action())[:200], flush=True)
    except BaseException as error:
        print("FAILED", what, type(error).__name__, flush=True)

def libc(name, *arguments):
    result = getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), name)
    return result

def write(path, content):
    return os.write(os.open(path, os.O_WRONLY), content)

worker = os.getppid()
"""


@dataclass(frozen=True)
class ScriptAttack:
    """A training script that attempts something; it holds where the script ends so, and got nothing."""

    kind: str
    what: str
    script: str
    endings: tuple[Ending, ...] = (Ending.CRASHED, Ending.REFUSED)
    attempts: int = 0
    """How many things it attempts, each of which must be printed as FAILED."""


@dataclass(frozen=True)
class FileAttack:
    """A model file that must be refused."""

    kind: str
    what: str
    content: bytes


def _attempts(kind: str, what: str, actions: dict[str, str]) -> ScriptAttack:
    lines = [f"attempt({name!r}, lambda: {action})" for name, action in actions.items()]
    return ScriptAttack(kind, what, "\n".join(lines), attempts=len(actions))


_LEAVE: Final = """
open("/tmp/left-by-attack", "w").write("left")
libc("shmget", 4712, 4096, 0o1666)
if os.fork() == 0:
    os.setsid()
    time.sleep(1000)
"""
_FORK: Final = "while True:\n    with contextlib.suppress(OSError):\n        os.fork()\n"
_FORGE: Final = """
header = json.dumps({"reply": "passed", "score": 5}).encode()
os.write(3, struct.pack(">IQ", len(header), 2**40) + header)
os._exit(0)
"""

SCRIPTS: Final = (
    _attempts(
        "reaching out",
        "network, cloud metadata and the engine's socket",
        {
            "TCP": 'socket.create_connection(("1.1.1.1", 53), 3)',
            "IPv6": 'socket.create_connection(("2606:4700:4700::1111", 53), 3)',
            "a name": 'socket.getaddrinfo("example.com", 80)',
            "metadata": 'socket.create_connection(("169.254.169.254", 80), 3)',
            "the engine": 'socket.socket(socket.AF_UNIX).connect("/var/run/docker.sock")',
        },
    ),
    _attempts(
        "privileges",
        "root, mounts, devices, namespaces and the kernel's settings",
        {
            "root": "os.setuid(0)",
            "a mount": 'libc("mount", b"x", b"/mnt", b"tmpfs", 0, None)',
            "a device": 'os.mknod("disk", 0o600 | 0o60000, os.makedev(8, 0))',
            "a namespace": 'libc("unshare", 0x10000000)',
            "a setting": 'write("/proc/sys/kernel/core_pattern", b"|/bin/sh")',
            "memory": 'open("/dev/mem", "rb").read(1)',
        },
    ),
    _attempts(
        "other people's work",
        "the worker, its code, and the inputs that it keeps",
        {
            "its end": "os.kill(worker, 9)",
            "its memory": 'open(f"/proc/{worker}/mem", "rb")',
            "its variables": 'open(f"/proc/{worker}/environ").read()',
            "its code": 'open("/opt/tfprep/sandbox/worker/job.py", "a")',
            "packages": "open(os.path.join(os.path.dirname(json.__file__), 'new.py'), 'w')",
            "kept inputs": 'os.listdir("../../inputs")',
            "other jobs": 'os.listdir("..")',
        },
    ),
    ScriptAttack("other people's work", "a file, a segment and a process left behind", _LEAVE),
    _attempts(
        "other people's work",
        "finding what the job before has left",
        {
            "a file": 'glob.glob("/tmp/left*")[0]',
            "a segment": 'libc("shmget", 4712, 4096, 0)',
        },
    ),
    ScriptAttack("resources", "a fork bomb", _FORK),
    ScriptAttack(
        "resources",
        "memory without end",
        "kept = []\nwhile True:\n    kept.append(bytearray(2**26))\n",
        (Ending.OUT_OF_MEMORY, Ending.CRASHED),
    ),
    ScriptAttack(
        "resources",
        "a full disk",
        'with open("huge", "wb") as file:\n    while True:\n        file.write(bytes(2**24))\n',
    ),
    ScriptAttack(
        "resources",
        "a loop that ignores signals",
        "for number in (1, 2, 15):\n    signal.signal(number, signal.SIG_IGN)\nwhile True:\n    pass\n",
        (Ending.TIMED_OUT,),
    ),
    ScriptAttack("results", "a forged reply of a terabyte", _FORGE),
)


def _keras(**activation: str) -> bytes:
    """A `.keras` archive whose one layer has this for its activation."""
    dense = {"module": "keras.layers", "class_name": "Dense", "config": {"activation": activation}}
    config = {"module": "keras", "class_name": "Sequential", "config": {"layers": [dense]}}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.8.0"}))
    return packed.getvalue()


FILES: Final = (
    FileAttack(
        "model files", "a .keras file that calls os.system",
        _keras(module="os", class_name="function", config="system", registered_name="system"),
    ),
    FileAttack(
        "model files", "a .keras file that fetches a file",
        _keras(module="keras.utils", class_name="function", config="get_file", registered_name="get_file"),
    ),
    FileAttack(
        "model files", "a .keras file with bytecode",
        _keras(module="builtins", class_name="__lambda__", config="4wEAAAA=", registered_name="x"),
    ),
    FileAttack("model files", "an .h5 file that is cut short", b"\x89HDF\r\n\x1a\n" + bytes(100)),
)  # fmt: skip
NOT_TRIED: Final = (
    "holes in the kernel, in the engine and in a GPU's driver",
    "SavedModels whose graphs attack, archives and other files that the grader itself reads, and what pages "
    "tell (tests/attacks in tfprep's source tries them)",
    "the time that a job takes, and a score: each tells its author a few bits",
)
