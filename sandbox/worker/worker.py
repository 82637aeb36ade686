"""The worker: serves one frame after the other, each job in a fork.

For models it loads TensorFlow once, before the first. A script imports what it needs itself.

Frames it takes (header field "verb"):
    keep_inputs    {digest}                        payload: packed inputs
    predict        {kind, digest, extra_inputs, forms, outputs, limits}   payload: the model
    predict_again  {digest, extra_inputs, limits}  with the model that the last job has loaded
    train          {limits}                        payload: a zip of script.py and data/
    rest           {}                              ends the last job's process, removes every input
Frames it sends:
    ready          {environment}
    inputs_kept    {digest}
    rested         {}
    log                                payload: what the job printed, as it was printed
    done           {end, why, model_loaded, worker_ends}  payload: the job's own frame, unread. Where its
                   model is still loaded, predict_again is possible until the next predict or train. A worker
                   that ran a submission's own code, or could not remove something of a job, ends
    fault          {message}           something of ours is broken; the worker ends
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import gc
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from ..protocol.contract import FOR_SCRIPT, Limits, PredictRequest, worker_digest
from ..protocol.frames import BadFrame
from ..protocol.removal import remove_tree
from . import kernel
from .environment import describe_environment
from .job import JobFunction, start
from .job_user import JobUser, LeftBehind, SameUser, SeparateUser
from .pipe import HostGone, HostPipe
from .watch import Watch

UNUSED: Final = ("matplotlib", "pandas", "scipy", "sklearn")
"""What Keras and TensorFlow import where it is installed, and no model needs: a third of their own time."""
INPUTS: Final = "inputs"
"""The folder of the inputs that the worker keeps, each set called by its digest. It is the worker's alone: a
job gets an open descriptor of each set that it predicts for, and cannot see which others there are."""


class Worker:
    """Serves one host until it is gone. `user_for` makes the user of a job, from its folder and number."""

    def __init__(self, pipe: HostPipe, root: Path, user_for: Callable[[Path, int], JobUser]) -> None:
        self._pipe = pipe
        self._root = root
        self._user_for = user_for
        self._jobs = 0
        self._loaded: Watch | None = None
        """The job that has its model loaded, and waits for `predict_again`."""
        self._ran_own_code = False
        """A submission's own code has run here: the worker takes no further job."""

    def serve(self) -> None:
        """Serves frames until the host closes the pipe, or a job has run a submission's own code."""
        verbs = {
            "keep_inputs": self._keep_inputs,
            "predict": self._predict,
            "predict_again": self._predict_again,
            "train": self._train,
            "rest": self._rest,
        }
        try:
            while not self._must_end():
                if self._loaded is not None:
                    self._loaded.wait()
                header, length = self._pipe.receive_head()
                verbs[header["verb"]](header, length)
        finally:
            self._end_loaded()

    def _keep_inputs(self, header: Mapping[str, Any], length: int) -> None:
        folder = self._root / INPUTS
        folder.mkdir(mode=0o700, exist_ok=True)
        arriving = folder / "arriving"
        self._receive(arriving, length, header["digest"])
        arriving.rename(folder / header["digest"])
        self._pipe.send({"verb": "inputs_kept", "digest": header["digest"]})

    def _predict(self, header: Mapping[str, Any], length: int) -> None:
        from .load import FILE_NAMES
        from .predict_job import predict_with

        request = PredictRequest.from_header(header)
        with self._open_inputs(header) as inputs:
            self._run_job(
                FILE_NAMES[request.kind],
                length,
                request.limits,
                lambda folder: lambda reply: predict_with(request, folder, reply),
                inputs=inputs,
                keep_loaded=True,
            )

    def _predict_again(self, header: Mapping[str, Any], length: int) -> None:
        self._pipe.drop(length)
        with self._open_inputs(header) as inputs:
            if self._loaded is not None and not self._loaded.is_over:
                self._loaded.send(header, Limits(**header["limits"]), inputs)
        if self._loaded is None or self._loaded.is_over:
            why = "It ended while it waited for more inputs."
            header = {"verb": "done", "end": "crashed", "why": why, "model_loaded": False}
            self._pipe.send({**header, "worker_ends": self._must_end()})
        else:
            self._send_reply(self._loaded)

    def _train(self, header: Mapping[str, Any], length: int) -> None:
        from .train_job import train

        self._ran_own_code = True
        self._run_job(
            "public.zip",
            length,
            Limits(**header["limits"]),
            lambda folder: lambda reply: train(folder, reply),
            keep_loaded=False,
        )

    def _rest(self, header: Mapping[str, Any], length: int) -> None:
        """Leaves nothing of what was before for the next command's job."""
        self._pipe.drop(length)
        self._end_last_job()
        remove_tree(self._root / INPUTS)
        self._pipe.send({"verb": "rested"})

    @contextlib.contextmanager
    def _open_inputs(self, request: Mapping[str, Any]) -> Iterator[list[int]]:
        """A descriptor of each set of inputs that a request names, in order. Those for once are removed."""
        with contextlib.ExitStack() as opened:
            files = [
                opened.enter_context((self._root / INPUTS / digest).open("rb"))
                for digest in (request["digest"], *request["extra_inputs"])
            ]
            for digest in request["once"]:
                (self._root / INPUTS / digest).unlink()
            yield [file.fileno() for file in files]

    def _run_job(  # noqa: PLR0913 - what a job has
        self,
        name: str,
        length: int,
        limits: Limits,
        work_in: Callable[[Path], JobFunction],
        *,
        inputs: Sequence[int] = (),
        keep_loaded: bool,
    ) -> None:
        """Runs one job: receives its file into its directory, forks it, and sends its reply."""
        self._end_last_job()
        self._jobs += 1
        folder = self._root / "jobs" / str(self._jobs)
        user = self._user_for(folder, self._jobs)
        folder.mkdir(mode=0o700, parents=True)
        self._receive(folder / name, length)
        user.chown(folder / name)
        job = start(work_in(folder), user, folder, limits, inputs=inputs, keep_loaded=keep_loaded)
        self._send_reply(Watch(job, user, limits, self._pipe))

    def _send_reply(self, watch: Watch) -> None:
        with tempfile.TemporaryFile(dir=self._root, buffering=0) as spool:
            end = watch.follow(spool.fileno())
            self._loaded = watch
            header = {"verb": "done", "end": end.how, "why": end.why, "model_loaded": not watch.is_over}
            header["worker_ends"] = self._must_end()
            length = min(watch.reply_length, os.fstat(spool.fileno()).st_size)
            self._pipe.send_file(header, spool.fileno(), length)

    def _must_end(self) -> bool:
        """Whether no further job may run here."""
        return self._ran_own_code or (self._loaded is not None and self._loaded.left_behind)

    def _end_last_job(self) -> None:
        """Ends the process that waits. Raises LeftBehind: something of it could not be removed."""
        before = self._loaded
        self._end_loaded()
        if before is not None and before.left_behind:
            raise LeftBehind("Something of the job before could not be removed.")

    def _end_loaded(self) -> None:
        loaded, self._loaded = self._loaded, None
        if loaded is not None:
            loaded.end()

    def _receive(self, path: Path, length: int, digest: str | None = None) -> None:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        try:
            found = self._pipe.receive_into(file, length)
        finally:
            os.close(file)
        if digest is not None and found != digest:
            raise BadFrame("The inputs arrived with another digest than they were sent with.")


def main(arguments: Sequence[str]) -> None:
    """Runs the worker on this process's standard input and output."""
    options = _read_options(arguments)
    pipe = _take_pipe()
    _protect_worker(own_users=options.own_users)
    root = Path(options.folder or tempfile.mkdtemp(prefix="tfprep-worker-", dir=options.root))
    try:
        environment = describe_code() if options.for_script else load_tensorflow() | describe_environment()
        if options.own_users:
            root.chmod(0o711)
        (root / "jobs").mkdir(mode=0o711)
        # What is here now is no garbage: a job that looks for some leaves the pages alone that it shares.
        gc.collect()
        gc.freeze()
        pipe.send({"verb": "ready", "environment": environment})
        Worker(pipe, root, SeparateUser if options.own_users else SameUser).serve()
    except (HostGone, KeyboardInterrupt):
        pass
    except Exception as error:
        with contextlib.suppress(HostGone):
            pipe.send({"verb": "fault", "message": f"{type(error).__name__}: {error}"[:1000]})
        raise SystemExit(1) from error
    finally:
        remove_tree(root)


def load_tensorflow() -> dict[str, str]:
    """Imports all that jobs need without starting a device; returns the versions that decide a prediction."""
    unused = [name for name in UNUSED if name not in sys.modules]
    sys.modules.update(dict.fromkeys(unused))  # type: ignore[arg-type]
    try:
        import h5py  # noqa: F401
        import keras
        import numpy
        import tensorflow as tf
    finally:
        for name in unused:
            del sys.modules[name]
    return describe_code() | {
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "numpy": numpy.__version__,
    }


def describe_code() -> dict[str, str]:
    """The versions of Python and of the worker itself."""
    return {"python": platform.python_version(), "worker": worker_digest(Path(__file__).parents[1])}


def _read_options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="worker", description=__doc__)
    parser.add_argument(
        "--own-users", action="store_true", help="give each job a user id of its own (needs root)"
    )
    parser.add_argument(
        "--root", default=None, help="where the worker makes its folder; the temporary folder if unset"
    )
    parser.add_argument("--folder", default=None, help="an empty folder to use instead; removed at the end")
    parser.add_argument(FOR_SCRIPT, action="store_true", help="serve one script: load nothing")
    return parser.parse_args(arguments)


def _take_pipe() -> HostPipe:
    """Moves the pipe away from 0 and 1, so that nothing printed anywhere can reach it."""
    incoming = fcntl.fcntl(0, fcntl.F_DUPFD_CLOEXEC, 64)
    outgoing = fcntl.fcntl(1, fcntl.F_DUPFD_CLOEXEC, 64)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    sys.stdout.flush()
    return HostPipe(incoming, outgoing)


def _protect_worker(*, own_users: bool) -> None:
    # Jobs of other users must get to their own directories; where all are one user, nobody else may.
    os.umask(0o022 if own_users else 0o077)
    kernel.adopt_orphans()
    kernel.hide_memory()
    # Otherwise Keras reads the user's own keras.json, and its floatx changes predictions.
    os.environ.update(KERAS_BACKEND="tensorflow", KERAS_HOME=os.devnull, TF_CPP_MIN_LOG_LEVEL="2")
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
