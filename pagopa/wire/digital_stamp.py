"""The marca da bollo that a PSP sells with a payment: a small signed document, read from a receipt and written by the simulator.

It says by whom, when and for which document it was sold; whose imprint it bears is its one use. The seller's signature
is kept as it came and not verified here: that is for whoever relies on the stamp. Source: MarcaDaBollo.xsd (2014).
"""

from dataclasses import dataclass
from datetime import datetime
from xml.sax.saxutils import escape

from lxml import etree

from pagopa.wire.values import cents_of
from paybox.kernel.money import to_decimal_string
from paybox.kernel.xml import XmlRefused, parse_xml

_NS = "http://www.agenziaentrate.gov.it/2014/MarcaDaBollo"
_DS = "http://www.w3.org/2000/09/xmldsig#"
_SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"


class StampUnreadable(ValueError):
    """What the receipt carries is no marca da bollo."""


@dataclass(frozen=True, slots=True)
class DigitalStamp:
    """``iubd`` is its own number; ``imprint`` base64 of the SHA-256 of the document it is for; cents."""

    iubd: str
    seller: str
    seller_code: str
    bought_at: datetime
    amount_cents: int
    imprint: str


def read_digital_stamp(raw: bytes) -> DigitalStamp:
    """Raises StampUnreadable."""
    try:
        root = parse_xml(raw)
        return DigitalStamp(
            iubd=_text(root, "IUBD"),
            seller=_text(root, "PSP", "Denominazione"),
            seller_code=_text(root, "PSP", "CodiceFiscale"),
            bought_at=datetime.fromisoformat(_text(root, "OraAcquisto")),
            amount_cents=cents_of(_text(root, "Importo")),
            imprint=_text(root, "ImprontaDocumento", "DigestValue"),
        )
    except (XmlRefused, ValueError) as wrong:
        raise StampUnreadable("la marca da bollo non si può leggere") from wrong


def write_digital_stamp(stamp: DigitalStamp, *, signature: str) -> bytes:
    """``signature`` is base64: the simulator's is worth nothing."""
    return (
        f'<marcaDaBollo xmlns="{_NS}" xmlns:ds="{_DS}">'
        f"<PSP><CodiceFiscale>{escape(stamp.seller_code)}</CodiceFiscale>"
        f"<Denominazione>{escape(stamp.seller)}</Denominazione></PSP>"
        f"<IUBD>{escape(stamp.iubd)}</IUBD><OraAcquisto>{stamp.bought_at.isoformat()}</OraAcquisto>"
        f"<Importo>{to_decimal_string(stamp.amount_cents)}</Importo><TipoBollo>01</TipoBollo>"
        f'<ImprontaDocumento><DigestMethod Algorithm="{_SHA256}"/>'
        f"<ds:DigestValue>{stamp.imprint}</ds:DigestValue></ImprontaDocumento>"
        "<ds:Signature><ds:SignedInfo>"
        '<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>'
        '<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>'
        f'<ds:Reference URI=""><ds:DigestMethod Algorithm="{_SHA256}"/>'
        f"<ds:DigestValue>{stamp.imprint}</ds:DigestValue></ds:Reference></ds:SignedInfo>"
        f"<ds:SignatureValue>{signature}</ds:SignatureValue></ds:Signature></marcaDaBollo>"
    ).encode()


def _text(root: etree._Element, *names: str) -> str:
    """Raises ValueError when it is not there: none of them may be missing."""
    found = (root.findtext("/".join(f"{{*}}{name}" for name in names)) or "").strip()
    if not found:
        raise ValueError(f"manca {names[-1]}")
    return found
