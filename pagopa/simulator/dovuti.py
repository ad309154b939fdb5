"""What reaches the intermediary: the envelope opened, the Versamento inside it read."""

import base64
import binascii
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from lxml import etree

from pagopa.wire.soap import SOAP_NS
from pagopa.wire.values import cents_of
from paybox.kernel.xml import XmlRefused, parse_xml

ENTE_NS = "http://www.regione.veneto.it/pagamenti/ente/"
HEAD_NS = "http://www.regione.veneto.it/pagamenti/ente/ppthead"
DOVUTI_NS = "http://www.regione.veneto.it/schemas/2012/Pagamenti/Ente/"


_OTHER_BODY = (
    "codiceFiscaleBeneficiario",
    "denominazioneBeneficiario",
    "ibanAccreditoBeneficiario",
    "datiSpecificiRiscossione",
    "importoSingoloVersamento",
)


class DovutoRefused(Exception):
    """A typed refusal of the service, with the codes intermediaries use."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code


class NotSoap(ValueError):
    """Not even a call of the service: answered with a SOAP fault."""


@dataclass(frozen=True, slots=True)
class Dovuto:
    """One debt as sent. ``content`` is all but the action, to tell repetition from change."""

    ente_code: str
    iud: str
    iuv: str
    amount_cents: int
    action: str
    content: str


@cache
def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(Path(__file__).with_name("versamento.xsd"))))


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the service: who asks, what, and the fields of the message by name."""

    operation: str
    ente_code: str
    fields: dict[str, str]
    message: etree._Element

    def document(self) -> bytes:
        """The ``dovuto`` inside. Raises DovutoRefused."""
        return _bytes_of(self.fields.get("dovuto", ""))

    def other_bodies(self) -> list[bytes]:
        """What belongs to other bodies, one document each. Raises DovutoRefused."""
        path = "listaDovutiEntiSecondari/elementoListaDovutiEntiSecondari/dovutiEntiSecondari"
        return [_bytes_of(node.text or "") for node in self.message.findall(path)]


def read_call(raw: bytes) -> Call:
    """Raises NotSoap or DovutoRefused."""
    try:
        envelope = parse_xml(raw)
    except XmlRefused as refusal:
        raise NotSoap(str(refusal)) from refusal
    body = envelope.find(f"{{{SOAP_NS}}}Body")
    if body is None or not len(body) or etree.QName(body[0]).namespace != ENTE_NS:
        raise NotSoap("operazione sconosciuta")
    fields = {str(node.tag): (node.text or "").strip() for node in body[0]}
    path = f"{{{SOAP_NS}}}Header/{{{HEAD_NS}}}intestazionePPT/codIpaEnte"
    ente_code = fields.get("codIpaEnte") or (envelope.findtext(path) or "").strip()
    if not ente_code:
        raise DovutoRefused("PAA_ENTE_NON_VALIDO", "codIpaEnte assente")
    return Call(etree.QName(body[0]).localname, ente_code, fields, body[0])


def _bytes_of(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except binascii.Error as error:
        raise DovutoRefused("PAA_XML_NON_VALIDO", "dovuto non è base64") from error


def read_dovuto(ente_code: str, document: bytes) -> Dovuto:
    """Raises DovutoRefused on anything the intermediary would not load."""
    try:
        root = parse_xml(document)
    except XmlRefused as refusal:
        raise DovutoRefused("PAA_XML_NON_VALIDO", str(refusal)) from refusal
    if not _schema().validate(root):
        raise DovutoRefused("PAA_XML_NON_VALIDO", "Versamento non conforme allo schema")
    data = root.find(_tag("datiVersamento"))
    if data is None:
        raise DovutoRefused("PAA_XML_NON_VALIDO", "datiVersamento assente")
    dovuto = Dovuto(
        ente_code=ente_code,
        iud=data.findtext(_tag("identificativoUnivocoDovuto")) or "",
        iuv=data.findtext(_tag("identificativoUnivocoVersamento")) or "",
        amount_cents=cents_of(data.findtext(_tag("importoSingoloVersamento")) or ""),
        action=root.findtext(_tag("azione")) or "",
        content=_content(root),
    )
    check_dovuto(dovuto)
    return dovuto


def with_other_bodies(dovuto: Dovuto, call: Call) -> Dovuto:
    """What belongs to another body is added to the Ente's own part. Raises DovutoRefused."""
    documents = call.other_bodies()
    if len(documents) > 1:
        raise DovutoRefused(
            "PAA_LIMITE_MASSIMO_DOVUTI_MULTIBENEFICIARI", "Un solo ente secondario ammesso"
        )
    for document in documents:
        data = parse_xml(document).find(_tag("datiVersamentoEntiSecondari"))
        missing = [n for n in _OTHER_BODY if data is None or not data.findtext(_tag(n))]
        if data is None or missing:
            raise DovutoRefused("PAA_ENTE_SECONDARIO_NON_VALIDO", f"manca {missing[0]}")
        cents = cents_of(data.findtext(_tag("importoSingoloVersamento")) or "")
        dovuto = replace(
            dovuto,
            amount_cents=dovuto.amount_cents + cents,
            content=f"{dovuto.content}|{_content(data)}",
        )
    return dovuto


def _content(root: etree._Element) -> str:
    return "|".join(
        f"{etree.QName(node).localname}={node.text.strip()}"
        for node in root.iter()
        if node.text and node.text.strip() and node.tag != _tag("azione")
    )


def check_dovuto(dovuto: Dovuto) -> None:
    """Raises DovutoRefused."""
    if dovuto.action not in {"I", "M", "A"}:
        raise DovutoRefused("PAA_AZIONE_NON_VALIDA", f"azione «{dovuto.action}» non ammessa")
    if not dovuto.iud or dovuto.iud.startswith("000"):
        raise DovutoRefused("PAA_IUD_NON_VALIDO", "identificativoUnivocoDovuto non valido")
    if not _good_iuv(dovuto.iuv):
        raise DovutoRefused("PAA_IUV_NON_VALIDO", "identificativoUnivocoVersamento non valido")


def _good_iuv(iuv: str) -> bool:
    """17 digits, the last two the control of aux digit 3 (SACI)."""
    if len(iuv) != 17 or not (iuv.isascii() and iuv.isdigit()):
        return False
    return int("3" + iuv[:15]) % 93 == int(iuv[15:])


def _tag(name: str) -> str:
    return f"{{{DOVUTI_NS}}}{name}"
