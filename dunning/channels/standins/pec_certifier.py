"""The stand-in's own certification authority, and its signature on what it certifies.

Before: the folder of the stand-in.  After: ``pec_receipts``. ``ca.pem`` is what an installation must trust to believe
this provider; it is made up at the first start and kept.
"""

import base64
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

FROM, UNTIL = datetime(2015, 1, 1, tzinfo=UTC), datetime(2045, 1, 1, tzinfo=UTC)
_DETACHED = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary]


class Certifier:
    """Signs as ``posta-certificata@domain``. Keys live in ``folder``."""

    def __init__(self, folder: Path, *, domain: str) -> None:
        self._folder = folder
        self._domain = domain
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "ca.pem").is_file() or not (folder / "signer.pem").is_file():
            self._make()

    @property
    def address(self) -> str:
        return f"posta-certificata@{self._domain}"

    @property
    def authority(self) -> Path:
        return self._folder / "ca.pem"

    def sign(self, part: bytes) -> bytes:
        """``smime.p7s`` of these very bytes, in lines of base64."""
        certificate, key = self._signer
        builder = pkcs7.PKCS7SignatureBuilder().set_data(part)
        signed = builder.add_signer(certificate, key, hashes.SHA256())
        return base64.encodebytes(signed.sign(serialization.Encoding.DER, _DETACHED)).replace(
            b"\n", b"\r\n"
        )

    @cached_property
    def _signer(self) -> tuple[Any, Any]:
        stored = (self._folder / "signer.pem").read_bytes()
        key = serialization.load_pem_private_key(stored, None)
        return x509.load_pem_x509_certificate(stored), key

    def _make(self) -> None:
        authority_key, signer_key = _key(), _key()
        authority = _named("Autorità di prova PEC", authority_key, "Autorità di prova PEC")
        authority = authority.add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        signer = _named(self.address, signer_key, "Autorità di prova PEC")
        signer = signer.add_extension(
            x509.SubjectAlternativeName([x509.RFC822Name(self.address)]), critical=False
        ).add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False
        )
        key = signer_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        pem = signer.sign(authority_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        kept = self._folder / "signer.pem"
        kept.touch(mode=0o600)
        kept.write_bytes(key + pem)
        own = authority.sign(authority_key, hashes.SHA256())
        self.authority.write_bytes(own.public_bytes(serialization.Encoding.PEM))


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65_537, 2048)


def _named(name: str, key: rsa.RSAPrivateKey, issuer: str) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(FROM)
        .not_valid_after(UNTIL)
    )
