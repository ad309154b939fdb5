"""The fifteen troubles done to an Ente on request: each a few honest calls, and what came of them.

Source: the fault matrix of the Node's test plans; the words are in ``catalogue``.
"""

import time
from collections.abc import Callable
from typing import Any

from pagopa.simulator.catalogue import TROUBLES
from pagopa.simulator.faults import NodeFault, OrderRefused
from pagopa.simulator.forcing import Forcing
from pagopa.simulator.hostile import hostile_messages, is_refusal, show
from pagopa.simulator.orders import (
    Json,
    NoticeOrder,
    digits,
    number,
    read_notice_order,
    read_outcome_order,
    text,
)
from pagopa.simulator.outages import Outages
from pagopa.simulator.psp import PspTill
from pagopa.simulator.receipts import NOTIFIED, PENDING, Delivery, ReceiptOffice
from pagopa.simulator.settlement import Settlement
from pagopa.simulator.stations import station_of
from pagopa.simulator.store import Store
from pagopa.simulator.world import World
from pagopa.wire.requests import Operation

PROBE = "0" * 18
_PROBE_S = 2.0
_DEFAULT_CENTS = 1_000
_DEFAULT_SHORT = 100


class Injections:
    """``run`` gives back what was done, step by step, and whether the Ente did as it should.

    ``as_expected`` None: only the Ente's own pages can tell.
    """

    def __init__(
        self,
        world: World,
        store: Store,
        till: PspTill,
        receipts: ReceiptOffice,
        settlement: Settlement,
        outages: Outages,
    ) -> None:
        self._world, self._store, self._till, self._receipts = world, store, till, receipts
        self._settlement, self._outages = settlement, outages
        self._forcing = Forcing(world, store, till, receipts)
        self._doers: dict[int, Callable[[Json, list[Json]], bool | None]] = {
            1: self._probe,
            2: self._ask_again,
            3: self._old_amount,
            4: self._late_outcome,
            5: self._repeat_receipt,
            6: self._pay_twice,
            7: self._unexpected,
            8: self._stale_stand_in,
            9: self._odd_flow,
            10: self._revise_flow,
            11: self._twist_money,
            12: self._twist_causale,
            13: self._be_hostile,
            14: self._send_to_the_fallen,
            15: self._be_unavailable,
        }

    def run(self, body: Json) -> Json:
        """Raises OrderRefused for an order that makes no sense; faults of the Node are steps like others."""
        wanted = number(body, "fault")
        trouble = next((one for one in TROUBLES if one.number == wanted), None)
        if trouble is None:
            raise OrderRefused("fault deve essere un numero da 1 a 15")
        steps: list[Json] = []
        try:
            verdict = self._doers[trouble.number](body, steps)
        except NodeFault as fault:
            steps.append({"what": "il Nodo si ferma", "answer": fault.as_json()})
            verdict = False
        return {
            "fault": trouble.number,
            "title": trouble.title,
            "expected": trouble.expects,
            "as_expected": verdict,
            "steps": steps,
        }

    # --- questions

    def _probe(self, body: Json, steps: list[Json]) -> bool:
        order = NoticeOrder(digits(body, "fiscal_code"), PROBE)
        since = time.monotonic()
        answer = _told(steps, "verifica dell'avviso 000000000000000000", self._till.verify, order)
        quick = time.monotonic() - since < _PROBE_S
        said = answer.get("fault", {}).get("originalFaultCode")
        return quick and bool(said == "PAA_PAGAMENTO_SCONOSCIUTO")

    def _ask_again(self, body: Json, steps: list[Json]) -> bool:
        order = read_notice_order(body)
        first, second = (_told(steps, "verifica", self._till.verify, order) for _ in range(2))
        one = self._activate_and_leave(order, steps)
        two = self._activate_and_leave(order, steps)
        same = {**one, "token": ""} == {**two, "token": ""}
        return first == second and same and first["outcome"] == one["outcome"] == "OK"

    def _activate_and_leave(self, order: NoticeOrder, steps: list[Json]) -> Json:
        answer = _told(steps, "attivazione, poi lasciata scadere", self._till.activate, order)
        if answer["outcome"] == "OK":
            self._till.expire(str(answer["token"]))
        return answer

    def _old_amount(self, body: Json, steps: list[Json]) -> bool:
        order = read_notice_order({"amount_cents": _DEFAULT_SHORT, **body})
        due = _told(steps, "verifica", self._till.verify, order)
        answer = self._activate_and_leave(order, steps)
        return answer["outcome"] == "OK" and bool(answer["amount_cents"] == due["amount_cents"])

    # --- receipts

    def _late_outcome(self, body: Json, steps: list[Json]) -> bool:
        token = self._activate_and_leave(read_notice_order(body), steps).get("token", "")
        closing = read_outcome_order({**_closing(body), "token": token})
        said = _told(steps, "esito OK in ritardo", self._till.outcome, closing)
        sent = self._receipts.of_token(token)
        steps.append({"what": "ricevuta", "answer": {"receipts": _all(sent)}})
        late = said.get("fault", {}).get("faultCode") == "PPT_TOKEN_SCADUTO"
        return late and _delivered(sent)

    def _repeat_receipt(self, body: Json, steps: list[Json]) -> bool:
        activated = _told(steps, "attivazione", self._till.activate, read_notice_order(body))
        token = str(activated.get("token", ""))
        closing = read_outcome_order({**_closing(body), "token": token, "hang_up": True})
        _told(steps, "esito OK; il Nodo riaggancia subito", self._till.outcome, closing)
        again = [self._receipts.replay(token) for _ in range(2)]
        for sent in again:
            steps.append({"what": "stessa ricevuta, di nuovo", "answer": {"receipts": _all(sent)}})
        return all(_delivered(sent) for sent in again)

    def _pay_twice(self, body: Json, steps: list[Json]) -> bool:
        paid = _told(steps, "pagamento", self._pay, body)
        closing = read_outcome_order(_closing(body))
        sent = self._forcing.second(str(paid.get("token", "")), closing)
        steps.append({"what": "secondo pagamento", "answer": {"receipts": _all(sent)}})
        return paid["outcome"] == "OK" and _delivered(sent)

    def _pay(self, body: Json) -> Json:
        return self._till.pay(read_notice_order(body), _closing(body))

    def _unexpected(self, body: Json, steps: list[Json]) -> bool:
        fiscal_code, closing = digits(body, "fiscal_code"), read_outcome_order(_closing(body))
        cents = number(body, "amount_cents") or _DEFAULT_CENTS
        notice = text(body, "notice_number") or "399" + f"{time.time_ns() % 10**15:015d}"
        stray = self._forcing.stray(fiscal_code, notice, cents, closing)
        steps.append({"what": f"ricevuta per {notice}", "answer": {"receipts": _all(stray)}})
        theirs = self._forcing.third_party(fiscal_code, cents, closing)
        answer = {"amount_cents": cents, "receipts": _all(theirs)}
        steps.append({"what": "ricevuta di un avviso di un altro Ente", "answer": answer})
        return _delivered(stray) and _delivered(theirs)

    def _stale_stand_in(self, body: Json, steps: list[Json]) -> bool:
        short, closing = number(body, "short_cents"), read_outcome_order(_closing(body))
        less = _DEFAULT_SHORT if short is None else short
        paid = self._forcing.stale(read_notice_order(body), less, closing)
        steps.append({"what": "pagamento in stand-in", "answer": paid})
        return all(one["state"] == NOTIFIED for one in paid["receipts"])

    # --- flows and treasury: the files go to the Ente by hand or by its own reading

    def _odd_flow(self, body: Json, steps: list[Json]) -> None:
        steps.append({"what": "flusso pronto", "answer": self._settlement.odd_flow(body)})

    def _revise_flow(self, body: Json, steps: list[Json]) -> None:
        flows = self._settlement.flows(body)
        if not flows:
            raise OrderRefused("nessun flusso di quel giorno per quell'Ente")
        flow = next((one for one in flows if one["iuf"] == body.get("iuf")), flows[0])
        steps.append({"what": "flusso com'era", "answer": flow})
        revised = self._settlement.revise(str(flow["iuf"]))
        steps.append({"what": "flusso rifatto, con una riga in meno", "answer": revised})

    def _twist_money(self, body: Json, steps: list[Json]) -> None:
        answer = self._settlement.treasury({"money": "diverso", **body})
        steps.append({"what": "file della tesoreria", "answer": answer})

    def _twist_causale(self, body: Json, steps: list[Json]) -> None:
        answer = self._settlement.treasury({"causale": "spezzata", **body})
        steps.append({"what": "file della tesoreria", "answer": answer})

    # --- the Ente under attack or in trouble

    def _be_hostile(self, body: Json, steps: list[Json]) -> bool:
        order = read_notice_order(body)
        station = station_of(self._store, self._world, order.fiscal_code)
        refused = []
        for message in hostile_messages(station, order.notice_number):
            answer = self._till.ente.post_raw(station.ec_url, message.body, Operation.VERIFY)
            steps.append({"what": message.what, "answer": show(answer)})
            refused.append(is_refusal(answer))
        return all(refused)

    def _send_to_the_fallen(self, body: Json, steps: list[Json]) -> bool:
        sent = self._receipts.replay(text(body, "token"))
        steps.append({"what": "ricevuta", "answer": {"receipts": _all(sent)}})
        return all(one.state == PENDING for one in sent)

    def _be_unavailable(self, body: Json, steps: list[Json]) -> None:
        answer = self._outages.announce(body)
        steps.append({"what": "API dei flussi", "answer": answer})


def _told(steps: list[Json], what: str, ask: Callable[[Any], Json], order: Any) -> Json:
    """Ask, and write down what was answered, refusals too."""
    try:
        answer = ask(order)
    except NodeFault as fault:
        answer = fault.as_json()
    steps.append({"what": what, "answer": answer})
    return answer


def _closing(body: Json) -> Json:
    """The optional fields of an outcome that the order carries."""
    names = ("paid_at", "fee_cents", "payment_method", "channel")
    return {name: body[name] for name in names if name in body}


def _delivered(sent: list[Delivery]) -> bool:
    return bool(sent) and all(one.state == NOTIFIED for one in sent)


def _all(sent: list[Delivery]) -> list[Json]:
    return [one.as_json() for one in sent]
