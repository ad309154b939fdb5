"""What follows a day's payments: the PSP's flows, their revisions, and the treasurer's file."""

from datetime import date, timedelta

from pagopa.simulator.clock import Calendar
from pagopa.simulator.faults import OrderRefused
from pagopa.simulator.fdr import FdrDesk
from pagopa.simulator.flows import FlowMill
from pagopa.simulator.giornale import EXECUTED, Credit, write_giornale
from pagopa.simulator.orders import Json, day, digits, text
from pagopa.simulator.store import Store
from pagopa.simulator.treasury import credits_of, write_csv
from pagopa.simulator.world import World

# A flow may become several credits: each has numbers of its own.
_NUMBERS_A_FLOW = 10


class Settlement:
    """Everything here is asked for by day (``on``, today when absent) and Ente (``fiscal_code``)."""

    def __init__(self, world: World, store: Store, calendar: Calendar) -> None:
        self._world = world
        self._calendar = calendar
        self._mill = FlowMill(world, store)
        self._desk = FdrDesk(store, calendar)

    def all_flows(self, body: Json) -> list[Json]:
        """Of every Ente; made when they are missing. Raises OrderRefused."""
        return self._mill.flows_of(self._on(body), self._calendar.now())

    def flows(self, body: Json) -> list[Json]:
        """Of one Ente. Raises OrderRefused."""
        fiscal_code = digits(body, "fiscal_code")
        return [flow for flow in self.all_flows(body) if flow["fiscal_code"] == fiscal_code]

    def odd_flow(self, body: Json) -> Json:
        """Raises OrderRefused."""
        fiscal_code = digits(body, "fiscal_code")
        return self._mill.odd_flow(fiscal_code, self._on(body), self._calendar.now())

    def revise(self, iuf: str) -> Json:
        """Made anew, and published as the next revision. Raises OrderRefused."""
        self._desk.listed("", {})  # what has never been asked for is published first
        flow = self._mill.revise(iuf, self._calendar.now())
        self._desk.publish(flow)
        return flow

    def treasury(self, body: Json) -> Json:
        """The treasurer's file for the flows of a day, or for the one named by ``iuf``. Raises OrderRefused.

        ``format`` csv or opi; ``causale`` and ``money`` one of the variants; amounts in cents, only of new money.
        """
        shape = text(body, "format") or "csv"
        if shape not in {"csv", "opi"}:
            raise OrderRefused("format deve essere csv o opi")
        wanted = text(body, "iuf")
        flows = [flow for flow in self.flows(body) if wanted in {"", flow["iuf"]}]
        credits = [credit for flow in flows for credit in self._credits(flow, body)]
        return {
            "filename": f"tesoreria.{'csv' if shape == 'csv' else 'xml'}",
            "content": self._write(credits, digits(body, "fiscal_code"), shape),
            "amount_cents": sum(c.amount_cents for c in credits if c.operation == EXECUTED),
            "credits": [_as_json(credit) for credit in credits],
        }

    def _credits(self, flow: Json, body: Json) -> list[Credit]:
        return credits_of(
            flow,
            causale=text(body, "causale") or "esatta",
            money=text(body, "money") or "intero",
            number=int(str(flow["iuf"]).rsplit("-", 1)[1]) * _NUMBERS_A_FLOW,
            on=date.fromisoformat(str(flow["applied_on"])) + timedelta(days=1),
        )

    def _write(self, credits: list[Credit], fiscal_code: str, shape: str) -> str:
        if shape == "csv":
            return write_csv(credits, psp_name=self._world.psp.name)
        now = self._calendar.now()
        year = credits[0].on.year if credits else now.year
        psp = self._world.psp.name
        return write_giornale(
            credits, fiscal_code=fiscal_code, psp_name=psp, made_at=now, year=year
        )

    def _on(self, body: Json) -> date:
        return day(body, "on", self._calendar.now().date())


def _as_json(credit: Credit) -> Json:
    return {
        "number": credit.number,
        "amount_cents": credit.amount_cents,
        "on": credit.on.isoformat(),
        "causale": credit.causale,
        "operation": credit.operation,
    }
