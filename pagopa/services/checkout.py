"""Chapter 6, online – checkout: a citizen pays from our pages. Only the receipt will say that it was paid.

Before: the portal.  After: the checkout's own page, paGetPaymentV2, the receipt.
"""

from collections.abc import Sequence
from datetime import datetime

from pagopa.gateways.checkout import (
    CartNotice,
    CartToPay,
    CheckoutGateway,
    CheckoutUnavailable,
    ReturnUrls,
)
from pagopa.models import Cart
from pagopa.rules.cart import CartLine, cart_problem
from pagopa.rules.decision import decide
from pagopa.rules.faults import FaultCode
from pagopa.selectors.accounts import all_postal
from pagopa.selectors.notices import Notice, notice_facts, read_notice
from paybox.kernel.clock import ROME
from tenants.models import Ente

__all__ = ["CheckoutUnavailable", "ReturnUrls", "start_checkout"]

MAX_CENTS = 99_999_999_999
_WHY = {
    FaultCode.PAGAMENTO_DUPLICATO: "risulta già pagato",
    FaultCode.PAGAMENTO_IN_CORSO: "è in corso di pagamento: aspettare qualche minuto e riprovare",
    FaultCode.PAGAMENTO_ANNULLATO: "è stato annullato",
    FaultCode.PAGAMENTO_SCADUTO: "è scaduto e non si può più pagare online",
    FaultCode.PAGAMENTO_SCONOSCIUTO: "non risulta a questo Ente",
}


def start_checkout(
    *,
    notice_numbers: Sequence[str],
    ente: Ente,
    email: str,
    return_urls: ReturnUrls,
    gateway: CheckoutGateway,
    at: datetime,
) -> str:
    """Leave a cart of 1 to 5 notices at the checkout. Returns the address to send the browser to.

    Each is worth what it is worth now. Raises CheckoutUnavailable: a notice that cannot be paid, two ways to pay
    the same credit, or a checkout that does not answer.
    """
    printed = [_payable(number, ente.schema_name, at) for number in notice_numbers]
    _check(printed)
    notices = [notice.on_day(lambda: at.astimezone(ROME).date()) for notice in printed]
    cart = Cart.objects.create(
        notice_numbers=[notice.notice_number for notice in notices],
        amount_cents=sum(notice.payable_cents for notice in notices),
        created_at=at,
    )
    url = gateway.open_cart(_to_pay(cart, notices, ente, email, return_urls))
    cart.checkout_url = url
    cart.save(update_fields=["checkout_url"])
    return url


def _payable(notice_number: str, schema: str, at: datetime) -> Notice:
    notice = read_notice(notice_number, schema=schema)
    fault = decide(notice_facts(notice, today=lambda: at.astimezone(ROME).date()))
    if notice is None or fault is not None:
        why = _WHY.get(fault, "non si può pagare ora") if fault else "non si può pagare ora"
        raise CheckoutUnavailable(f"L'avviso {notice_number} {why}")
    return notice


def _check(notices: list[Notice]) -> None:
    if problem := cart_problem([_line(notice) for notice in notices]):
        raise CheckoutUnavailable(problem)


def _line(notice: Notice) -> CartLine:
    """What is owed is only known here when it is less than the notice asks for, which is when it matters."""
    less = notice.payable_cents < notice.amount_cents
    owed = notice.payable_cents if less else MAX_CENTS
    return CartLine(
        notice.notice_number, notice.position_id, notice.number, notice.payable_cents, owed
    )


def _to_pay(
    cart: Cart, notices: list[Notice], ente: Ente, email: str, return_urls: ReturnUrls
) -> CartToPay:
    return CartToPay(
        cart_id=str(cart.uuid),
        notices=tuple(
            CartNotice(
                notice_number=notice.notice_number,
                fiscal_code=ente.codice_fiscale,
                amount_cents=notice.payable_cents,
                company_name=ente.name,
                description=notice.causale,
            )
            for notice in notices
        ),
        return_urls=return_urls,
        email=email,
        all_ccp=all(all_postal(notice, ente) for notice in notices),
    )
