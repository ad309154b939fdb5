"""A certification authority of our own, for as long as a test lasts; nothing of it is kept."""

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Certificate:
    """Files in PEM."""

    certificate: Path
    key: Path

    @property
    def files(self) -> tuple[str, str]:
        return str(self.certificate), str(self.key)

    @property
    def fingerprint(self) -> str:
        """SHA-1 in hexadecimal, as nginx says it."""
        said = _openssl("x509", "-in", str(self.certificate), "-noout", "-fingerprint", "-sha1")
        return said.partition("=")[2].strip().replace(":", "").lower()


def make_authority(folder: Path, name: str) -> Certificate:
    return _self_signed(folder, name, f"/O=Autorita di prova/CN={name}")


def make_server(folder: Path) -> Certificate:
    return _self_signed(folder, "server", "/CN=localhost", "subjectAltName=DNS:localhost")


def make_client(folder: Path, name: str, subject: str, authority: Certificate) -> Certificate:
    """A certificate for ``subject`` (``/O=…/CN=…``) signed by ``authority``."""
    made = Certificate(folder / f"{name}.pem", folder / f"{name}.key")
    request = folder / f"{name}.csr"
    _openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", str(made.key), "-utf8",
             "-subj", subject, "-out", str(request))  # fmt: skip
    _openssl("x509", "-req", "-in", str(request), "-CA", str(authority.certificate), "-days", "2",
             "-CAkey", str(authority.key), "-CAcreateserial", "-out", str(made.certificate))  # fmt: skip
    return made


def _self_signed(folder: Path, name: str, subject: str, extension: str = "") -> Certificate:
    made = Certificate(folder / f"{name}.pem", folder / f"{name}.key")
    more = ["-addext", extension] if extension else []
    _openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(made.key), "-days", "2",
             "-subj", subject, "-out", str(made.certificate), *more)  # fmt: skip
    return made


def _openssl(*arguments: str) -> str:
    done = subprocess.run(["openssl", *arguments], check=True, capture_output=True, text=True)
    return done.stdout
