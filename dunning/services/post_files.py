"""Chapter 10 – the files of a print batch: how each PDF is called, where it waits, and the lists that go with them.

Before: letters frozen and printed.  After: one archive; for a fax or mass mailer, a PDF an addressee and an index of reaches.
"""

from collections.abc import Callable

from django.core.files.storage import default_storage

from dunning.channels.post_manifest import ManifestRow, index_bytes
from dunning.models import Letter, PrintBatch
from dunning.rules.post import Product
from dunning.selectors.post import pdf_name as pdf_name  # given on
from paybox.kernel.money import format_euro
from paybox.kernel.queue import current_schema
from registry.models import Contact
from registry.selectors.contacts import best_contacts

_KINDS = (Contact.Kind.EMAIL, Contact.Kind.PEC, Contact.Kind.MOBILE)


def stored_pdf(batch: PrintBatch, name: str) -> str:
    """Where it waits until the archive is made."""
    return f"{current_schema()}/posta/{batch.uuid}.parts/{name}"


def reader_of(batch: PrintBatch, name: str) -> Callable[[], bytes]:
    """Read only when its turn comes."""

    def content() -> bytes:
        with default_storage.open(stored_pdf(batch, name)) as stored:
            return bytes(stored.read())

    return content


def manifest_of(batch: PrintBatch) -> list[ManifestRow]:
    """One row a letter."""
    return [
        ManifestRow(
            number=letter.number, code=letter.code, product=batch.product, file=pdf_name(batch, letter),
            first_page=letter.first_page, pages=letter.pages, lines=tuple(letter.lines),
        )
        for letter in batch.letters.order_by("number")
    ]  # fmt: skip


def index_of(batch: PrintBatch) -> bytes:
    """CSV for a mass mailer: each file with its addressee and every reach we know; empty for a printer."""
    if not Product(batch.product).one_file_each:
        return b""
    letters = list(batch.letters.select_related("attempt__item__subject").order_by("number"))
    people = {letter.attempt.item.subject_id or 0 for letter in letters}
    reaches = [best_contacts(kind=kind, subject_ids=people) for kind in _KINDS]
    return index_bytes([_row(batch, letter, reaches) for letter in letters])


def _row(batch: PrintBatch, letter: Letter, reaches: list[dict[int, str]]) -> tuple[str, ...]:
    item = letter.attempt.item
    subject_id, codice_fiscale = item.subject_id or 0, letter.words["codice_fiscale"]
    cents = sum(debt[3] for debt in letter.words["debts"])
    return (
        str(letter.number), letter.code, pdf_name(batch, letter), str(letter.pages), letter.lines[0], codice_fiscale,
        " ".join(letter.lines[1:]), *(known.get(subject_id, "") for known in reaches),
        format_euro(cents).replace(".", ""),
    )  # fmt: skip
