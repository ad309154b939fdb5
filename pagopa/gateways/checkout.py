"""The checkout of pagoPA: a cart is left there and the browser is sent after it.

Before: pagopa/services/checkout.  After: the receipt, which alone says that something was paid.
Source: checkout carts v1 and v2, ``POST …/checkout/ec/v1/carts`` (or v2), answered by 302. The address says which: v2
also wants to know where to send who waits for an outcome that is late.
"""

from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from django.conf import settings

from paybox.kernel.problems import Refused
from paybox.settings.environment import Environment


class CheckoutUnavailable(Refused):
    """The payment cannot be started now; the message says so to the citizen."""


@dataclass(frozen=True, slots=True)
class ReturnUrls:
    """Where the browser comes back to; courtesy only, they prove nothing."""

    ok: str
    cancel: str
    error: str
    waiting: str = ""


@dataclass(frozen=True, slots=True)
class CartNotice:
    """One notice to be paid for exactly ``amount_cents``."""

    notice_number: str
    fiscal_code: str
    amount_cents: int
    company_name: str
    description: str


@dataclass(frozen=True, slots=True)
class CartToPay:
    """1 to 5 notices. ``email`` may be empty; ``cart_id`` comes back as paymentNote in the receipt."""

    cart_id: str
    notices: tuple[CartNotice, ...]
    return_urls: ReturnUrls
    email: str = ""
    all_ccp: bool = False


class CheckoutGateway(Protocol):
    """Anything that takes a cart and says where to pay it."""

    def open_cart(self, cart: CartToPay) -> str:
        """The address to send the browser to. Raises CheckoutUnavailable."""
        ...


@dataclass(frozen=True, slots=True)
class CheckoutAccess:
    """``address`` of the carts, ``key`` the subscription key (empty: none); time-out in seconds."""

    address: str
    key: str = ""
    timeout_s: float = 10.0


class HttpCheckout:
    """A CheckoutGateway over HTTP."""

    def __init__(self, access: CheckoutAccess) -> None:
        self._access = access

    @property
    def version(self) -> int:
        """1 or 2, by the address."""
        return 2 if "/v2/" in urlsplit(self._access.address).path else 1

    def open_cart(self, cart: CartToPay) -> str:
        import httpx

        headers = {"Ocp-Apim-Subscription-Key": self._access.key} if self._access.key else {}
        try:
            answer = httpx.post(
                self._access.address,
                json=cart_body(cart, version=self.version),
                headers=headers,
                timeout=self._access.timeout_s,
                follow_redirects=False,
                trust_env=False,
            )
        except httpx.HTTPError as error:
            raise CheckoutUnavailable(
                "Il servizio di pagamento non risponde: riprovare fra qualche minuto"
            ) from error
        return self._where(answer.status_code, answer.headers.get("location", ""))

    def _where(self, status: int, location: str) -> str:
        """A 302 to an address at least as safe as the one we asked."""
        if status != 302 or not _is_web(location, secure=self._access.address.startswith("https:")):
            raise CheckoutUnavailable(
                "Il servizio di pagamento non ha accettato la richiesta: riprovare più tardi"
            )
        return location


def checkout_gateway() -> CheckoutGateway:
    """The checkout that this installation's environment names: pagoPA's, or the simulator's."""
    environment: Environment = settings.ENVIRONMENT
    return HttpCheckout(
        CheckoutAccess(environment.checkout_url, environment.checkout_key.get_secret_value())
    )


def _is_web(address: str, *, secure: bool) -> bool:
    parts = urlsplit(address)
    return bool(parts.netloc) and parts.scheme in ({"https"} if secure else {"http", "https"})


def cart_body(cart: CartToPay, *, version: int) -> dict[str, Any]:
    """The body of the request, as the schema of that version wants it."""
    urls = cart.return_urls
    waiting = {"returnWaitingUrl": urls.waiting or urls.ok} if version > 1 else {}
    body: dict[str, Any] = {
        "paymentNotices": [
            {
                "noticeNumber": notice.notice_number,
                "fiscalCode": notice.fiscal_code,
                "amount": notice.amount_cents,
                "companyName": notice.company_name[:140],
                "description": notice.description[:140],
            }
            for notice in cart.notices
        ],
        "returnUrls": {
            "returnOkUrl": urls.ok,
            "returnCancelUrl": urls.cancel,
            "returnErrorUrl": urls.error,
            **waiting,
        },
        "idCart": cart.cart_id,
        "allCCP": cart.all_ccp,
    }
    return body | ({"emailNotice": cart.email} if cart.email else {})
