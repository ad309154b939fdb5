"""The index of a file of proofs: what it holds, in order of time, each piece with its fingerprint.

Before: dunning has gathered the pieces.  After: the first page of the *fascicolo di sollecito*.
"""

from dataclasses import dataclass
from typing import Any

from billing.documents.data import CreditorData, RenderedPdf
from billing.documents.lettering import png_uri
from billing.documents.press import the_press


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One piece, in words; ``sha256`` in hexadecimal."""

    number: str
    what: str
    when: str
    address: str
    outcome: str
    sha256: str


@dataclass(frozen=True, slots=True)
class FileIndex:
    """``about``: the credit in a few lines; ``facts``: acts whose service was written down."""

    creditor: CreditorData
    title: str
    about: tuple[str, ...]
    rows: tuple[IndexRow, ...]
    facts: tuple[str, ...] = ()


def render_index(data: FileIndex) -> RenderedPdf:
    """On as many A4 pages as it takes, PDF/UA-1."""
    words: dict[str, Any] = {"i": data, "logo": png_uri(data.creditor.logo_png)}
    return the_press().print_pdf("file_index.html", "letter.css", words)
