"""The doors of ``/sim``: troubles on request, by API and by page, and what the Node knows."""

from collections.abc import Callable

from werkzeug.wrappers import Request, Response

from pagopa.simulator import training_pages as pages
from pagopa.simulator.catalogue import TROUBLES
from pagopa.simulator.faults import OrderRefused
from pagopa.simulator.histories import figures, notices_seen
from pagopa.simulator.injections import Injections
from pagopa.simulator.orders import Json
from pagopa.simulator.replies import html_reply, json_body, json_reply
from pagopa.simulator.store import Store

Door = tuple[str, str, Callable[..., Response]]
_FORM = "application/x-www-form-urlencoded"


class Training:
    """A form is answered with a page, JSON with JSON."""

    def __init__(self, injections: Injections, store: Store) -> None:
        self._injections = injections
        self._store = store

    def doors(self) -> list[Door]:
        return [
            ("GET", "/sim", self._page),
            ("POST", "/sim/inject", self._inject),
            ("GET", "/sim/faults", self._faults),
            ("GET", "/sim/notices", self._notices),
            ("GET", "/sim/figures", self._figures),
            ("GET", "/sim/avvisi", self._notices_page),
        ]

    def _page(self, request: Request) -> Response:
        return html_reply(pages.training_page())

    def _inject(self, request: Request) -> Response:
        if request.mimetype != _FORM:
            return json_reply(self._injections.run(json_body(request)))
        try:
            return html_reply(pages.result_page(self._injections.run(_form(request))))
        except OrderRefused as refusal:
            return html_reply(pages.refusal_page(str(refusal)), 400)

    def _faults(self, request: Request) -> Response:
        shown = [
            {
                "fault": one.number,
                "title": one.title,
                "does": one.does,
                "expects": one.expects,
                "fields": list(one.fields),
            }
            for one in TROUBLES
        ]
        return json_reply(shown)

    def _notices(self, request: Request) -> Response:
        asked = request.args
        found = notices_seen(
            self._store, asked.get("fiscal_code", ""), asked.get("notice_number", "")
        )
        return json_reply(found)

    def _notices_page(self, request: Request) -> Response:
        return html_reply(pages.notices_page(notices_seen(self._store)))

    def _figures(self, request: Request) -> Response:
        return json_reply(figures(self._store))


def _form(request: Request) -> Json:
    """Fields left empty are absent; numbers are numbers. Raises OrderRefused."""
    body: Json = {}
    for name, written in request.form.items():
        value = written.strip()
        if value and name in pages.NUMBERS:
            if not value.isdecimal():
                raise OrderRefused(f"{name} deve essere un numero intero")
            body[name] = int(value)
        elif value:
            body[name] = value
    return body
