"""Seals what a learner hands in, so that only the mentor can read it: HPKE (RFC 9180), by `cryptography`.

X25519, HKDF-SHA256 and ChaCha20-Poly1305. Who sealed something stays unknown: what is in it has to say that.
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ..errors import NotGenuine

_SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


def sealing_key(signing_key: bytes) -> str:
    """The public key to seal for whoever holds a private signing key, in hex."""
    return _private(signing_key).public_key().public_bytes_raw().hex()


def seal(content: bytes, key: str, purpose: bytes) -> bytes:
    """The content, readable only with the private half of `key`.

    Args:
        content: what nobody else shall read.
        key: as `sealing_key` gives it.
        purpose: what it is, and whose: it opens under the same purpose only.

    Raises:
        NotGenuine: this is no key.
    """
    try:
        public = X25519PublicKey.from_public_bytes(bytes.fromhex(key))
        return _SUITE.encrypt(content, public, info=purpose)
    except ValueError as error:
        raise NotGenuine("The mentor's key cannot be used to seal a file.") from error


def unseal(sealed: bytes, signing_key: bytes, purpose: bytes) -> bytes:
    """What `seal` was given.

    Raises:
        NotGenuine: it was changed, or sealed for somebody else.
    """
    try:
        return _SUITE.decrypt(sealed, _private(signing_key), info=purpose)
    except (InvalidTag, ValueError) as error:
        raise NotGenuine("It was sealed for another key than this home's, or changed since.") from error


def _private(signing_key: bytes) -> X25519PrivateKey:
    """A key of its own, so that one key to keep is enough."""
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"tfprep exam hand-in")
    return X25519PrivateKey.from_private_bytes(derive.derive(signing_key))
