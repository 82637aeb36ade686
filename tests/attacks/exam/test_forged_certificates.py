"""Certificates that nobody signed, or somebody else: `tfprep exam verify` tells them from the mentor's."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from tfprep.classroom.signing import fingerprint, public_key, sign
from tfprep.cli import tfprep
from tfprep.exams.certificate import Certificate

MENTOR, CHEAT = b"m" * 32, b"c" * 32
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
GIVEN = Certificate(
    exam="0123456789abcdef",
    cohort="spring",
    learner="ada",
    name="Ada",
    started=NOON,
    ended=NOON,
    graded=NOON,
    allowed_seconds=7_200.0,
    spent_seconds=2_400.0,
    returned_seconds=0.0,
    problems=(),
    total=40.0,
    passed=False,
    hand_in="a" * 64,
    remarks=(),
)


def edited(**changed: object) -> bytes:
    """The mentor's envelope around other values."""
    envelope = json.loads(GIVEN.signed(MENTOR))
    values = json.loads(base64.b64decode(envelope["payload"])) | changed
    return json.dumps(envelope | {"payload": base64.b64encode(json.dumps(values).encode()).decode()}).encode()


def renamed() -> bytes:
    """The cheat's own signature under the mentor's key's name."""
    envelope = json.loads(GIVEN.model_copy(update={"total": 100.0, "passed": True}).signed(CHEAT))
    envelope["signatures"][0]["keyid"] = public_key(MENTOR)
    return json.dumps(envelope).encode()


def named_twice(mentors_last: bool) -> bytes:
    """Two payloads under one name: another program may show the one that nobody signed."""
    envelope = json.loads(GIVEN.signed(MENTOR))
    forged = json.dumps(json.loads(edited(total=100.0, passed=True))["payload"])
    genuine = json.dumps(envelope["payload"])
    first, last = (forged, genuine) if mentors_last else (genuine, forged)
    rest = json.dumps({each: envelope[each] for each in ("payloadType", "signatures")})
    return f'{{"payload": {first}, "payload": {last}, {rest[1:]}'.encode()


def with_more_in_the_signature() -> bytes:
    envelope = json.loads(GIVEN.signed(MENTOR))
    envelope["signatures"][0]["total"] = 100.0
    return json.dumps(envelope).encode()


FORGED: dict[str, Callable[[], bytes]] = {
    "signed by the cheat": lambda: GIVEN.model_copy(update={"total": 100.0}).signed(CHEAT),
    "signed by the cheat in the mentor's name": renamed,
    "total edited": lambda: edited(total=100.0, passed=True),
    "learner edited": lambda: edited(learner="eve"),
    "other values, signed by the mentor": lambda: sign(Certificate.kind, {"total": 100.0}, MENTOR),
    "rules in place of a certificate": lambda: sign("exam-rules", GIVEN.to_values(), MENTOR),
    "two payloads, the mentor's first": lambda: named_twice(mentors_last=False),
    "two payloads, the mentor's last": lambda: named_twice(mentors_last=True),
    "a total beside the envelope": lambda: json.dumps(
        json.loads(GIVEN.signed(MENTOR)) | {"total": 100.0}
    ).encode(),
    "a total beside the signature": with_more_in_the_signature,
    "in UTF-16": lambda: GIVEN.signed(MENTOR).decode().encode("utf-16"),
    "two signatures": lambda: GIVEN.signed(MENTOR).replace(b'"signatures": [', b'"signatures": [5, '),
    "empty": lambda: b"",
    "deep": lambda: b"[" * 100_000,
    "large": lambda: b" " * 2_000_000,
}


def verify(path: Path, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(
        tfprep, ["exam", "verify", str(path), *words], env={"TFPREP_HOME": str(path.parent)}
    )
    return done.exit_code, done.output


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_a_forged_certificate_is_not_genuine(forge: Callable[[], bytes], tmp_path: Path) -> None:
    path = tmp_path / "certificate.json"
    path.write_bytes(forge())
    code, shown = verify(path, "--signer", public_key(MENTOR))
    assert code == 1
    assert "Not genuine" in shown


@pytest.mark.parametrize("signer", [public_key(MENTOR), fingerprint(public_key(MENTOR))])
def test_the_mentor_s_is(signer: str, tmp_path: Path) -> None:
    path = tmp_path / "certificate.json"
    path.write_bytes(GIVEN.signed(MENTOR))
    code, shown = verify(path, "--signer", signer)
    assert code == 0
    assert "Genuine: certificate.json" in shown
    assert "It does not prove who trained the models" in " ".join(shown.split())
