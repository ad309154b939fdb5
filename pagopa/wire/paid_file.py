"""A payment as an intermediary tells it: ``PagatiConRicevuta`` becomes the same typed value as the Node's own receipt.

Source: the intermediary's schema "Dovuti e Pagati" 6.2; elements are qualified there. Amounts are euro, read as decimals.
"""

from lxml import etree

from pagopa.wire.requests import Party, Receipt, ReceiptTransfer
from pagopa.wire.values import cents_of, date_of, instant_of
from paybox.kernel.xml import parse_xml

NS = "http://www.regione.veneto.it/schemas/2012/Pagamenti/Ente/"
_PAID = {"0", "2"}  # wholly, in part


class PaidFileRefused(ValueError):
    """The bytes are not a payment with its receipt."""


def read_paid(raw: bytes) -> Receipt:
    """What was paid on one notice; our own name of the debt (``iud``) is its notice number. Raises PaidFileRefused."""
    try:
        root = parse_xml(raw)
        if root.tag != f"{{{NS}}}PagatiConRicevuta":
            raise ValueError("non è un PagatiConRicevuta")
        return _receipt(root)
    except (ValueError, ArithmeticError) as error:
        raise PaidFileRefused(f"pagamento non leggibile: {error}") from error


def _receipt(root: etree._Element) -> Receipt:
    shares = root.findall(_path("datiPagamento/datiSingoloPagamento"))
    if not shares:
        raise ValueError("manca il singolo pagamento")
    first = shares[0]
    fiscal_code = _text(root, "dominio/identificativoDominio")
    bank, ente = "istitutoAttestante", "enteBeneficiario"
    return Receipt(
        receipt_id=_text(first, "identificativoUnivocoRiscossione"),
        notice_number=_text(first, "identificativoUnivocoDovuto"),
        fiscal_code=fiscal_code,
        outcome="OK" if _text(root, "datiPagamento/codiceEsitoPagamento") in _PAID else "KO",
        iuv=_text(root, "datiPagamento/identificativoUnivocoVersamento"),
        amount_cents=cents_of(_text(root, "datiPagamento/importoTotalePagato")),
        description=_text(first, "causaleVersamento"),
        company_name=_text(root, f"{ente}/denominazioneBeneficiario"),
        debtor=_debtor(root),
        transfers=tuple(_transfer(n, one, fiscal_code) for n, one in enumerate(shares, 1)),
        id_psp=_text(root, f"{bank}/identificativoUnivocoAttestante/codiceIdentificativoUnivoco"),
        psp_company_name=_text(root, f"{bank}/denominazioneAttestante"),
        id_channel="-",
        channel_description="intermediario",
        paid_at=instant_of(_text(root, "dataOraMessaggioRicevuta")),
        applied_on=date_of(_text(first, "dataEsitoSingoloPagamento")),
    )


def _transfer(place: int, share: etree._Element, fiscal_code: str) -> ReceiptTransfer:
    return ReceiptTransfer(
        id_transfer=place,
        amount_cents=cents_of(_text(share, "singoloImportoPagato")),
        fiscal_code=fiscal_code,
        remittance=_text(share, "causaleVersamento"),
        category=_text(share, "datiSpecificiRiscossione"),
    )


def _debtor(root: etree._Element) -> Party:
    who = "soggettoPagatore"
    kind = _text(root, f"{who}/identificativoUnivocoPagatore/tipoIdentificativoUnivoco")
    return Party(
        kind="G" if kind == "G" else "F",
        code=_text(root, f"{who}/identificativoUnivocoPagatore/codiceIdentificativoUnivoco"),
        full_name=_text(root, f"{who}/anagraficaPagatore"),
    )


def _text(parent: etree._Element, path: str) -> str:
    found = (parent.findtext(_path(path)) or "").strip()
    if not found:
        raise ValueError(f"manca {path}")
    return found


def _path(path: str) -> str:
    return "/".join(f"{{{NS}}}{step}" for step in path.split("/"))
