"""What the Node's older service of flows says, in SOAP or in SOAP with an attachment."""

import base64
from uuid import uuid4
from xml.sax.saxutils import escape

from pagopa.wire.soap import CONTENT_TYPE, SOAP_NS

NS = "http://ws.pagamenti.telematici.gov/"
LIST, FLOW = "nodoChiediElencoFlussiRendicontazione", "nodoChiediFlussoRendicontazione"


def with_flow(xml: bytes, *, mtom: bool) -> tuple[int, str, bytes]:
    """HTTP status, content type and body."""
    if not mtom:
        content = base64.b64encode(xml).decode()
        return (
            200,
            CONTENT_TYPE,
            answer(FLOW, f"<xmlRendicontazione>{content}</xmlRendicontazione>"),
        )
    boundary = f"pezzo-{uuid4().hex}"
    include = '<xop:Include xmlns:xop="http://www.w3.org/2004/08/xop/include" href="cid:flusso@simulatore"/>'
    root = answer(FLOW, f"<xmlRendicontazione>{include}</xmlRendicontazione>")
    kind = f'multipart/related; type="application/xop+xml"; start="<busta@simulatore>"; boundary="{boundary}"'
    parts = (
        ('application/xop+xml; charset=UTF-8; type="text/xml"', "busta@simulatore", root),
        ("application/octet-stream", "flusso@simulatore", xml),
    )
    body = b"".join(
        f"--{boundary}\r\nContent-Type: {of}\r\nContent-Transfer-Encoding: binary\r\n"
        f"Content-ID: <{name}>\r\n\r\n".encode()
        + content
        + b"\r\n"
        for of, name, content in parts
    )
    return 200, kind, body + f"--{boundary}--\r\n".encode()


def answer(operation: str, children: str) -> bytes:
    name = f"{operation}Risposta"
    return _envelope(f'<n:{name} xmlns:n="{NS}">{children}</n:{name}>')


def fault_bean(code: str, said: str) -> str:
    words = escape(said)
    return (
        f"<fault><faultCode>{escape(code)}</faultCode><faultString>{words}</faultString>"
        f"<id>NodoDeiPagamentiSPC</id><description>{words}</description></fault>"
    )


def soap_fault(words: str) -> bytes:
    return _envelope(
        "<soapenv:Fault><faultcode>soapenv:Client</faultcode>"
        f"<faultstring>{escape(words)}</faultstring></soapenv:Fault>"
    )


def _envelope(body: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<soapenv:Envelope xmlns:soapenv="{SOAP_NS}"><soapenv:Body>{body}'
        "</soapenv:Body></soapenv:Envelope>"
    ).encode()
