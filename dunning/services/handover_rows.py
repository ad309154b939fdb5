"""Chapter 10 – hand-over, line by line: what the CSV and the sheet say of each credit that goes.

Before: a credit with its evidence.  After: ``handover`` keeps the files.
"""

import csv
import io
from collections.abc import Sequence
from datetime import datetime

from dunning.selectors.acts import due_before
from dunning.selectors.handover import Candidate
from dunning.selectors.handover_evidence import Evidence
from paybox.kernel.clock import ROME
from paybox.kernel.money import format_euro
from paybox.kernel.sheets import csv_cell

HEADER = [
    "riferimento",
    "codice_avviso",
    "codice_fiscale",
    "denominazione",
    "indirizzo",
    "cap",
    "comune",
    "provincia",
    "nazione",
    "causale",
    "anno",
    "scadenza",
    "residuo_euro",
    "data_avviso",
    "date_solleciti",
    "date_notifiche",
]


def csv_bytes(rows: Sequence[Sequence[str]]) -> bytes:
    """CSV for Italian spreadsheets: semicolons, BOM, decimal comma, nothing that counts as a formula."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(HEADER)
    for row in rows:
        writer.writerow([csv_cell(cell) for cell in row])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def row_of(candidate: Candidate, proof: Evidence) -> list[str]:
    """The cells of one credit, as ``HEADER`` names them."""
    position, subject = candidate.position, candidate.position.subject
    noticed = proof.noticed or ([position.noticed_at] if position.noticed_at else [])
    return [
        position.reference,
        proof.notice_number,
        subject.codice_fiscale,
        subject.name,
        f"{subject.street} {subject.civic}".strip(),
        subject.cap,
        subject.city,
        subject.province,
        subject.country,
        position.causale,
        str(position.year),
        f"{due_before(position):%d/%m/%Y}",
        format_euro(position.residual_cents),
        _days(noticed[:1]),
        _days(proof.reminded),
        " ".join(f"{act.perfected_on:%d/%m/%Y}" for act in candidate.served),
    ]


def _days(instants: Sequence[datetime]) -> str:
    return " ".join(f"{at.astimezone(ROME):%d/%m/%Y}" for at in instants)
