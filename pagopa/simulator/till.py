"""The tills of a day: each case of the plan played against a running simulator, over HTTP, by a few clients at once.

Before: ``day`` has made the plan.  After: the simulator's own figures, which the Ente's must equal.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx

from pagopa.simulator.day import Case

Json = dict[str, Any]
STRAY_CENTS = 1_500
SHORT_CENTS = 100
_SEND_S = 60.0


@dataclass(frozen=True, slots=True)
class Played:
    """``refusals``: what the Node refused that the plan did not want refused."""

    done: Counter[str]
    refusals: Counter[str]


class Till:
    """One simulator, asked over HTTP for one Ente."""

    def __init__(self, url: str, fiscal_code: str) -> None:
        self._http = httpx.Client(base_url=url, trust_env=False, timeout=_SEND_S)
        self.fiscal_code = fiscal_code
        self._doers: dict[str, Callable[[Case], list[Json]]] = {
            "paid": self._pay,
            "looked_at": self._look_at,
            "abandoned": self._abandon,
            "expired": self._let_expire,
            "late_ok": lambda case: [self._inject(4, case)],
            "late_after_another": self._late_after_another,
            "double": lambda case: [self._inject(6, case)],
            "replayed": self._replay,
            "hung_up": lambda case: [self._inject(5, case)],
            "stand_in": lambda case: self._pay(case, stand_in=True),
            "stand_in_short": lambda case: [self._inject(8, case, short_cents=SHORT_CENTS)],
            "unknown": self._ask_unknown,
            "third_party": self._inject_third_party,
        }

    def play(self, cases: Sequence[Case], *, clients: int = 1) -> Played:
        """Every case, ``clients`` at a time. Raises httpx.HTTPError when the simulator is not there."""
        done, refusals = Counter[str](), Counter[str]()
        with ThreadPoolExecutor(clients) as pool:
            for case, answers in zip(cases, pool.map(self._play, cases), strict=True):
                done[case.oddity] += 1
                refusals.update(code for answer in answers for code in _unwanted(answer))
        return Played(done, refusals)

    def get(self, path: str) -> Any:
        return self._http.get(path).raise_for_status().json()

    def post(self, path: str, **body: Any) -> Any:
        return self._http.post(path, json=body).raise_for_status().json()

    def close(self) -> None:
        self._http.close()

    def _play(self, case: Case) -> list[Json]:
        return self._doers[case.oddity](case)

    def _ask(self, path: str, case: Case, **more: Any) -> Json:
        order = {
            "fiscal_code": self.fiscal_code,
            "notice_number": case.notice_number,
            "id_psp": case.id_psp,
        }
        return dict(self.post(path, **{**order, **more}))

    def _inject(self, fault: int, case: Case, **more: Any) -> Json:
        return self._ask("/sim/inject", case, fault=fault, paid_at=case.paid_at, **more)

    def _pay(self, case: Case, **more: Any) -> list[Json]:
        return [self._ask("/psp/pay", case, paid_at=case.paid_at, **more)]

    def _look_at(self, case: Case) -> list[Json]:
        return [self._ask("/psp/verify", case) for _ in range(2)]

    def _activate(self, case: Case) -> Json:
        return self._ask("/psp/activate", case)

    def _abandon(self, case: Case) -> list[Json]:
        activated = self._activate(case)
        return [activated, self.post("/psp/outcome", token=activated.get("token"), outcome="KO")]

    def _let_expire(self, case: Case) -> list[Json]:
        activated = self._activate(case)
        return [activated, self.post("/psp/expire", token=activated.get("token"))]

    def _late_after_another(self, case: Case) -> list[Json]:
        """Two payers: the first one's OK comes when the other has paid; its money has no receipt."""
        first = self._activate(case)
        self.post("/psp/expire", token=first.get("token"))
        paid = self._pay(case)
        self.post("/psp/outcome", token=first.get("token"), paid_at=case.paid_at)
        return [first, *paid]

    def _replay(self, case: Case) -> list[Json]:
        (paid,) = self._pay(case)
        for _ in range(2):
            self.post("/node/replay-receipt", token=paid.get("token"))
        return [paid]

    def _ask_unknown(self, case: Case) -> list[Json]:
        """A number nobody has issued; what it is owed stays owed."""
        unknown = f"399{case.number:015d}"
        self._ask("/psp/verify", case, notice_number=unknown)
        return []

    def _inject_third_party(self, case: Case) -> list[Json]:
        """A stray receipt and a share of another Ente's notice; what it is owed stays owed."""
        stray = {"notice_number": f"398{case.number:015d}", "amount_cents": STRAY_CENTS}
        return [self._inject(7, case, **stray)]


def _unwanted(answer: Json) -> list[str]:
    if "as_expected" in answer:
        return [] if answer["as_expected"] else [f"guasto {answer['fault']}"]
    if answer["outcome"] == "OK":
        return []
    return [str(answer["fault"].get("originalFaultCode") or answer["fault"]["faultCode"])]
