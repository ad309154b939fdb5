"""Where a receipt that never came is asked for through the intermediary: ``paaSILChiediPagatiConRicevuta``.

Before: pagopa/services/receipt_recovery.  After: the ``PagatiConRicevuta`` as it came; ``pagopa/wire/paid_file`` reads it.
"""

from pagopa.gateways.flow_source import SourceRefused, SourceUnavailable
from pagopa.gateways.protocol import GatewayUnavailable
from pagopa.gateways.soap_line import SoapLine
from pagopa.wire.paid_file import PaidFileRefused, read_paid
from pagopa.wire.receipt_json import ReceiptAnswerRefused
from pagopa.wire.requests import Receipt

# What the service says when there is nothing to tell, or not yet.
_NOT_PAID = {"PAA_PAGAMENTO_NON_INIZIATO", "PAA_PAGAMENTO_IN_CORSO", "PAA_IUV_NON_PRESENTE"}


class SoapReceipts:
    """A ReceiptSource over that line, for the Ente the intermediary knows as ``ente_code``."""

    operation, needs_iur = "chiediPagatiConRicevuta", False

    def __init__(self, line: SoapLine, ente_code: str) -> None:
        self._line, self._ente_code = line, ente_code

    def receipt(self, *, organization: str, iur: str, iuv: str) -> bytes | None:
        """The service is asked by IUV; whether it is the receipt looked for is told by the reader."""
        return self.paid_with_receipt(iuv)

    def read(self, raw: bytes) -> Receipt:
        try:
            return read_paid(raw)
        except PaidFileRefused as refusal:
            raise ReceiptAnswerRefused(str(refusal)) from refusal

    def paid_with_receipt(self, iuv: str) -> bytes | None:
        """The payment of that IUV, None when there is none. Raises SourceUnavailable, SourceRefused."""
        try:
            answer = self._line.ask_naming(
                "paaSILChiediPagatiConRicevuta",
                self._ente_code,
                identificativoUnivocoVersamento=iuv,
            )
        except GatewayUnavailable as trouble:
            raise SourceUnavailable(str(trouble)) from trouble
        if answer.fault is None:
            return bytes(answer.pagati) if answer.pagati else None
        if answer.fault.faultCode in _NOT_PAID:
            return None
        raise SourceRefused(answer.fault.description or answer.fault.faultString)
