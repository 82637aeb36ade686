"""What a mentor signs is verified by anybody, and what is sealed for a mentor opens for nobody else."""

from __future__ import annotations

import base64
import json
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from tfprep.classroom.sealing import seal, sealing_key, unseal
from tfprep.classroom.signing import (
    LIMIT,
    fingerprint,
    is_key_of,
    public_key,
    read_or_make_key,
    sign,
    verify,
)
from tfprep.errors import BadKey, NotGenuine

PRIVATE, OTHER = b"k" * 32, b"o" * 32
ENVELOPE = sign("exam-rules", {"learner": "ada", "minutes": 120}, PRIVATE)


def test_what_was_signed_is_read_with_its_signer() -> None:
    signed = verify("exam-rules", ENVELOPE)
    assert json.loads(signed.content) == {"learner": "ada", "minutes": 120}
    assert (signed.key, signed.signer) == (public_key(PRIVATE), fingerprint(public_key(PRIVATE)))


def test_the_envelope_is_dsse_s() -> None:
    """Its example, https://github.com/secure-systems-lab/dsse/blob/master/protocol.md: what is signed."""
    envelope = json.loads(ENVELOPE)
    kind, payload = envelope["payloadType"].encode(), base64.b64decode(envelope["payload"])
    covered = b"DSSEv1 " + str(len(kind)).encode() + b" " + kind
    covered += b" " + str(len(payload)).encode() + b" " + payload
    signature = base64.b64decode(envelope["signatures"][0]["sig"])
    Ed25519PrivateKey.from_private_bytes(PRIVATE).public_key().verify(signature, covered)


@settings(max_examples=100)
@given(st.integers(0, len(ENVELOPE) - 1), st.integers(0, 255))
def test_a_changed_byte_is_refused_or_changes_nothing(place: int, byte: int) -> None:
    changed = ENVELOPE[:place] + bytes([byte]) + ENVELOPE[place + 1 :]
    try:
        found = verify("exam-rules", changed)
    except NotGenuine:
        return
    assert found == verify("exam-rules", ENVELOPE)


def test_a_signature_of_one_kind_is_none_of_another() -> None:
    with pytest.raises(NotGenuine, match="another kind"):
        verify("exam-certificate", ENVELOPE)
    renamed = ENVELOPE.replace(b"exam-rules", b"exam-certificate")
    with pytest.raises(NotGenuine, match="does not hold"):
        verify("exam-certificate", renamed)


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b"null", b"\xff", b"[" * 100_000, b" " * (LIMIT + 1), b'{"signatures": 5}'],
    ids=["empty", "object", "list", "null", "no utf-8", "deep", "huge", "number"],
)
def test_what_is_no_envelope_is_refused_with_a_sentence(content: bytes) -> None:
    with pytest.raises(NotGenuine):
        verify("exam-rules", content)


def test_what_was_added_and_not_signed_is_named() -> None:
    envelope = json.loads(ENVELOPE)
    with pytest.raises(NotGenuine, match="added to this file what nobody signed: total"):
        verify("exam-rules", json.dumps(envelope | {"total": 100}).encode())


def test_a_signed_text_says_each_thing_once() -> None:
    content = b'{"learner": "ada", "learner": "eve"}'
    kind = b"application/vnd.tfprep.exam-rules+json"
    covered = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(content), content)
    signature = Ed25519PrivateKey.from_private_bytes(PRIVATE).sign(covered)
    envelope = json.loads(ENVELOPE) | {"payload": base64.b64encode(content).decode()}
    envelope["signatures"][0]["sig"] = base64.b64encode(signature).decode()
    with pytest.raises(NotGenuine, match="says one thing twice"):
        verify("exam-rules", json.dumps(envelope).encode())


def test_what_an_earlier_version_signed_is_named_as_that() -> None:
    earlier = (Path(__file__).parents[1] / "exams" / "signed_result.json").read_bytes()
    with pytest.raises(NotGenuine, match="An earlier tfprep wrote this file"):
        verify("exam-certificate", earlier)


def test_a_key_is_known_whole_or_by_its_fingerprint_however_it_is_spaced() -> None:
    key = public_key(PRIVATE)
    for text in (key, key.upper(), fingerprint(key), fingerprint(key).replace(" ", "").upper()):
        assert is_key_of(text, key)
    for text in ("", key[:16], fingerprint(public_key(OTHER))):
        assert not is_key_of(text, key)


def test_a_home_makes_its_key_once_for_its_owner_only(tmp_path: Path) -> None:
    key = read_or_make_key(tmp_path)
    assert read_or_make_key(tmp_path) == key
    assert stat.S_IMODE((tmp_path / "signing.key").stat().st_mode) == 0o600
    (tmp_path / "signing.key").write_bytes(b"short")
    with pytest.raises(BadKey, match="backup"):
        read_or_make_key(tmp_path)


def test_what_is_sealed_opens_with_the_mentors_key_and_for_its_purpose_only() -> None:
    sealed = seal(b"a model", sealing_key(PRIVATE), b"hand-in")
    assert b"a model" not in sealed
    assert unseal(sealed, PRIVATE, b"hand-in") == b"a model"
    changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for content, key, purpose in (
        (sealed, OTHER, b"hand-in"),
        (sealed, PRIVATE, b"another"),
        (changed, PRIVATE, b"hand-in"),
        (sealed[:40], PRIVATE, b"hand-in"),
        (b"", PRIVATE, b"hand-in"),
    ):
        with pytest.raises(NotGenuine, match="another key"):
            unseal(content, key, purpose)


@pytest.mark.parametrize("key", ["", "ab", "zz" * 32, "00" * 32])
def test_nothing_is_sealed_for_a_key_that_is_none(key: str) -> None:
    with pytest.raises(NotGenuine):
        seal(b"a model", key, b"hand-in")


def test_two_files_of_the_same_content_differ() -> None:
    one, other = (seal(b"a model", sealing_key(PRIVATE), b"hand-in") for _ in range(2))
    assert one != other
