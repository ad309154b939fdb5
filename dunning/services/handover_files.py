"""Chapter 10 – hand-over, the other formats: a spreadsheet, a dossier for programs, the fixed-width *minuta di ruolo*.

Before: what goes, with its evidence.  After: files of the hand-over, each with its checksum. The same input gives the same
bytes.
"""

import io
import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from dunning.models import CreditRules
from dunning.rules.ruolo_290 import Article, Debtor, Minuta, write_290
from dunning.selectors.acts import due_before
from dunning.selectors.handover import Candidate
from dunning.selectors.handover_evidence import Evidence
from paybox.kernel.clock import ROME
from registry.models import Subject

_EPOCH = datetime(2000, 1, 1)  # noqa: DTZ001 - a spreadsheet's day of birth, fixed so that its bytes are


def xlsx_bytes(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """One sheet, every cell a text: nothing is read as a number or a formula."""
    import xlsxwriter

    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options) as book:
        book.set_properties({"created": _EPOCH})
        sheet = book.add_worksheet("Consegna")
        for line, cells in enumerate([header, *rows]):
            for column, cell in enumerate(cells):
                sheet.write_string(line, column, cell)
    return target.getvalue()


def dossier_bytes(
    going: Sequence[Candidate], evidence: dict[int, Evidence], left_out: Sequence[Candidate]
) -> bytes:
    """JSON: each credit with its parts and its evidence, and what stays out with its reason. Amounts in cents."""
    dossier = {
        "versione": 1,
        "crediti": [_credit(c, evidence.get(c.position.pk, Evidence())) for c in going],
        "totale_cents": sum(c.position.residual_cents for c in going),
        "esclusi": [{"riferimento": c.position.reference, "motivo": c.reason} for c in left_out],
    }
    return json.dumps(dossier, ensure_ascii=False, indent=1).encode()


def minuta_bytes(going: Sequence[Candidate], rules: CreditRules, *, on: date) -> bytes:
    """The *minuta di ruolo*: one debtor and one article a credit. Raises RuoloRefused."""
    minuta = Minuta(rules.ruolo_ente, rules.ruolo_comune, on)
    return write_290(minuta, [(_debtor(c), [_article(c, rules)]) for c in going])


def has_minuta(rules: CreditRules) -> bool:
    """Whether the codes that the collector gave the body are known."""
    return bool(rules.ruolo_ente and rules.ruolo_comune and rules.ruolo_tributo)


def _credit(candidate: Candidate, proof: Evidence) -> dict[str, Any]:
    position, subject = candidate.position, candidate.position.subject
    return {
        "riferimento": position.reference,
        "id": str(position.uuid),
        "codice_avviso": proof.notice_number,
        "causale": position.causale,
        "anno": position.year,
        "scadenza": due_before(position).isoformat(),
        "residuo_cents": position.residual_cents,
        "parti": position.details.get("righe", {}),
        "debitore": _subject(subject),
        "avvisi": [_instant(at) for at in proof.noticed or _noticed(candidate)],
        "solleciti": [_instant(at) for at in proof.reminded],
        "notifiche": [
            {
                "atto": act.kind,
                "spedito_il": act.sent_on and act.sent_on.isoformat(),
                "perfezionato_il": act.perfected_on.isoformat(),
                "prova": act.source,
                "riferimento": act.reference,
            }
            for act in candidate.served
        ],
    }


def _subject(subject: Subject) -> dict[str, str]:
    names = (
        "kind",
        "codice_fiscale",
        "name",
        "street",
        "civic",
        "cap",
        "city",
        "province",
        "country",
    )
    italian = ("natura", "codice_fiscale", "denominazione", "via", "civico", "cap", "comune", "provincia", "nazione")  # fmt: skip
    return {label: getattr(subject, name) for label, name in zip(italian, names, strict=True)}


def _noticed(candidate: Candidate) -> list[datetime]:
    return [candidate.position.noticed_at] if candidate.position.noticed_at else []


def _instant(at: datetime) -> str:
    return at.astimezone(ROME).isoformat()


def _debtor(candidate: Candidate) -> Debtor:
    subject = candidate.position.subject
    return Debtor(
        partita=str(candidate.position.pk),
        codice_fiscale=subject.codice_fiscale,
        name=subject.name,
        is_body=subject.kind == subject.Kind.BODY,
        street=subject.street,
        civic=subject.civic,
        cap=subject.cap,
        city=subject.city,
    )


def _article(candidate: Candidate, rules: CreditRules) -> Article:
    position = candidate.position
    return Article(position.year, rules.ruolo_tributo, position.residual_cents, position.causale)
