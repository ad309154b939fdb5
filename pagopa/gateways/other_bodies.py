"""What of a notice belongs to another body, as the intermediary's ``DovutiEntiSecondari``.

Source: the intermediary's schema "Dovuti e Pagati" 6.2. It takes one other body beside the Ente and no stamp; the
amount in ``Versamento`` is then the Ente's own part, to which this one is added.
"""

from lxml import etree

from pagopa.gateways.protocol import NoticeToPublish, TransferToPublish
from pagopa.gateways.versamento import NS, VERSION, add_text, framed
from paybox.kernel.money import to_decimal_string

TOO_MANY = "PAA_LIMITE_MASSIMO_DOVUTI_MULTIBENEFICIARI"
TOO_MANY_WORDS = (
    "l'intermediario ammette un solo altro beneficiario e nessuna marca da bollo: "
    "per questo tipo di dovuto scegliere un'altra via verso pagoPA"
)


class TooManyBodies(ValueError):
    """The intermediary has no words for how this notice is divided."""


def own_and_other(
    notice: NoticeToPublish, ente_codice_fiscale: str
) -> tuple[int, TransferToPublish | None]:
    """The cents that are the Ente's own, and the one other part there may be. Raises TooManyBodies."""
    if not notice.transfers:
        return notice.amount_cents, None
    own = [one for one in notice.transfers if one.fiscal_code == ente_codice_fiscale]
    others = [one for one in notice.transfers if one.fiscal_code != ente_codice_fiscale]
    if len(own) != 1 or len(others) > 1 or any(one.stamp_hash for one in notice.transfers):
        raise TooManyBodies(TOO_MANY_WORDS)
    return own[0].amount_cents, others[0] if others else None


def build_other_body(part: TransferToPublish, causale: str) -> bytes:
    """The document, UTF-8."""
    root = etree.Element(f"{{{NS}}}DovutiEntiSecondari", nsmap={None: NS})
    add_text(root, "versioneOggetto", VERSION, 16)
    data = etree.SubElement(root, f"{{{NS}}}datiVersamentoEntiSecondari")
    add_text(data, "codiceFiscaleBeneficiario", part.fiscal_code, 35)
    add_text(data, "denominazioneBeneficiario", part.name, 35, instead="-")
    add_text(data, "ibanAccreditoBeneficiario", part.iban, 35)
    add_text(data, "causaleVersamento", causale, 1024)
    add_text(data, "datiSpecificiRiscossione", framed(part.taxonomy), 140)
    add_text(data, "importoSingoloVersamento", to_decimal_string(part.amount_cents), 12)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
