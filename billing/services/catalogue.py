"""What a new body starts with: its first *tipi di dovuto*, to be changed or added to without code."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from billing.models import Service
from paybox.kernel.actor import Actor
from paybox.kernel.audit import record_audit
from paybox.kernel.locking import lock_name, lock_row
from paybox.kernel.problems import Refused

_CODE = re.compile(r"[A-Z][A-Z0-9_]{1,19}")

_FORM_OCCUPATION = [
    {"name": "luogo", "label": "Luogo dell'occupazione", "type": "text", "required": True},
    {"name": "giorno", "label": "Giorno dell'occupazione", "type": "date", "required": True},
    {"name": "metri", "label": "Metri quadrati", "type": "number", "required": True},
]
_FORM_PRACTICE = [
    {"name": "pratica", "label": "Oggetto o numero della pratica", "type": "text", "required": True}
]

_STARTING: dict[str, list[dict[str, Any]]] = {
    "COMUNE": [
        {
            "code": "TARI",
            "name": "TARI – tassa sui rifiuti",
            "taxonomy": "9/0101101IM/",
            "causale": "TARI",
            "sector": "Ufficio Tributi",
            "accounting_code": "E.1.01.01.51.001",
        },
        {
            "code": "OCCUPAZIONE",
            "name": "Occupazione temporanea di suolo pubblico",
            "taxonomy": "9/0101108TS/",
            "causale": "Occupazione suolo pubblico",
            "sector": "Ufficio Tributi",
            "accounting_code": "E.3.01.03.01.002",
            "allows_spontaneous": True,
            "form_fields": _FORM_OCCUPATION,
            "due_after_days": 10,
        },
        {
            "code": "DIRITTI",
            "name": "Diritti di segreteria",
            "taxonomy": "9/0101200TS/",
            "causale": "Diritti di segreteria",
            "sector": "Sportello unico",
            "accounting_code": "E.3.01.02.01.032",
            "allows_spontaneous": True,
            "form_fields": _FORM_PRACTICE,
            "due_after_days": 10,
        },
    ],
    "ORDINE": [
        {
            "code": "QUOTA",
            "name": "Quota annuale di iscrizione all'albo",
            "taxonomy": "9/1501100TS/",
            "causale": "Quota albo",
            "sector": "Segreteria dell'Ordine",
            "accounting_code": "E.1.01.001",
        },
        {
            "code": "DIRITTI",
            "name": "Diritti di segreteria e certificati",
            "taxonomy": "9/1501101TS/",
            "causale": "Diritti di segreteria",
            "sector": "Segreteria dell'Ordine",
            "accounting_code": "E.1.02.001",
            "allows_spontaneous": True,
            "form_fields": _FORM_PRACTICE,
            "due_after_days": 10,
        },
    ],
    "ALTRO": [
        {
            "code": "GENERICO",
            "name": "Entrate diverse",
            "taxonomy": "9/0101100AP/",
            "causale": "Entrate diverse",
            "allows_spontaneous": True,
            "form_fields": _FORM_PRACTICE,
        },
    ],
}


class ServiceRefused(Refused):
    """The *tipo di dovuto* cannot be opened as given; nothing was written."""


@transaction.atomic
def change_service(
    *, service_id: int, changes: Mapping[str, Any], actor: Actor, at: datetime
) -> Service:
    """Write some fields of a service, already validated. What is open keeps what it was opened with."""
    service = lock_row(Service, service_id)
    for name, value in changes.items():
        setattr(service, name, value)
    service.save(update_fields=list(changes))
    record_audit(
        action="billing.service.changed", actor=actor, at=at, subject=f"service:{service.code}",
        fields=sorted(changes),
    )  # fmt: skip
    return service


@transaction.atomic
def open_service(
    *, code: str, name: str, causale: str, taxonomy: str, sector: str, actor: Actor, at: datetime
) -> Service:
    """One more *tipo di dovuto*; the code stays for ever. Raises ServiceRefused."""
    if not _CODE.fullmatch(code):
        raise ServiceRefused("Il codice ha da 2 a 20 lettere maiuscole, cifre o trattini bassi")
    lock_name("billing.catalogue")
    if Service.objects.filter(code=code).exists():
        raise ServiceRefused(f"C'è già un tipo di dovuto con il codice {code}")
    opened = Service.objects.create(
        code=code, name=name, causale=causale, taxonomy=taxonomy, sector=sector
    )
    record_audit(
        action="billing.service.opened", actor=actor, at=at, subject=f"service:{code}",
        taxonomy=taxonomy,
    )  # fmt: skip
    return opened


def open_catalogue(*, kind: str) -> list[Service]:
    """Create the starting services that the current Ente does not have yet; those it has are left alone."""
    starting = _STARTING[kind]
    return [Service.objects.get_or_create(code=s["code"], defaults=s)[0] for s in starting]
