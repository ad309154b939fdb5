"""What the demo asks of the far ends, over real HTTP: the simulated PSP, the mailbox, the phone, a browser."""

import re
from datetime import date, datetime
from typing import Any
from urllib.parse import urljoin

import httpx

from paybox.demo.stack import Ports


class FarEnds:
    """The stand-ins of one running stack."""

    def __init__(self, ports: Ports) -> None:
        self.ports = ports
        self._http = httpx.Client(timeout=30)

    def psp(
        self, order: str, *, fiscal_code: str, notice_number: str, **more: Any
    ) -> dict[str, Any]:
        """``order``: verify, activate, outcome or pay. See docs/howto/node-simulator.md."""
        body = {"fiscal_code": fiscal_code, "notice_number": notice_number, **more}
        answer = self._http.post(f"http://127.0.0.1:{self.ports.simulator}/psp/{order}", json=body)
        return dict(answer.raise_for_status().json())

    def pay(
        self, *, fiscal_code: str, notice_number: str, paid_at: datetime, version: str = "V2"
    ) -> dict[str, Any]:
        return self.psp(
            "pay",
            fiscal_code=fiscal_code,
            notice_number=notice_number,
            version=version,
            paid_at=paid_at.isoformat(),
        )

    def declare_station(self, *, fiscal_code: str, broker: str, station: str) -> None:
        """Tell the Node which station speaks for an Ente (the default one is the stack's)."""
        body = {"fiscal_code": fiscal_code, "broker": broker, "station": station}
        self._http.post(
            f"http://127.0.0.1:{self.ports.simulator}/node/stations", json=body
        ).raise_for_status()

    def move_clock_to(self, day: date) -> None:
        """The Node lives in the demo's day."""
        body = {"date": day.isoformat()}
        url = f"http://127.0.0.1:{self.ports.simulator}/node/clock"
        self._http.post(url, json=body).raise_for_status()

    def flows(self, on: str) -> list[dict[str, Any]]:
        """The reporting flows of one day (ISO), made by the Node."""
        answer = self._http.post(
            f"http://127.0.0.1:{self.ports.simulator}/node/flows", json={"on": on}
        )
        return list(answer.raise_for_status().json())

    def published(self) -> dict[str, Any]:
        return dict(
            self._http.get(f"http://127.0.0.1:{self.ports.simulator}/state")
            .raise_for_status()
            .json()
        )

    def mails(self, to: str = "") -> list[dict[str, Any]]:
        return _listed(
            self._http.get(f"http://127.0.0.1:{self.ports.mail}/messages", params={"to": to})
        )

    def texts(self, to: str = "") -> list[dict[str, Any]]:
        return _listed(
            self._http.get(f"http://127.0.0.1:{self.ports.sms}/messages", params={"to": to})
        )

    def browser(self, host: str) -> "Browser":
        return Browser(f"http://{host}:{self.ports.web}")


class Browser:
    """A browser without JavaScript: cookies, forms with their hidden fields, redirects followed."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._http = httpx.Client(timeout=60, follow_redirects=True, transport=_Loopback())
        self.page: httpx.Response | None = None

    def open(self, path: str) -> httpx.Response:
        self.page = self._http.get(urljoin(self._base, path))
        return self.page

    def submit(self, *, button: str = "", **fields: str) -> httpx.Response:
        """Send the page's form (the one with ``button`` in it, else the last) with these fields filled in."""
        if self.page is None:
            raise RuntimeError("nessuna pagina aperta")
        action, hidden = _form(self.page.text, button)
        target = urljoin(str(self.page.url), action or str(self.page.url))
        self.page = self._http.post(
            target, data={**hidden, **fields}, headers={"referer": str(self.page.url)}
        )
        return self.page

    def log_in(self, email: str, password: str) -> httpx.Response:
        self.open("/accounts/login/")
        return self.submit(button='name="login"', login=email, password=password)


class _Loopback(httpx.HTTPTransport):
    """``*.localhost`` is this machine, whether or not its resolver knows; the Host header stays as written."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        here = httpx.Request(
            request.method,
            request.url.copy_with(host="127.0.0.1"),
            headers=request.headers,
            stream=request.stream,
            extensions=request.extensions,
        )
        return super().handle_request(here)


def _form(html: str, button: str) -> tuple[str, dict[str, str]]:
    forms = re.findall(r"(<form\b.*?</form>)", html, flags=re.S)
    posts = [form for form in forms if re.search(r'method="post"', form, flags=re.I)]
    chosen = (
        next((form for form in posts if button in form), None) if button else (posts or [None])[-1]
    )
    if chosen is None:
        raise RuntimeError(f"nessun modulo con «{button}» nella pagina")
    action = re.search(r'<form[^>]*\baction="([^"]*)"', chosen)
    hidden = {}
    for tag in re.findall(r"<input[^>]*>", chosen):
        kind, name = re.search(r'type="([^"]*)"', tag), re.search(r'name="([^"]*)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if name and kind and kind[1] == "hidden":
            hidden[name[1]] = value[1] if value else ""
    return (action[1] if action else ""), hidden


def _listed(answer: httpx.Response) -> list[dict[str, Any]]:
    """The stand-ins answer a list, or an object with one."""
    found = answer.raise_for_status().json()
    return list(found if isinstance(found, list) else found["messages"])
