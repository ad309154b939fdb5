"""Who signed a receipt, and whether the certifier is one this installation trusts.

Before: the raw bytes of a message of the mailbox.  After: a verdict kept beside the message. A receipt is never thrown
away for its signature; only what is signed and trusted may change what we say of a message.

CMS SignedData (RFC 5652) over the exact bytes of the first part, as S/MIME puts it (RFC 8551): the digest in the signed
attributes is compared, the attributes' signature is verified, the certificate is followed up to the bundle.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from dunning.channels.pec_ber import BerRefused, Node, read_ber

_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_MESSAGE_DIGEST = bytes.fromhex("2a864886f70d010904")
_RSA_PSS = bytes.fromhex("2a864886f70d01010a")
_DIGESTS = {
    bytes.fromhex("608648016503040201"): "SHA256",
    bytes.fromhex("608648016503040202"): "SHA384",
    bytes.fromhex("608648016503040203"): "SHA512",
}  # SHA-1 is not among them: since 2014 providers sign with SHA-256


class Verdict(StrEnum):
    """What is known of a signature."""

    VALID = "VALIDA"
    UNTRUSTED = "CERTIFICATORE_IGNOTO"
    BROKEN = "NON_VALIDA"
    ABSENT = "ASSENTE"


@dataclass(frozen=True, slots=True)
class Signature:
    """``signer`` is the subject of the certificate, ``fingerprint`` its SHA-256; both empty when there is none."""

    verdict: Verdict
    words: str
    signer: str = ""
    issuer: str = ""
    fingerprint: str = ""


class _Broken(Exception):
    """Signed, but not by whom or not what it says."""


def verify_signature(raw: bytes, *, bundle: Sequence[Any], at: datetime) -> Signature:
    """The verdict on a whole message. ``bundle`` are the certifiers' X.509 certificates trusted here, at ``at``."""
    parts = signed_parts(raw)
    if parts is None:
        return Signature(Verdict.ABSENT, "Il messaggio non è firmato.")
    try:
        signer, others = _verified(*parts)
    except (_Broken, BerRefused) as error:
        return Signature(Verdict.BROKEN, f"La firma non è valida: {error}.")
    told = {
        "signer": signer.subject.rfc4514_string(),
        "issuer": signer.issuer.rfc4514_string(),
        "fingerprint": _fingerprint(signer),
    }
    if why := _untrusted(signer, others, bundle, at):
        return Signature(Verdict.UNTRUSTED, why, **told)
    return Signature(Verdict.VALID, "Firma valida di un certificatore riconosciuto.", **told)


def signed_parts(raw: bytes) -> tuple[bytes, bytes] | None:
    """The signed bytes (CRLF at every line) and the CMS structure of a ``multipart/signed``; None when it is not one."""
    canonical = re.sub(rb"\r?\n", b"\r\n", raw)
    head, _, body = canonical.partition(b"\r\n\r\n")
    unfolded = re.sub(rb"\r\n[ \t]+", b" ", head)
    kind = re.search(rb"(?im)^content-type:\s*multipart/signed\b(.*)$", unfolded)
    mark = kind and re.search(rb'(?i)boundary\s*=\s*("([^"]+)"|[^\s;]+)', kind[1])
    if not mark:
        return None
    boundary = re.escape(b"--" + (mark[2] or mark[1]))
    pieces = re.split(rb"(?:\A|\r\n)" + boundary + rb"(?:--)?[ \t]*(?=\r\n|\Z)", body)
    if len(pieces) < 3:
        return None
    return pieces[1].removeprefix(b"\r\n"), _decoded(pieces[2])


@lru_cache(maxsize=4)
def read_bundle(path: Path) -> tuple[Any, ...]:
    """The certificates of a PEM file. Raises OSError, ValueError."""
    from cryptography.x509 import load_pem_x509_certificates

    return tuple(load_pem_x509_certificates(path.read_bytes()))


def _decoded(part: bytes) -> bytes:
    _, _, content = part.partition(b"\r\n\r\n")
    try:
        return base64.b64decode(b"".join(content.split()), validate=True)
    except binascii.Error:
        return b""


def _verified(content: bytes, cms: bytes) -> tuple[Any, list[Any]]:
    """The signer's certificate and the others that travelled with it. Raises _Broken, BerRefused."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes

    wrapped = read_ber(cms)
    if wrapped[0].content != _SIGNED_DATA:
        raise _Broken("non è una firma S/MIME")
    signed = wrapped[1][0]
    certificates = _certificates(signed)
    info = signed[-1][0]
    signer = _signer_of(info, certificates)
    name = _DIGESTS.get(info[2][0].content)
    if name is None:
        raise _Broken("impronta di un tipo non ammesso")
    algorithm = getattr(hashes, name)()
    attributes = info[3]
    if attributes.tag != 0xA0 or _digest_of(attributes) != _hash(content, algorithm):
        raise _Broken("il contenuto non è quello firmato")
    told = b"\x31" + attributes.der[1:]  # a SET in the signature, [0] on the wire
    try:
        _check(signer.public_key(), info[5].octets, told, algorithm, info[4][0].content)
    except InvalidSignature as error:
        raise _Broken("non è del certificato allegato") from error
    return signer, [one for one in certificates if one != signer]


def _certificates(signed: Node) -> list[Any]:
    from cryptography.x509 import load_der_x509_certificate

    found = next((part for part in signed if part.tag == 0xA0), None)
    if found is None:
        raise _Broken("manca il certificato")
    try:
        return [load_der_x509_certificate(one.der) for one in found if one.tag == 0x30]
    except ValueError as error:
        raise _Broken("certificato illeggibile") from error


def _signer_of(info: Node, certificates: list[Any]) -> Any:
    """Named by issuer and serial number. Raises _Broken."""
    issuer, serial = info[1][0].der, int.from_bytes(info[1][1].content, "big", signed=True)
    for one in certificates:
        if one.serial_number == serial and one.issuer.public_bytes() == issuer:
            return one
    raise _Broken("manca il certificato di chi ha firmato")


def _digest_of(attributes: Node) -> bytes:
    found = [one[1][0].octets for one in attributes if one[0].content == _MESSAGE_DIGEST]
    if len(found) != 1:
        raise _Broken("manca l'impronta del contenuto")
    return found[0]


def _hash(content: bytes, algorithm: Any) -> bytes:
    from cryptography.hazmat.primitives.hashes import Hash

    digest = Hash(algorithm)
    digest.update(content)
    return digest.finalize()


def _check(key: Any, signature: bytes, told: bytes, algorithm: Any, scheme: bytes) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

    if isinstance(key, rsa.RSAPublicKey):
        pss = padding.PSS(padding.MGF1(algorithm), padding.PSS.AUTO)
        key.verify(signature, told, pss if scheme == _RSA_PSS else padding.PKCS1v15(), algorithm)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, told, ec.ECDSA(algorithm))
    else:
        raise _Broken("chiave di un tipo non ammesso")


def _untrusted(signer: Any, others: list[Any], bundle: Sequence[Any], at: datetime) -> str:
    """Why the certificate is not one of ours to believe; empty when it is."""
    from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

    if not bundle:
        return "Questa installazione non ha l'elenco dei certificatori riconosciuti."
    rules = PolicyBuilder().store(Store(list(bundle))).time(at.astimezone(UTC).replace(tzinfo=None))
    rules = rules.extension_policies(ca_policy=_certifiers(), ee_policy=_signers())
    try:
        rules.build_client_verifier().verify(signer, others)
    except VerificationError:
        return "Il certificatore non è fra quelli riconosciuti, o il certificato non era in vigore."
    return ""


def _certifiers() -> Any:
    from cryptography.x509 import BasicConstraints
    from cryptography.x509.verification import Criticality, ExtensionPolicy

    def is_one(policy: Any, certificate: Any, found: Any) -> None:
        if not found.ca:
            raise ValueError("not a certification authority")

    free = ExtensionPolicy.permit_all()
    return free.require_present(BasicConstraints, Criticality.AGNOSTIC, is_one)


def _signers() -> Any:
    """May sign; when the certificate says what it is for, mail is among it."""
    from cryptography.x509 import ExtendedKeyUsage, KeyUsage
    from cryptography.x509.oid import ExtendedKeyUsageOID
    from cryptography.x509.verification import Criticality, ExtensionPolicy

    def signs(policy: Any, certificate: Any, found: Any) -> None:
        if found is not None and not (found.digital_signature or found.content_commitment):
            raise ValueError("may not sign")

    def for_mail(policy: Any, certificate: Any, found: Any) -> None:
        if found is not None and ExtendedKeyUsageOID.EMAIL_PROTECTION not in found:
            raise ValueError("not for mail")

    free = ExtensionPolicy.permit_all()
    free = free.may_be_present(KeyUsage, Criticality.AGNOSTIC, signs)
    return free.may_be_present(ExtendedKeyUsage, Criticality.AGNOSTIC, for_mail)


def _fingerprint(certificate: Any) -> str:
    from cryptography.hazmat.primitives.hashes import SHA256

    return str(certificate.fingerprint(SHA256()).hex())
