"""The certificate of an exam: what a mentor's grader found, signed with the mentor's key."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ..classroom.signing import LIMIT, Signed, is_key_of, sign, verify
from ..errors import NotGenuine
from .config import Count, Digest, Moment, Name, Points, Seconds, SignedValues, Text
from .result import Scored


class CertifiedProblem(Scored):
    """What one problem came to, and all that its score depends on."""

    hidden: Digest
    """The fingerprint of the hidden examples that were asked."""
    examples: Count
    """How many these were."""
    scoring: Name
    """`ScoringSpec.digest`."""
    environment: Text
    automatic: bool
    """It was taken from the learner's folder when time was up: nobody had submitted it."""


class Certificate(SignedValues):
    """Who took which exam, and what it came to."""

    what: ClassVar = "exam's certificate"
    kind: ClassVar = "exam-certificate"
    format: Literal["tfprep exam certificate 1"] = "tfprep exam certificate 1"
    exam: Name
    """Which exam: the same for everyone in it."""
    cohort: Name
    learner: Name
    """Their id."""
    name: Name
    started: Moment
    ended: Moment
    graded: Moment
    allowed_seconds: Seconds
    spent_seconds: Seconds
    returned_seconds: Seconds
    problems: Annotated[tuple[CertifiedProblem, ...], Field(max_length=100)]
    total: Points
    passed: bool
    hand_in: Digest
    """sha256 of the file that was handed in."""
    remarks: Annotated[tuple[Text, ...], Field(max_length=1_000)]
    """What the grader noticed about the exam session, a sentence each with its evidence."""

    def signed(self, private: bytes) -> bytes:
        """The signed file."""
        return sign(self.kind, self.to_values(), private)


def read_certificate(content: bytes) -> tuple[Certificate, Signed]:
    """A certificate whose signature holds, and who signed it.

    Raises:
        NotGenuine: it was changed, or is no certificate.
    """
    if content.lstrip().startswith(b"<"):
        raise NotGenuine("This is a page: nothing in it is signed. Verify the .json file that lay beside it.")
    signed = verify(Certificate.kind, content)
    return Certificate.read(signed.content), signed


def verify_certificate(file: Path, signer: str | None = None) -> tuple[Certificate, Signed]:
    """The certificate in a file, whose signature holds, and who signed it.

    Args:
        file: what a mentor gave out.
        signer: whose key it must be: the public key, or its fingerprint; None for anybody's.

    Raises:
        NotGenuine: it was changed, is not a certificate, or another key signed it.
        OSError: it cannot be read.
    """
    with file.open("rb") as opened:
        certificate, signed = read_certificate(opened.read(LIMIT + 1))
    if signer is not None and not is_key_of(signer, signed.key):
        raise NotGenuine(f"The signature holds, but the key is {signed.signer}, not {signer}.")
    return certificate, signed
