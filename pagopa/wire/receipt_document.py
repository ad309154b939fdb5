"""A receipt kept as the Node's own message: in its envelope, without it, or as the text inside another element.

Source: SANP, paSendRT and paSendRTV2; the archives of pagoPA keep what the Node has sent, each wrapped in its way.
"""

from lxml import etree

from pagopa.wire.reading import WireRefused, read_request
from pagopa.wire.receipt_json import ReceiptAnswerRefused
from pagopa.wire.requests import Receipt, SendRtRequest
from pagopa.wire.soap import SOAP_NS
from paybox.kernel.xml import XmlRefused, parse_xml

_ENVELOPE = f"{{{SOAP_NS}}}Envelope"
_BODY = f"{{{SOAP_NS}}}Body"


def read_receipt_document(raw: bytes) -> Receipt:
    """Raises ReceiptAnswerRefused."""
    try:
        asked = read_request(_in_envelope(parse_xml(raw)))
    except (XmlRefused, WireRefused) as refusal:
        raise ReceiptAnswerRefused(f"ricevuta non leggibile: {refusal}") from refusal
    if not isinstance(asked, SendRtRequest):
        raise ReceiptAnswerRefused("il documento non è una ricevuta")
    return asked.receipt


def _in_envelope(root: etree._Element) -> bytes:
    """Whatever it was wrapped in. Raises XmlRefused."""
    if not len(root) and (root.text or "").lstrip().startswith("<"):
        return _in_envelope(parse_xml((root.text or "").strip().encode()))
    if root.tag != _ENVELOPE:
        envelope = etree.Element(_ENVELOPE)
        etree.SubElement(envelope, _BODY).append(root)
        root = envelope
    return etree.tostring(root)
