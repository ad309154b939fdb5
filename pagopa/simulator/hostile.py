"""Messages that no honest Node would send, and what an Ente may answer to them."""

import re
from dataclasses import dataclass

import httpx

from pagopa.simulator.world import Station
from pagopa.wire.asking import write_request
from pagopa.wire.requests import VerifyRequest

_UNKNOWN_ENTE = "80000000009"
_ENTITY = (
    b'<!DOCTYPE v [<!ENTITY interna "80012345678"><!ENTITY esterna SYSTEM "file:///etc/hostname">]>'
)
_WRONG = b'"http://pagopa-api.pagopa.gov.it/pa/paForNode.xsd"'
_SHOWN = 300


@dataclass(frozen=True, slots=True)
class Hostile:
    """``body``: the whole envelope."""

    what: str
    body: bytes


def hostile_messages(station: Station, notice_number: str) -> list[Hostile]:
    """Verify requests of that notice, each wrong in one way."""
    fiscal_code = station.fiscal_code
    good = _verify(station, fiscal_code, fiscal_code, notice_number)
    declared = re.sub(rb"^(<\?xml[^>]*\?>)?", rb"\g<0>" + _ENTITY, good, count=1)
    expanded = declared.replace(b"<noticeNumber>", b"<noticeNumber>&esterna;", 1)
    qualified = good.replace(
        b":paVerifyPaymentNoticeReq>", b":paVerifyPaymentNoticeReq xmlns=" + _WRONG + b">", 1
    )
    stranger = _verify(station, _UNKNOWN_ENTE, _UNKNOWN_ENTE, notice_number)
    mixed = _verify(station, fiscal_code, _UNKNOWN_ENTE, notice_number)
    return [
        Hostile("dichiarazione di tipo (DTD)", declared),
        Hostile("entità esterna", expanded),
        Hostile("figli nel namespace sbagliato", qualified),
        Hostile("codice fiscale di un Ente sconosciuto", stranger),
        Hostile("codice fiscale dell'avviso diverso dall'Ente", mixed),
        Hostile("XML interrotto", good[: len(good) // 2]),
    ]


def is_refusal(answer: httpx.Response) -> bool:
    """A KO, or an HTTP error: never an OK."""
    return b"<outcome>OK</outcome>" not in answer.content


def show(answer: httpx.Response) -> dict[str, object]:
    """The status and the code of the fault, or the beginning of what was answered."""
    found = re.search(r"<faultCode>([A-Z_]+)</faultCode>", answer.text)
    return {
        "http_status": answer.status_code,
        "fault": found.group(1) if found else "",
        "bytes": len(answer.content),
        "answer": "" if found else answer.text[:_SHOWN],
    }


def _verify(station: Station, id_pa: str, fiscal_code: str, notice_number: str) -> bytes:
    return write_request(
        VerifyRequest(id_pa, station.broker, station.station, fiscal_code, notice_number)
    )
