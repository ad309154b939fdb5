"""Chapter 1, spontaneous – a citizen fills a public form and gets a notice number on the spot.

Before: the portal.  After: positions, publication, checkout.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from secrets import choice
from typing import Any

from django.db import transaction

from billing.models import Position, Service
from billing.rules.stamps import StampedDocument
from billing.selectors.shares import STAMPS
from billing.services.form_answers import FormRefused, read_answers
from billing.services.positions import NewInstalment, NewPosition, PositionRefused, open_position
from paybox.kernel.actor import Actor
from paybox.kernel.problems import Refused
from registry.models import Subject
from registry.rules.codice_fiscale import CodiceFiscaleRefused, check_codice_fiscale
from registry.rules.contacts import ContactRefused, read_email, read_mobile, read_pec
from registry.rules.names import NameRefused, read_name, sort_key
from registry.services.subjects import SubjectData, ensure_subject

MAX_SPONTANEOUS_CENTS = 99_999_999  # 999.999,99 €: what the avviso can print
MAX_CAUSALE = 140
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that is read for something else
# A codice fiscale, an e-mail address, a mobile number: they never travel in a causale.
_PERSONAL = re.compile(
    r"\b[A-Z]{6}[0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z]\b"
    r"|\S+@\S+"
    r"|(?:\+39|\b0039)?[ .]?\b3[0-9]{2}[ ./-]?[0-9]{6,7}\b",
    re.IGNORECASE,
)


@transaction.atomic
def open_spontaneous(
    *,
    service: Service,
    payer: SubjectData,
    amount_cents: int | None,
    answers: Mapping[str, Any],
    segregation: str,
    actor: Actor,
    at: datetime,
    today: date,
    reference: str = "",
    document: StampedDocument | None = None,
) -> Position:
    """Open the credit that a citizen declares, due ``service.due_after_days`` from ``today``.

    ``reference``, from ``new_reference``, makes the opening happen once: a second one with the same
    is refused, by PositionRefused or by the database.
    ``amount_cents`` counts only where the service has no fixed amount; the price of the marca da bollo, where the
    service wants one for the ``document``, is added to it. Raises PositionRefused when
    the service takes no spontaneous payments, FormRefused with a message for each wrong field: the
    names of ``SubjectData`` for the payer's, ``amount_cents``, ``document``, and the service's own fields.
    """
    if not (service.is_active and service.allows_spontaneous):
        raise PositionRefused("Questo servizio non accetta pagamenti spontanei")
    checked, problems = _check_payer(payer)
    kept, wrong = read_answers(service.form_fields, answers)
    cents = service.fixed_amount_cents or amount_cents or 0
    problems |= wrong | _check_amount(cents) | _check_document(service, document)
    if problems:
        raise FormRefused(problems)
    subject_id = ensure_subject(data=checked, source="modulo", at=at)
    return open_position(
        service=service,
        subject=Subject.objects.get(pk=subject_id),
        new=_new_position(
            service, checked, kept, cents, today, reference or new_reference(), document
        ),
        segregation=segregation,
        actor=actor,
        at=at,
    )


def new_reference() -> str:
    """A reference for a spontaneous credit that nobody can guess."""
    return "SP-" + "".join(choice(_ALPHABET) for _ in range(10))


def _new_position(
    service: Service,
    payer: SubjectData,
    answers: dict[str, str],
    cents: int,
    today: date,
    reference: str,
    document: StampedDocument | None,
) -> NewPosition:
    due_on = today + timedelta(days=service.due_after_days)
    stamp = service.stamp_cents or 0
    stamps = {STAMPS: [document.kept(stamp)]} if document and stamp else {}
    return NewPosition(
        reference=reference,
        causale=_causale(service, payer, answers),
        year=today.year,
        instalments=(NewInstalment(0, due_on, cents + stamp),),
        origin=Position.Origin.FORM,
        details={"answers": answers, "payer_name": payer.name, **stamps},
    )


def _causale(service: Service, payer: SubjectData, answers: dict[str, str]) -> str:
    """The service's words and the first answer in words, without what says who the payer is."""
    texts = [
        f["name"]
        for f in service.form_fields
        if f.get("type", "text") == "text" and f["name"] in answers
    ]
    main = _impersonal(answers[texts[0]], payer) if texts else ""
    return f"{service.causale} - {main}"[:MAX_CAUSALE].rstrip() if main else service.causale


def _impersonal(text: str, payer: SubjectData) -> str:
    names = (
        {word.upper() for word in payer.name.split() if len(word) > 2}
        if payer.kind == "F"
        else set()
    )
    words = _PERSONAL.sub(" ", text).split()
    return " ".join(word for word in words if word.strip(".,;:()").upper() not in names).strip(
        " ,;:-"
    )


def _check_amount(cents: int) -> dict[str, str]:
    if 0 < cents <= MAX_SPONTANEOUS_CENTS:
        return {}
    return {"amount_cents": "L'importo deve essere maggiore di zero e al massimo 999.999,99 €."}


def _check_document(service: Service, document: StampedDocument | None) -> dict[str, str]:
    if document is None and service.stamp_cents:
        return {"document": "Allegare il documento su cui va la marca da bollo."}
    return {}


def _check_payer(payer: SubjectData) -> tuple[SubjectData, dict[str, str]]:
    """The payer with every field normalised, and what is wrong by name of the field."""
    problems: dict[str, str] = {}
    fields: dict[str, str] = {}
    readers = {
        "name": (read_name, NameRefused),
        "codice_fiscale": (lambda text: check_codice_fiscale(text).value, CodiceFiscaleRefused),
        "email": (read_email, ContactRefused),
        "pec": (read_pec, ContactRefused),
        "mobile": (read_mobile, ContactRefused),
    }
    for name, (read, refusal_type) in readers.items():
        typed = getattr(payer, name)
        if not typed.strip() and name in ("email", "pec", "mobile"):
            continue
        try:
            fields[name] = read(typed)
        except refusal_type as refusal:
            problems[name] = _sentence(refusal, name, typed)
    if "codice_fiscale" in fields:
        fields["kind"] = check_codice_fiscale(fields["codice_fiscale"]).kind
    shown = fields.get("name", "")
    if len(shown) > 70:
        problems["name"] = "Il nome è troppo lungo: al massimo 70 caratteri."
    return replace(payer, **fields, sort_key=sort_key(shown)), problems


def _sentence(refusal: Refused, name: str, typed: str) -> str:
    if not typed.strip():
        return {
            "codice_fiscale": "Scrivere il codice fiscale.",
            "name": "Scrivere nome e cognome.",
        }[name]
    words = str(refusal)
    return f"{words[0].upper()}{words[1:]}."
