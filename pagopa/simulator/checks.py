"""What the Node demands of an Ente's answer beyond the schema.

Source: SANP and the Node's own regression tests: outcome and fault agree, a verify says everything,
the shares of a payment add up and are told apart.
"""

from pagopa.wire.answers import Answer, Offer
from pagopa.wire.requests import GetPaymentRequest, Request, VerifyRequest
from pagopa.wire.responses import PaymentData


def judge(answer: Answer, request: Request) -> str:
    """Why the answer is not acceptable, in Italian; empty when it is."""
    if answer.ok and answer.fault is not None:
        return "esito OK con un fault"
    if not answer.ok:
        return "" if answer.fault is not None else "esito KO senza fault"
    if isinstance(request, VerifyRequest):
        return _judge_offer(answer.offer, request)
    if isinstance(request, GetPaymentRequest):
        return _judge_payment(answer.payment, request)
    return ""


def _judge_offer(offer: Offer | None, request: VerifyRequest) -> str:
    if offer is None or offer.amount_cents is None:
        return "manca paymentList"
    if not (offer.description and offer.fiscal_code and offer.company_name):
        return "mancano paymentDescription, fiscalCodePA o companyName"
    if offer.fiscal_code != request.fiscal_code:
        return "fiscalCodePA diverso da quello dell'avviso"
    return ""


def _judge_payment(payment: PaymentData | None, request: GetPaymentRequest) -> str:
    if payment is None:
        return "manca data"
    if sum(share.amount_cents for share in payment.transfers) != payment.amount_cents:
        return "la somma dei versamenti non è l'importo del pagamento"
    if len({share.id_transfer for share in payment.transfers}) != len(payment.transfers):
        return "idTransfer ripetuto"
    if not request.notice_number.endswith(payment.iuv):
        return "creditorReferenceId non è quello dell'avviso"
    return ""
