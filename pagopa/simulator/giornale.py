"""The OPI giornale di cassa of the treasurer's lines, of the official form; whoever would sign it is not here.

Source: OPI_GIORNALE_DI_CASSA 1.8. The signature has its form and no value: the ministry's hub would refuse it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from xml.sax.saxutils import escape

from paybox.kernel.money import to_decimal_string

EXECUTED, REGULARISED, REVERSED = "ESEGUITO", "REGOLARIZZATO", "STORNATO"
_SIGNATURE = (
    '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo>'
    '<ds:CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/>'
    '<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><ds:Reference URI="">'
    '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>AA==</ds:DigestValue>'
    "</ds:Reference></ds:SignedInfo><ds:SignatureValue>AA==</ds:SignatureValue></ds:Signature>"
)


@dataclass(frozen=True, slots=True)
class Credit:
    """What the treasurer does to one provvisorio d'entrata; ``number`` of the provvisorio is unique in the year."""

    number: int
    amount_cents: int
    on: date
    causale: str
    operation: str = EXECUTED


def write_giornale(
    credits: Sequence[Credit], *, fiscal_code: str, psp_name: str, made_at: datetime, year: int
) -> str:
    """One page; every line of one account."""
    rows = "".join(_movement(step, one, psp_name) for step, one in enumerate(credits, start=1))
    return (
        '<?xml version="1.0" encoding="UTF-8"?><flusso_giornale_di_cassa>'
        f"{_heading(fiscal_code, made_at)}"
        f"{_tag('identificativo_flusso_BT', f'GDC-{made_at:%Y%m%d}0000000001#001#001')}"
        f"<pagina>1</pagina><pagine_totali>1</pagine_totali>{_tag('esercizio', str(year))}"
        f"{_tag('data_riferimento_GdC', made_at.date().isoformat())}<informazioni_conto_evidenza>"
        f"<conto_evidenza>0000100</conto_evidenza>{rows}{_balances(credits)}"
        f"</informazioni_conto_evidenza>{_SIGNATURE}</flusso_giornale_di_cassa>"
    )


def _heading(fiscal_code: str, made_at: datetime) -> str:
    stamp = made_at.replace(microsecond=0).isoformat()
    return (
        "<testata_messaggio><codice_ABI_BT>05034</codice_ABI_BT>"
        f"{_tag('data_ora_creazione_flusso', stamp)}<codice_ente>UFPROV</codice_ente>"
        "<descrizione_ente>Ente di Esempio</descrizione_ente><codice_istat_ente>000000001</codice_istat_ente>"
        f"{_tag('codice_fiscale_ente', fiscal_code)}<codice_tramite_ente>A2A-00000001</codice_tramite_ente>"
        "<codice_tramite_BT>A2A-00000002</codice_tramite_BT><codice_ente_BT>0000001</codice_ente_BT>"
        "</testata_messaggio>"
    )


def _movement(step: int, credit: Credit, psp_name: str) -> str:
    day = credit.on.isoformat()
    return (
        f"<movimento_conto_evidenza><identificativo_flusso>PROVVISORI</identificativo_flusso>"
        f"{_tag('numero_movimento', str(step))}<tipo_movimento>ENTRATA</tipo_movimento>"
        f"<tipo_documento>SOSPESO ENTRATA</tipo_documento>{_tag('tipo_operazione', credit.operation)}"
        f"{_tag('numero_documento', str(credit.number))}<progressivo_documento>1</progressivo_documento>"
        f"{_tag('importo', to_decimal_string(credit.amount_cents))}{_tag('data_movimento', day)}"
        f"{_tag('data_movimento_siope', day)}{_tag('data_valuta_ente', day)}"
        "<tipo_esecuzione>SEPA CREDIT TRANSFER</tipo_esecuzione>"
        "<assoggettamento_bollo>ESENTE BOLLO</assoggettamento_bollo>"
        f"<cliente>{_tag('anagrafica_cliente', psp_name)}</cliente>"
        f"{_tag('causale', credit.causale)}</movimento_conto_evidenza>"
    )


def _balances(credits: Sequence[Credit]) -> str:
    came = sum(one.amount_cents for one in credits if one.operation == EXECUTED)
    went = sum(one.amount_cents for one in credits if one.operation == REVERSED)
    return "".join(
        _tag(f"{name}_conto_evidenza", to_decimal_string(cents))
        for name, cents in (
            ("saldo_precedente", 0),
            ("totale_entrate", came),
            ("totale_uscite", went),
            ("saldo_finale", came - went),
        )
    )


def _tag(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>"
