"""Carts of the simulated checkout: taken in as the real API takes them, then paid all or none."""

import json
import re
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pagopa.simulator.faults import NodeFault, OrderRefused
from pagopa.simulator.orders import Json, NoticeOrder, OutcomeOrder
from pagopa.simulator.psp import PspTill
from pagopa.simulator.store import Store

OPEN, PAYING, PAID, LEFT, FAILED = "OPEN", "PAYING", "PAID", "LEFT", "FAILED"


@dataclass(frozen=True, slots=True)
class Cart:
    """``content`` is the request as it came, already checked."""

    id: str
    content: Json
    state: str
    words: str = ""

    @property
    def notices(self) -> list[Json]:
        found: list[Json] = self.content["paymentNotices"]
        return found

    @property
    def return_url(self) -> str:
        """Where the browser goes in this state; the page itself while it is open."""
        names = {PAID: "returnOkUrl", LEFT: "returnCancelUrl", FAILED: "returnErrorUrl"}
        name = names.get(self.state)
        return str(self.content["returnUrls"][name]) if name else f"/checkout/{self.id}"


class Checkout:
    """The truth about a payment is the receipt; the return address only moves the browser."""

    def __init__(self, store: Store, till: PspTill) -> None:
        self._store = store
        self._till = till

    def open(self, body: Json, *, version: int = 1) -> Cart:
        """Raises OrderRefused when the body is not a cart of that version."""
        check_cart(body, version=version)
        cart = Cart(uuid.uuid4().hex, body, OPEN)
        with self._store.transaction() as db:
            db.execute("INSERT INTO carts VALUES (?, ?, ?, '')", (cart.id, json.dumps(body), OPEN))
        return cart

    def find(self, cart_id: str) -> Cart | None:
        with self._store.transaction() as db:
            row = db.execute("SELECT * FROM carts WHERE id = ?", (cart_id,)).fetchone()
        if row is None:
            return None
        return Cart(row["id"], json.loads(row["content"]), row["state"], row["words"])

    def leave(self, cart: Cart) -> Cart:
        """The payer gives up; nothing was activated."""
        self._move(cart, OPEN, LEFT)
        return self.find(cart.id) or cart

    def pay(self, cart: Cart) -> Cart:
        """Activate every notice, then collect; a second press of the button pays nothing more."""
        if not self._move(cart, OPEN, PAYING):
            return self.find(cart.id) or cart
        tokens: list[str] = []
        try:
            for notice in cart.notices:
                tokens.append(self._activate(cart, notice))
        except NodeFault as fault:
            for token in tokens:
                self._till.cancel(token)
            self._move(cart, PAYING, FAILED, _words_of(fault))
            return self.find(cart.id) or cart
        self._collect(cart, tokens)
        return self.find(cart.id) or cart

    def _collect(self, cart: Cart, tokens: list[str]) -> None:
        try:
            for token in tokens:
                self._till.outcome(OutcomeOrder(token, ok=True))
        except NodeFault as fault:
            self._move(cart, PAYING, FAILED, _words_of(fault))
        else:
            self._move(cart, PAYING, PAID)

    def _activate(self, cart: Cart, notice: Json) -> str:
        order = NoticeOrder(
            fiscal_code=notice["fiscalCode"],
            notice_number=notice["noticeNumber"],
            amount_cents=notice["amount"],
            transfer_type="PAGOPA",
            payment_note=str(cart.content.get("idCart") or cart.id),
        )
        reply = self._till.activate(order)
        token = str(reply["token"])
        if reply["amount_cents"] != notice["amount"]:
            self._till.cancel(token)
            raise NodeFault("PPT_SEMANTICA", "L'importo dell'avviso è cambiato")
        return token

    def _move(self, cart: Cart, before: str, after: str, words: str = "") -> bool:
        with self._store.transaction() as db:
            changed = db.execute(
                "UPDATE carts SET state = ?, words = ? WHERE id = ? AND state = ?",
                (after, words, cart.id, before),
            ).rowcount
        return changed == 1


def _words_of(fault: NodeFault) -> str:
    return fault.originalFaultString or fault.faultString


def check_cart(body: Json, *, version: int = 1) -> None:
    """Raises OrderRefused. Source: the checkout's carts API, versions 1 and 2."""
    notices = body.get("paymentNotices")
    if not isinstance(notices, list) or not 1 <= len(notices) <= 5:
        raise OrderRefused("paymentNotices deve contenere da 1 a 5 avvisi")
    for notice in notices:
        _check_notice(notice)
    urls = body.get("returnUrls")
    if not isinstance(urls, dict):
        raise OrderRefused("returnUrls assente")
    late = ("returnWaitingUrl",) if version > 1 else ()
    for name in ("returnOkUrl", "returnCancelUrl", "returnErrorUrl", *late):
        _check_url(name, urls.get(name))


def _check_notice(notice: Any) -> None:
    if not isinstance(notice, dict):
        raise OrderRefused("paymentNotices: avviso non valido")
    amount = notice.get("amount")
    if not isinstance(amount, int) or isinstance(amount, bool) or amount < 1:
        raise OrderRefused("amount deve essere un intero di centesimi, almeno 1")
    for name, pattern in (("noticeNumber", r"[0-9]{18}"), ("fiscalCode", r"[0-9]{11}")):
        if not re.fullmatch(pattern, str(notice.get(name, ""))):
            raise OrderRefused(f"{name} non valido")
    for name in ("companyName", "description"):
        if not 1 <= len(str(notice.get(name, ""))) <= 140:
            raise OrderRefused(f"{name} deve avere da 1 a 140 caratteri")


def _check_url(name: str, url: Any) -> None:
    parts = urlsplit(url) if isinstance(url, str) else urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise OrderRefused(f"{name} deve essere un indirizzo http o https")
