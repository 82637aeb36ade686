"""Signs what a mentor hands out, and verifies it: Ed25519 in a DSSE envelope.

The envelope is that of https://github.com/secure-systems-lab/dsse: the bytes that are signed stand in it as
they were, in base64, with what kind of text they are. So a signature covers bytes, and no spelling of JSON
has to be agreed upon. `keyid` holds the signer's whole public key, so that anybody can verify. Whose key it
is has to be known from elsewhere.

A signature proves that the holder of this key signed exactly these values. It does not prove who that is.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ..errors import BadKey, NotGenuine
from ..files.secrets import read_or_make_secret_file as _read_or_make_key
from ..files.text import one_line

FILE: Final = "signing.key"
SIZE: Final = 32
LIMIT: Final = 1 << 20
"""Bytes of a signed file that are read."""
_TYPE: Final = "application/vnd.tfprep.{}+json"
_FIELDS: Final = {"payload", "payloadType", "signatures"}
_OF_SIGNATURE: Final = {"keyid", "sig"}
_OLD: Final = {"signed", "key", "signature"}
"""The fields of what an earlier tfprep signed."""


@dataclass(frozen=True)
class Signed:
    """A text with a valid signature."""

    content: bytes
    """JSON, as it was signed."""
    key: str
    """The signer's public key, in hex."""

    @property
    def signer(self) -> str:
        """The key's fingerprint, short enough to compare by eye."""
        return fingerprint(self.key)


def fingerprint(key: str) -> str:
    """Of a public key in hex: sixteen hexadecimal digits of its sha256, in fours."""
    digits = hashlib.sha256(bytes.fromhex(key)).hexdigest()[:16]
    return " ".join(digits[start : start + 4] for start in range(0, 16, 4))


def is_key_of(text: str, key: str) -> bool:
    """Whether a text is this public key in hex, or its fingerprint, however they are spaced and written."""
    plain = "".join(text.split()).lower()
    return plain in (key, "".join(fingerprint(key).split()))


def read_or_make_key(home: Path) -> bytes:
    """The home's private signing key, made at the first call, readable by its owner only.

    Raises:
        BadKey: where the file does not hold a key.
    """
    # Any 32 bytes are a private key.
    return _read_or_make_key(
        home / FILE,
        BadKey,
        "Put it back from a backup, or remove it: a new key is made then. Exams that were packed with the "
        "old one cannot be graded, and what was signed so far shows another signer.",
    )


def public_key(private: bytes) -> str:
    """The public half, in hex."""
    return Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw().hex()


def sign(kind: str, values: Mapping[str, Any], private: bytes) -> bytes:
    """A signed file.

    Args:
        kind: what the values are, such as "exam-rules": a signature of one kind is none of another.
        values: what JSON can hold.
        private: 32 bytes.
    """
    content = json.dumps(values, allow_nan=False).encode("ascii")
    signature = Ed25519PrivateKey.from_private_bytes(private).sign(_encode(kind, content))
    envelope = {
        "payload": base64.b64encode(content).decode("ascii"),
        "payloadType": _TYPE.format(kind),
        "signatures": [{"keyid": public_key(private), "sig": base64.b64encode(signature).decode("ascii")}],
    }
    return f"{json.dumps(envelope)}\n".encode("ascii")


def verify(kind: str, envelope: bytes) -> Signed:
    """The signed text, and the key that signed it.

    Raises:
        NotGenuine: it was changed, the signature does not hold, or this is no signed file of this kind.
    """
    if len(envelope) > LIMIT:
        raise NotGenuine("This is larger than any signed file of tfprep.")
    try:
        values = json.loads(envelope.decode("utf-8"), object_pairs_hook=_named_once)
        if isinstance(values, dict) and values.keys() >= _OLD:
            raise NotGenuine(
                "An earlier tfprep wrote this file. Whoever took that exam signed it: that proves nothing."
            )
        (one,) = values["signatures"]
        content = base64.b64decode(values["payload"], validate=True)
        key, signature = bytes.fromhex(one["keyid"]), base64.b64decode(one["sig"], validate=True)
        signer = Ed25519PublicKey.from_public_bytes(key)
        is_of_kind = values["payloadType"] == _TYPE.format(kind)
        unsigned = (values.keys() - _FIELDS) | (one.keys() - _OF_SIGNATURE)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise NotGenuine("This is not a signed file of tfprep, or is damaged.") from error
    if not is_of_kind:
        raise NotGenuine("This is signed, but it is another kind of file.")
    if unsigned:
        raise NotGenuine(f"Somebody added to this file what nobody signed: {one_line(min(unsigned), 60)}.")
    try:
        signer.verify(signature, _encode(kind, content))
    except InvalidSignature as error:
        raise NotGenuine("This was changed after it was signed: the signature does not hold.") from error
    with suppress(ValueError, RecursionError):  # whoever reads it as its kind says what is wrong
        json.loads(content, object_pairs_hook=_named_once)
    return Signed(content, key.hex())


def _named_once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON. Of two values with one name, some readers take the first and others the last."""
    values = dict(pairs)
    if len(values) < len(pairs):
        raise NotGenuine("It says one thing twice, so that two programs may read two things in it.")
    return values


def _encode(kind: str, content: bytes) -> bytes:
    """What is signed: DSSE's "pre-authentication encoding" of the type and the content."""
    kind_bytes = _TYPE.format(kind).encode("ascii")
    return b"DSSEv1 %d %s %d %s" % (len(kind_bytes), kind_bytes, len(content), content)
