"""The Node's side of paForNode: ask an Ente over real HTTP, and believe nothing of the answer.

Every trouble becomes the fault the PSP would see (SANP, handling of the Ente's errors).
"""

import time

import httpx

from pagopa.simulator import faults
from pagopa.simulator.checks import judge
from pagopa.simulator.world import Station
from pagopa.wire.answers import Answer, AnswerRefused, read_answer
from pagopa.wire.asking import write_request
from pagopa.wire.requests import Operation, Request
from pagopa.wire.soap import CONTENT_TYPE

_MAX_BYTES = 1_000_000


class EnteClient:
    """One pool of connections for all Enti; no proxy, no redirect."""

    def __init__(self) -> None:
        self._http = httpx.Client(trust_env=False, follow_redirects=False)

    def close(self) -> None:
        self._http.close()

    def post_raw(self, url: str, body: bytes, operation: Operation) -> httpx.Response:
        """Whatever is answered to whatever is sent. Raises NodeFault when nobody is there."""
        headers = {"Content-Type": CONTENT_TYPE, "SOAPAction": f'"{operation.value}"'}
        try:
            return self._http.post(url, content=body, headers=headers, timeout=15)
        except httpx.TimeoutException as error:
            raise faults.timed_out() from error
        except httpx.HTTPError as error:
            raise faults.unreachable() from error

    def ask(self, request: Request, station: Station, *, timeout_s: float) -> tuple[Answer, bytes]:
        """A judged OK answer and its bytes. Raises NodeFault for a KO or a misbehaviour."""
        raw = self.post(station.ec_url, request.operation, write_request(request), timeout_s)
        return judged(raw, request), raw

    def post(
        self,
        url: str,
        operation: Operation,
        envelope: bytes,
        timeout_s: float,
        *,
        patience_s: float | None = None,
    ) -> bytes:
        """The body of an HTTP 200. Raises NodeFault.

        ``patience_s``: how long to wait for the answer once the message is handed over, when that is less.
        """
        times = httpx.Timeout(timeout_s, read=timeout_s if patience_s is None else patience_s)
        try:
            return self._post(url, operation, envelope, timeout_s, times)
        except httpx.ConnectTimeout as error:
            raise faults.unreachable() from error
        except httpx.TimeoutException as error:
            raise faults.timed_out() from error
        except (httpx.ConnectError, httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
            raise faults.unreachable() from error
        except httpx.HTTPError as error:
            raise faults.bad_answer("connessione interrotta") from error

    def _post(
        self,
        url: str,
        operation: Operation,
        envelope: bytes,
        timeout_s: float,
        times: httpx.Timeout,
    ) -> bytes:
        headers = {"Content-Type": CONTENT_TYPE, "SOAPAction": f'"{operation.value}"'}
        deadline = time.monotonic() + timeout_s
        with self._http.stream(
            "POST", url, content=envelope, headers=headers, timeout=times
        ) as answer:
            body = bytearray()
            for piece in answer.iter_bytes():
                body += piece
                _check(len(body), deadline)
        if answer.status_code != httpx.codes.OK:
            raise faults.bad_answer(f"HTTP {answer.status_code}")
        return bytes(body)


def _check(size: int, deadline: float) -> None:
    """The time-out is for the whole answer, not for each piece of it."""
    if size > _MAX_BYTES:
        raise faults.bad_answer("risposta troppo lunga")
    if time.monotonic() > deadline:
        raise faults.timed_out()


def judged(raw: bytes, request: Request) -> Answer:
    """Schema, then sense, then outcome. Raises NodeFault."""
    try:
        answer = read_answer(raw, request.operation)
    except AnswerRefused as refusal:
        raise faults.bad_answer(str(refusal)) from refusal
    wrong = judge(answer, request)
    if wrong:
        raise faults.bad_answer(wrong)
    if answer.fault is not None:
        said = answer.fault
        raise faults.said_by_ente(said.code, said.words, said.id, said.description)
    return answer
