"""Certificates for a cluster: its own authority, and one certificate for each role.

    mentor/   the authority, certificates of the client and the scheduler, cluster.yaml
    host/     the authority, the certificate of a host, cluster.yaml: to be copied to every host

The authority's key is thrown away: nobody can make another certificate later. Whoever has one of these may
run code on the scheduler's machine and on every host: Dask checks who signed a certificate, and no name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ....errors import BadOption
from ....files.atomic import write_whole

MENTOR: Final = "mentor"
HOST: Final = "host"
SETTINGS: Final = "cluster.yaml"
DAYS: Final = 365
_ROLES: Final = {MENTOR: ("client", "scheduler"), HOST: ("worker",)}
_YAML: Final = """\
# Settings of Dask for this cluster. Paths begin at this file's folder. Keep the folder to yourself.
scheduler-address: {address}
distributed:
  comm:
    require-encryption: true
    tls:
      ca-file: ca.pem
"""
_ROLE: Final = """\
      {role}:
        cert: {role}.pem
        key: {role}.key
"""


@dataclass(frozen=True)
class _Authority:
    """It exists while certificates are made."""

    key: EllipticCurvePrivateKey
    certificate: x509.Certificate


def write_certificates(folder: Path, address: str, now: datetime) -> tuple[Path, Path]:
    """Makes an authority and every certificate, valid for `DAYS` days.

    Args:
        folder: new, or empty.
        address: of the scheduler: "tls://HOST:8786".
        now: the calendar, in UTC.

    Returns:
        The folder for the mentor's machine, and the one for every host.

    Raises:
        BadOption: the folder holds something, or cannot be written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise BadOption(f"{folder} is not empty.", "Give a new folder: certificates replace nothing.")
        authority = _make_authority(now)
        for name, roles in _ROLES.items():
            _write_folder(folder / name, roles, authority, address, now)
    except OSError as error:
        raise BadOption(f"The certificates cannot be written to {folder}: {error}") from error
    return folder / MENTOR, folder / HOST


def _write_folder(
    folder: Path, roles: tuple[str, ...], authority: _Authority, address: str, now: datetime
) -> None:
    folder.mkdir(mode=0o700)
    write_whole(folder / "ca.pem", authority.certificate.public_bytes(Encoding.PEM))
    for role in roles:
        key = generate_private_key(SECP256R1())
        certificate = _sign(key, f"tfprep {role}", authority, now)
        write_whole(folder / f"{role}.pem", certificate.public_bytes(Encoding.PEM))
        write_whole(
            folder / f"{role}.key", key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
    settings = _YAML.format(address=address) + "".join(_ROLE.format(role=role) for role in roles)
    write_whole(folder / SETTINGS, settings.encode())


def _make_authority(now: datetime) -> _Authority:
    key, name = generate_private_key(SECP256R1()), _name("tfprep cluster")
    certificate = (
        _builder(name, name, key, now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    return _Authority(key, certificate)


def _sign(key: EllipticCurvePrivateKey, name: str, authority: _Authority, now: datetime) -> x509.Certificate:
    # Every part of Dask both calls and is called.
    both = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]
    issuer = authority.key.public_key()
    return (
        _builder(_name(name), authority.certificate.subject, key, now)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(both), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer), critical=False)
        .sign(authority.key, hashes.SHA256())
    )


def _builder(
    name: x509.Name, issuer: x509.Name, key: EllipticCurvePrivateKey, now: datetime
) -> x509.CertificateBuilder:
    # Clocks of hosts differ a little.
    begin = now.astimezone(UTC) - timedelta(hours=1)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=DAYS))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
