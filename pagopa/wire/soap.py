"""The SOAP 1.1 envelope around every message of paForNode: opened and closed by hand.

Only the message's root is in a namespace; its children have none (elementFormDefault unqualified).
"""

from lxml import etree

from paybox.kernel.xml import XmlRefused, parse_xml

SOAP_NS = "http://schemas.xmlsoap.org/soap/envelope/"
PA_NS = "http://pagopa-api.pagopa.gov.it/pa/paForNode.xsd"
CONTENT_TYPE = "text/xml; charset=utf-8"

_ENVELOPE = f"{{{SOAP_NS}}}Envelope"
_BODY = f"{{{SOAP_NS}}}Body"
_OPEN = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    f'<soapenv:Envelope xmlns:soapenv="{SOAP_NS}" xmlns:pafn="{PA_NS}"><soapenv:Body>'
)
_CLOSE = "</soapenv:Body></soapenv:Envelope>"


class EnvelopeRefused(ValueError):
    """The bytes are not one SOAP 1.1 envelope with one message; the Italian message says why."""


def wrap(root: str, children: str) -> bytes:
    """Put already escaped ``children`` under ``pafn:root`` in an envelope, UTF-8."""
    return f"{_OPEN}<pafn:{root}>{children}</pafn:{root}>{_CLOSE}".encode()


def open_envelope(raw: bytes) -> etree._Element:
    """The message element inside the envelope. Raises EnvelopeRefused (DTD, size, depth too)."""
    try:
        root = parse_xml(raw)
    except XmlRefused as refusal:
        raise EnvelopeRefused(str(refusal)) from refusal
    if root.tag != _ENVELOPE:
        raise EnvelopeRefused("il messaggio non è una busta SOAP 1.1")
    body = root.find(_BODY)
    if body is None or len(body) != 1:
        raise EnvelopeRefused("la busta SOAP non contiene un solo messaggio")
    return body[0]
