"""How a job travels to a host of a cluster, and its reply comes back: one frame each, never a pickle.

A job's header has no field for a label. A reply is read at home, field by field: the host that sent it may
be anybody's by then.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from ....errors import FailedAtFile, SandboxUnavailable, WorkerLost
from ....files.text import SENTENCE_LIMIT, one_line
from ...protocol.contract import ArtifactKind, InputForm, Limits
from ...protocol.frames import BadFrame, pack_frame, split_frame
from ...protocol.packing import PackedInputs
from ..sandbox import JobTimings, PredictJob
from ..worker_client import JobReply, read_environment

MOST: Final = 2**40
SLACK: Final = 2**20
"""Bytes of a reply beside the job's own payload."""
_FAILURES: Final[dict[str, type[SandboxUnavailable]]] = {
    "lost": WorkerLost,
    "file": FailedAtFile,
    "unavailable": SandboxUnavailable,
}


def pack_predict(job: PredictJob, slot: int, *, with_model: bool) -> bytes:
    """A predicting job for a slot of a host that has its kept inputs, and its model if that is left out."""
    sets = (job.inputs, *job.extra_inputs)
    header = {
        "verb": "predict",
        "slot": slot,
        "kind": job.kind.value,
        "outputs": job.outputs,
        "limits": asdict(job.limits),
        "predict_again": job.predict_again,
        "model": len(job.model) if with_model else None,
        "inputs": [_describe_inputs(each) for each in sets],
    }
    return pack_frame(
        header,
        b"".join([job.model if with_model else b"", *(each.packed for each in sets if not each.is_kept)]),
    )


def unpack_predict(
    header: Mapping[str, Any], payload: memoryview, kept: Mapping[str, bytes], model: bytes
) -> PredictJob:
    """What `pack_predict` packed.

    Args:
        kept: the inputs that the host keeps, by digest.
        model: the slot's last one, for a job that came without.

    Raises:
        KeyError: inputs are not kept here.
    """
    position = 0

    def take(size: int) -> bytes:
        nonlocal position
        position += size
        return bytes(payload[position - size : position])

    if header["model"] is not None:
        model = take(header["model"])
    inputs, *extra = (
        PackedInputs(
            kept[each["digest"]] if each["is_kept"] else take(each["size"]),
            each["digest"],
            tuple(InputForm.from_header(form) for form in each["forms"]),
            each["count"],
            each["is_kept"],
        )
        for each in header["inputs"]
    )
    return PredictJob(
        ArtifactKind(header["kind"]),
        model,
        inputs,
        tuple(tuple(shape) for shape in header["outputs"]),
        Limits(**header["limits"]),
        tuple(extra),
        header["predict_again"],
    )


def pack_reply(reply: JobReply) -> bytes:
    """A job's reply, as it came from its worker."""
    header = {
        "end": "replied",
        "done": dict(reply.done),
        "environment": dict(reply.environment),
        "timings": asdict(reply.timings),
        "printed": reply.printed,
    }
    return pack_frame(header, reply.payload)


def pack_failure(error: SandboxUnavailable) -> bytes:
    """That there is no reply, and why."""
    end = next(name for name, kind in _FAILURES.items() if isinstance(error, kind))
    return pack_frame({"end": end, "what": error.what, "remedy": error.remedy})


def unpack_reply(data: bytes, most: int) -> tuple[dict[str, Any], memoryview]:
    """Header and payload of what a host sent, at most `most` bytes of payload.

    Raises:
        WorkerLost, FailedAtFile, SandboxUnavailable: the host says so, in a sentence that is cleaned here; or
            it sent no frame.
    """
    try:
        header, payload = split_frame(data, most)
    except BadFrame as error:
        raise WorkerLost("A host of the cluster sent something that tfprep does not understand.") from error
    failure = _FAILURES.get(str(header.get("end")))
    if failure is not None:
        what = one_line(header.get("what"), SENTENCE_LIMIT) or "A host of the cluster failed."
        raise failure(what, one_line(header.get("remedy"), SENTENCE_LIMIT))
    return header, payload


def read_job_reply(data: bytes, limits: Limits) -> JobReply:
    """The reply of a job, checked as far as its host speaks for itself. Raises as `unpack_reply` does."""
    header, payload = unpack_reply(data, limits.reply_bytes + SLACK)
    done, timings = header.get("done"), header.get("timings")
    return JobReply(
        done if isinstance(done, dict) else {},
        bytes(payload),
        read_environment(header.get("environment")),
        JobTimings(**{name: _seconds(timings, name) for name in ("start", "transfer", "total")}),
        str(header.get("printed")),
    )


def _describe_inputs(inputs: PackedInputs) -> dict[str, Any]:
    return {
        "digest": inputs.digest,
        "forms": [form.as_header() for form in inputs.forms],
        "count": inputs.count,
        "is_kept": inputs.is_kept,
        "size": len(inputs.packed),
    }


def _seconds(timings: object, name: str) -> float:
    value = timings.get(name) if isinstance(timings, dict) else None
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return min(max(float(value), 0.0), 1e6)
    return 0.0
