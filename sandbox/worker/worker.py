"""The worker: loads TensorFlow once, says ready, then answers one frame after the other, each job in a fork.

Frames it takes (header field "verb"):
    keep_inputs    {digest}                        payload: packed inputs
    predict        {kind, digest, extra_inputs, forms, outputs, limits, allow_lambda}   payload: the model
    predict_again  {digest, extra_inputs, limits}  with the model that the last job has loaded
    train          {limits}                        payload: a zip of script.py and data/
Frames it sends:
    ready          {environment}
    inputs_kept    {digest}
    log                                payload: what the job printed, as it was printed
    done           {end, why, model_loaded}  payload: the job's own frame, unread. Where its model is
                   still loaded, predict_again is possible until the next predict or train
    fault          {message}           something of ours is broken; the worker ends
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from ..protocol.contract import Limits, worker_digest
from ..protocol.frames import BadFrame
from . import kernel
from .job import Work, start
from .job_user import JobUser, SameUser, SeparateUser, StillThere
from .pipe import HostGone, HostPipe
from .watch import Watch

KEPT: Final = "questions"


class Worker:
    """Serves one host until it is gone. `tenant_for` gives each job an identity, by folder and number."""

    def __init__(self, wire: HostPipe, root: Path, tenant_for: Callable[[Path, int], JobUser]) -> None:
        self._wire = wire
        self._root = root
        self._tenant_for = tenant_for
        self._jobs = 0
        self._stays: Watch | None = None
        """The job that waits to be asked for more."""
        self._spent = False
        """A stranger's own code has run here: no further job."""

    def serve(self) -> None:
        """Answers frames until the host closes the pipe, or a job with a stranger's own code was served."""
        verbs = {
            "keep_inputs": self._keep_inputs,
            "predict": self._predict,
            "predict_again": self._predict_again,
            "train": self._train,
        }
        try:
            while not self._spent:
                if self._stays is not None:
                    self._stays.wait()
                header, length = self._wire.receive_head()
                verbs[header["verb"]](header, length)
        finally:
            self._make_room()

    def _keep_inputs(self, header: Mapping[str, Any], length: int) -> None:
        folder = self._root / KEPT
        folder.mkdir(mode=0o755, exist_ok=True)
        arriving = folder / "arriving"
        self._receive(arriving, length, header["digest"])
        arriving.rename(folder / header["digest"])
        self._wire.send({"verb": "inputs_kept", "digest": header["digest"]})

    def _predict(self, header: Mapping[str, Any], length: int) -> None:
        from .load import FILE_NAMES
        from .predict_job import Asked, answer

        asked = Asked.read(header, self._root / KEPT)
        self._spent = asked.allow_lambda
        self._do(
            FILE_NAMES[asked.kind],
            length,
            Limits(**header["limits"]),
            lambda folder: lambda reply: answer(asked, folder, reply),
            may_stay=not asked.allow_lambda,
        )

    def _predict_again(self, header: Mapping[str, Any], length: int) -> None:
        self._wire.drop(length)
        if self._stays is not None and not self._stays.is_over:
            self._stays.ask(header, Limits(**header["limits"]))
        if self._stays is None or self._stays.is_over:
            why = "It ended while nobody asked it anything."
            self._wire.send({"verb": "done", "end": "crashed", "why": why, "model_loaded": False})
        else:
            self._pass_on(self._stays)

    def _train(self, header: Mapping[str, Any], length: int) -> None:
        from .train_job import train

        self._spent = True
        self._do(
            "public.zip",
            length,
            Limits(**header["limits"]),
            lambda folder: lambda reply: train(folder, reply),
            may_stay=False,
        )

    def _do(
        self, name: str, length: int, limits: Limits, work_in: Callable[[Path], Work], *, may_stay: bool
    ) -> None:
        """One job: its file is streamed into its directory, it runs in a fork, its frame is passed on."""
        self._make_room()
        self._jobs += 1
        folder = self._root / "jobs" / str(self._jobs)
        tenant = self._tenant_for(folder, self._jobs)
        tenant.settle()
        self._receive(folder / name, length)
        tenant.hand_over(folder / name)
        child = start(work_in(folder), tenant, folder, limits, may_stay=may_stay)
        self._pass_on(Watch(child, tenant, limits, self._wire))

    def _pass_on(self, watch: Watch) -> None:
        """A job's reply to the host, as the job wrote it."""
        with tempfile.TemporaryFile(dir=self._root, buffering=0) as spool:
            end = watch.follow(spool.fileno())
            self._stays = watch
            header = {"verb": "done", "end": end.how, "why": end.why, "model_loaded": not watch.is_over}
            length = min(watch.reply_length, os.fstat(spool.fileno()).st_size)
            self._wire.send_file(header, spool.fileno(), length)

    def _make_room(self) -> None:
        """A job that stayed goes."""
        stayed, self._stays = self._stays, None
        if stayed is not None:
            stayed.dismiss()

    def _receive(self, path: Path, length: int, digest: str | None = None) -> None:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o644)
        try:
            found = self._wire.receive_into(file, length)
        finally:
            os.close(file)
        if digest is not None and found != digest:
            raise BadFrame("Questions arrived changed.")


def main(arguments: Sequence[str]) -> None:
    """Runs the worker on this process's standard input and output."""
    options = _read_options(arguments)
    wire = _take_pipe()
    _settle_in()
    root = Path(options.folder or tempfile.mkdtemp(prefix="tfprep-worker-", dir=options.root))
    try:
        environment = load_tensorflow()
        root.chmod(0o711)
        (root / "jobs").mkdir(mode=0o711)
        wire.send({"verb": "ready", "environment": environment})
        Worker(wire, root, _own_user if options.own_users else _same_user).serve()
    except (HostGone, KeyboardInterrupt):
        pass
    except (StillThere, BadFrame, OSError, ImportError, KeyError, TypeError) as error:
        _report(wire, error)
        raise SystemExit(1) from error
    finally:
        shutil.rmtree(root, ignore_errors=True)


def load_tensorflow() -> dict[str, str]:
    """Imports all that jobs need, touching no device, and tells the versions that decide a prediction."""
    # Keras imports it for its picture galleries if it is there: half a second that no job needs.
    with _hidden("matplotlib"):
        import h5py  # noqa: F401
        import keras
        import numpy
        import tensorflow as tf

    return {
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "numpy": numpy.__version__,
        "worker": worker_digest(Path(__file__).parents[1]),
    }


@contextmanager
def _hidden(package: str) -> Iterator[None]:
    """As if a package were not there; whoever imports it later finds it."""
    sys.modules[package] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[package]


def _read_options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="worker", description=__doc__)
    parser.add_argument(
        "--own-users", action="store_true", help="give each job a user id of its own (needs root)"
    )
    parser.add_argument(
        "--root", default=None, help="where jobs get their directories; the temporary folder if unset"
    )
    parser.add_argument("--folder", default=None, help="an empty folder to use instead; removed at the end")
    return parser.parse_args(arguments)


def _take_pipe() -> HostPipe:
    """Moves the pipe away from 0 and 1, so that nothing printed anywhere can reach it."""
    import fcntl

    incoming = fcntl.fcntl(0, fcntl.F_DUPFD_CLOEXEC, 64)
    outgoing = fcntl.fcntl(1, fcntl.F_DUPFD_CLOEXEC, 64)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    sys.stdout.flush()
    return HostPipe(incoming, outgoing)


def _settle_in() -> None:
    os.umask(0o022)
    kernel.adopt_orphans()
    kernel.hide_memory()
    # Keras would otherwise read the user's own keras.json, and the user's floatx would decide scores.
    os.environ.update(KERAS_BACKEND="tensorflow", KERAS_HOME=os.devnull, TF_CPP_MIN_LOG_LEVEL="2")
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")


def _own_user(folder: Path, number: int) -> JobUser:
    return SeparateUser(folder, number)


def _same_user(folder: Path, number: int) -> JobUser:
    return SameUser(folder)


def _report(wire: HostPipe, error: BaseException) -> None:
    try:
        wire.send({"verb": "fault", "message": f"{type(error).__name__}: {error}"[:1000]})
    except HostGone:
        return
