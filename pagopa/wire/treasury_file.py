"""What the treasurer sends, in any of its three forms: CSV of provvisori, OPI giornale di cassa, camt.053.

The form is told by the content, not by the name alone: treasurers rename files.
"""

from pagopa.wire.bank_statement import read_statement
from pagopa.wire.giornale import read_giornale
from pagopa.wire.treasury_csv import read_csv
from pagopa.wire.treasury_movement import Movement, Operation, TreasuryFileRefused

MAX_BYTES = 50_000_000
_HEAD = 4_000

__all__ = ["Movement", "Operation", "TreasuryFileRefused", "read_treasury"]


def read_treasury(raw: bytes, filename: str, *, ente: str = "") -> list[Movement]:
    """Every movement of a provvisorio d'entrata in the file, in order.

    ``ente``: codice fiscale of the Ente that takes it; a giornale that names another is refused. Raises TreasuryFileRefused.
    """
    if not raw.strip():
        raise TreasuryFileRefused("Il file è vuoto")
    if len(raw) > MAX_BYTES:
        raise TreasuryFileRefused("Il file della tesoreria è più grande di 50 MB")
    if not (filename.lower().endswith(".xml") or raw.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<"):
        return read_csv(raw)
    is_statement = b"BkToCstmrStmt" in raw[:_HEAD] or b"camt.053" in raw[:_HEAD]
    return read_statement(raw) if is_statement else read_giornale(raw, ente=ente)
