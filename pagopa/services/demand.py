"""Chapter 1, at a PSP – somebody asks to pay without a notice: a credit is opened on the spot and gets its number.

Before: pagopa/inbound.  After: verify and activation, as for any notice. A service is offered there when it says so and
has an ``idServizio`` of the catalogue; it also says how the catalogue's XML calls our fields. Asked twice with the same
data, the notice still to be paid is given again. Source: SANP, paDemandPaymentNotice.
"""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction
from lxml import etree

from billing.models import Instalment, Position, Service
from billing.services.spontaneous import open_spontaneous
from billing.states import InstalmentState
from paybox.kernel.actor import PAGOPA
from paybox.kernel.inbox import store_raw
from paybox.kernel.money import parse_cents
from paybox.kernel.problems import Refused
from paybox.kernel.xml import XmlRefused, parse_xml
from registry.services.subjects import SubjectData

# Our field by the name it has in the catalogue's XML, where the service does not say otherwise.
_USUAL = {"codiceFiscale": "codice_fiscale", "importo": "importo", "denominazione": "denominazione"}


class DemandRefused(Refused):
    """Nothing can be opened for what was asked; nothing was written."""


@transaction.atomic
def take_demand(
    *, service_id: str, data: bytes, raw: bytes, segregation: str, at: datetime, today: date
) -> Instalment:
    """The notice to pay, with its position and service. Raises DemandRefused, FormRefused or other refusals.

    ``data``: XML whose leaves are codice fiscale, denominazione, importo (euro) and the service's own fields.
    """
    service = _service(service_id)
    values = _values(data, {**_USUAL, **service.demand_names})
    store_raw(kind="pagopa.paDemandPaymentNotice", body=raw, at=at)
    stem = "PSP-" + hashlib.sha256(data).hexdigest()[:16]
    asked = Position.objects.filter(service=service, reference__startswith=stem)
    waiting = Instalment.objects.filter(position__in=asked, state=InstalmentState.PAYABLE)
    if found := waiting.select_related("position__service").first():
        return found
    position = open_spontaneous(
        service=service,
        payer=SubjectData(
            "F", values.pop("codice_fiscale", ""), values.pop("denominazione", ""), ""
        ),
        amount_cents=parse_cents(values.pop("importo", "0")),
        answers=values,
        segregation=segregation,
        actor=PAGOPA,
        at=at,
        today=today,
        reference=f"{stem}-{asked.count() + 1}",
    )
    return Instalment.objects.select_related("position__service").get(position=position)


def _service(service_id: str) -> Service:
    offered = Service.objects.filter(is_active=True, allows_spontaneous=True, allows_demand=True)
    service = offered.filter(demand_code=service_id).first() if service_id else None
    if service is None:
        raise DemandRefused("L'Ente non offre questo servizio presso i PSP")
    return service


def _values(data: bytes, ours: Mapping[str, str]) -> dict[str, str]:
    """The text of each leaf, by the name of our field; a leaf of no known name keeps its own."""
    try:
        root = parse_xml(data)
    except XmlRefused as refusal:
        raise DemandRefused(f"Dati del servizio: {refusal}") from refusal
    leaves = [node for node in root.iter("*") if not len(node)]
    named = ((etree.QName(node).localname, node.text or "") for node in leaves)
    return {ours.get(name, name): text.strip() for name, text in named}
