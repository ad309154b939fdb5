"""Files as treasurers write them: an OPI giornale di cassa of the official schema, and a camt.053."""

from collections.abc import Iterable
from dataclasses import dataclass
from xml.sax.saxutils import escape

from paybox.kernel.money import to_decimal_string


@dataclass(frozen=True, slots=True)
class Line:
    """One movement; ``document`` is the number of the provvisorio."""

    operation: str
    document: int
    cents: int
    causale: str = "INCASSO FITTI"
    kind: tuple[str, str] = ("ENTRATA", "SOSPESO ENTRATA")
    number: int = 1
    cro: str = ""


def giornale(*lines: Line, day: str = "2026-03-04") -> bytes:
    rows = "".join(_movement(line, day) for line in lines)
    zero = "".join(f"<{name}>0.00</{name}>" for name in _BALANCES)
    return (
        "<flusso_giornale_di_cassa><testata_messaggio><codice_ABI_BT>05428</codice_ABI_BT>"
        f"<data_ora_creazione_flusso>{day}T06:00:00</data_ora_creazione_flusso>"
        "<codice_ente>UFTEST</codice_ente><descrizione_ente>Comune di Borgo</descrizione_ente>"
        "<codice_istat_ente>000000001</codice_istat_ente><codice_fiscale_ente>80012345678</codice_fiscale_ente>"
        "<codice_tramite_ente>A2A-00000001</codice_tramite_ente><codice_tramite_BT>A2A-00000002</codice_tramite_BT>"
        "<codice_ente_BT>0000001</codice_ente_BT></testata_messaggio>"
        "<identificativo_flusso_BT>GDC-20260304ABCDEF1234#001#001</identificativo_flusso_BT>"
        "<pagina>1</pagina><pagine_totali>1</pagine_totali><esercizio>2026</esercizio>"
        f"<data_riferimento_GdC>{day}</data_riferimento_GdC>"
        "<informazioni_conto_evidenza><conto_evidenza>0000001</conto_evidenza>"
        f"{rows}{zero}</informazioni_conto_evidenza>"
        '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo>'
        '<ds:CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/>'
        '<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><ds:Reference>'
        '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>AA==</ds:DigestValue>'
        "</ds:Reference></ds:SignedInfo><ds:SignatureValue>AA==</ds:SignatureValue></ds:Signature>"
        "</flusso_giornale_di_cassa>"
    ).encode()


_BALANCES = (
    "saldo_precedente_conto_evidenza",
    "totale_entrate_conto_evidenza",
    "totale_uscite_conto_evidenza",
    "saldo_finale_conto_evidenza",
)


def _movement(line: Line, day: str) -> str:
    cro = (
        f"<dati_a_disposizione_BT><cro>{line.cro}</cro></dati_a_disposizione_BT>"
        if line.cro
        else ""
    )
    return (
        "<movimento_conto_evidenza><identificativo_flusso>FLUSSO-1</identificativo_flusso>"
        f"<numero_movimento>{line.number}</numero_movimento><tipo_movimento>{line.kind[0]}</tipo_movimento>"
        f"<tipo_documento>{line.kind[1]}</tipo_documento><tipo_operazione>{line.operation}</tipo_operazione>"
        f"<numero_documento>{line.document}</numero_documento><progressivo_documento>0</progressivo_documento>"
        f"<importo>{to_decimal_string(line.cents)}</importo><data_movimento>{day}</data_movimento>"
        f"<data_movimento_siope>{day}</data_movimento_siope><data_valuta_ente>{day}</data_valuta_ente>"
        "<tipo_esecuzione>SEPA CREDIT TRANSFER</tipo_esecuzione>"
        "<assoggettamento_bollo>ESENTE BOLLO</assoggettamento_bollo>"
        "<cliente><anagrafica_cliente>PSP di prova</anagrafica_cliente></cliente>"
        f"<causale>{escape(line.causale)}</causale>{cro}</movimento_conto_evidenza>"
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a statement; ``shares`` are (cents, causale) of its transactions."""

    reference: str
    cents: int
    shares: tuple[tuple[int, str], ...]
    direction: str = "CRDT"
    reversal: bool = False
    status: str = "BOOK"


def statement(entries: Iterable[Entry], *, version: str = "08") -> bytes:
    rows = "".join(_entry(entry, version) for entry in entries)
    return (
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"><BkToCstmrStmt>'
        "<GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-03-04T06:00:00Z</CreDtTm></GrpHdr>"
        f"<Stmt><Id>S1</Id>{rows}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def _entry(entry: Entry, version: str) -> str:
    status = entry.status if version == "02" else f"<Cd>{entry.status}</Cd>"
    debtor = "<Nm>PSP di prova</Nm>" if version == "02" else "<Pty><Nm>PSP di prova</Nm></Pty>"
    details = "".join(
        f'<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><Amt Ccy="EUR">{to_decimal_string(cents)}</Amt>'
        f"<RltdPties><Dbtr>{debtor}</Dbtr></RltdPties><RmtInf>"
        f"<Ustrd>{escape(causale[:40])}</Ustrd><Ustrd>{escape(causale[40:])}</Ustrd></RmtInf></TxDtls>"
        for cents, causale in entry.shares
    )
    reversal = "<RvslInd>true</RvslInd>" if entry.reversal else ""
    return (
        f'<Ntry><Amt Ccy="EUR">{to_decimal_string(entry.cents)}</Amt><CdtDbtInd>{entry.direction}</CdtDbtInd>{reversal}'
        f"<Sts>{status}</Sts><BookgDt><Dt>2026-03-04</Dt></BookgDt><ValDt><Dt>2026-03-05</Dt></ValDt>"
        f"<AcctSvcrRef>{entry.reference}</AcctSvcrRef><NtryDtls>{details}</NtryDtls></Ntry>"
    )
