"""Signs results and exam packs, and verifies them: Ed25519 over one canonical form of JSON.

A signed file is JSON in exactly one spelling: keys in order, an indent of one space, no byte that could be
another one. The signature covers everything but itself; a file in any other spelling does not verify.

A signature proves that the holder of this key signed exactly these values. It does not prove who that is, nor
that the exam was honest: the key is on the machine of whoever signed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ..errors import BadKey, NotGenuine
from ..files.secrets import read_or_make_key as _read_or_make_key

FILE: Final = "signing.key"
SIZE: Final = 32
LIMIT: Final = 1 << 20
"""Bytes of a signed file that are read."""


@dataclass(frozen=True)
class Signed:
    """Values with a valid signature."""

    values: Mapping[str, Any]
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


def same_fingerprint(one: str, other: str) -> bool:
    """Whether two fingerprints are the same, however they are spaced and written."""
    return "".join(one.split()).lower() == "".join(other.split()).lower()


def read_or_make_key(home: Path) -> bytes:
    """The home's private signing key, made at the first call, readable by its owner only.

    Raises:
        BadKey: where the file does not hold a key.
    """
    # Any 32 bytes are a private key.
    return _read_or_make_key(
        home / FILE,
        BadKey,
        "Put it back from a backup, or remove it: a new key is made then, and results signed so far show "
        "another signer.",
    )


def public_key(private: bytes) -> str:
    """The public half, in hex."""
    return Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw().hex()


def sign(values: Mapping[str, Any], private: bytes) -> bytes:
    """A signed file: the values, the public key, and the signature over both."""
    covered = {"signed": dict(values), "key": public_key(private)}
    signature = Ed25519PrivateKey.from_private_bytes(private).sign(_spell(covered))
    return _spell({**covered, "signature": signature.hex()})


def verify(content: bytes) -> Signed:
    """The signed values, and the key that signed them.

    Raises:
        NotGenuine: a byte was changed, the signature is not valid, or this is no signed file.
    """
    if len(content) > LIMIT:
        raise NotGenuine("This is larger than any result.")
    try:
        values = json.loads(content)
        covered = {"signed": values["signed"], "key": values["key"]}
        key, signature = bytes.fromhex(values["key"]), bytes.fromhex(values["signature"])
        is_spelled = _is_spelling(content, {**covered, "signature": signature.hex()})
        signer = Ed25519PublicKey.from_public_bytes(key)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise NotGenuine("This is not a signed result, or no longer one.") from error
    if not is_spelled or not isinstance(values["signed"], dict):
        raise NotGenuine("This was changed after it was signed: it is not spelled as it was.")
    try:
        signer.verify(signature, _spell(covered))
    except InvalidSignature as error:
        raise NotGenuine("This was changed after it was signed: the signature does not hold.") from error
    return Signed(values["signed"], values["key"])


_SPELLING: Final = json.JSONEncoder(sort_keys=True, indent=1, ensure_ascii=True, allow_nan=False)


def _spell(values: Mapping[str, Any]) -> bytes:
    """The one spelling of some values."""
    return f"{_SPELLING.encode(values)}\n".encode("ascii")


def _is_spelling(content: bytes, values: Mapping[str, Any]) -> bool:
    """Whether `content` is the one spelling of these values, which may be far longer: of lists in lists."""
    at = 0
    for part in _SPELLING.iterencode(values):
        if not content.startswith(part.encode("ascii"), at):
            return False
        at += len(part)
    return content[at:] == b"\n"
