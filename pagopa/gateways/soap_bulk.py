"""Very many notices to the intermediary in one file: asked for, handed over, followed until it is loaded.

``paaSILAutorizzaImportFlusso``, the upload, ``paaSILChiediStatoImportFlusso``. Whoever dies on the way hands the file
over again: the same notice twice is taken twice.
"""

import hashlib
import time
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

from pagopa.gateways.import_file import LAYOUT, RejectsRefused, build_import, read_rejects
from pagopa.gateways.protocol import (
    GatewayUnavailable,
    NoticeOutcome,
    NoticeStatus,
    NoticeToPublish,
)
from pagopa.gateways.soap_line import SoapLine
from pagopa.gateways.versamento import Action

LOADED, FAILED = "FILE_CARICATO", "ERROR_LOAD"
POLLS, POLL_S = 15, 2.0


class SoapBulk:
    """Files over that line; ``pause`` waits for so many seconds between two questions."""

    def __init__(self, line: SoapLine, pause: Callable[[float], None] = time.sleep) -> None:
        self._line, self._pause = line, pause

    def load(self, ente_code: str, notices: Sequence[NoticeToPublish]) -> list[NoticeOutcome]:
        """One outcome for each, in order. Raises GatewayUnavailable, also when it takes too long."""
        name = f"{ente_code}-{_digest(notices)}-{LAYOUT}"
        asked = self._ask("paaSILAutorizzaImportFlusso", ente_code)
        content = build_import(notices, Action.INSERT, name=name)
        self._line.put(
            self._known(asked.uploadUrl), ente_code,
            name=f"{name}.zip", content=content, token=asked.authorizationToken or "",
        )  # fmt: skip
        refused = self._follow(ente_code, asked.requestToken)
        return [_outcome(notice, refused) for notice in notices]

    def _follow(self, ente_code: str, token: str) -> dict[str, tuple[str, str]]:
        """What was refused, by iud, once the file is loaded."""
        for _ in range(POLLS):
            state = self._ask(
                "paaSILChiediStatoImportFlusso", ente_code, requestToken=token, fileScarti=True
            )
            if state.stato == LOADED:
                return self._rejects(ente_code, state.urlFileScarti)
            if state.stato == FAILED:
                raise GatewayUnavailable("l'intermediario non è riuscito a caricare il file")
            self._pause(POLL_S)
        raise GatewayUnavailable("l'intermediario sta ancora caricando il file")

    def _rejects(self, ente_code: str, address: str | None) -> dict[str, tuple[str, str]]:
        if not address:
            return {}
        try:
            return read_rejects(self._line.fetch(self._known(address), ente_code))
        except RejectsRefused as refusal:
            raise GatewayUnavailable(str(refusal)) from refusal

    def _ask(self, operation: str, ente_code: str, **arguments: Any) -> Any:
        answer = self._line.ask(operation, ente_code, **arguments)
        if answer.fault is not None:
            raise GatewayUnavailable(answer.fault.description or answer.fault.faultString)
        return answer

    def _known(self, address: str | None) -> str:
        """Files go only where the intermediary itself answers. Raises GatewayUnavailable."""
        ours, theirs = urlsplit(self._line.access.address), urlsplit(address or "")
        if (ours.scheme, ours.netloc) != (theirs.scheme, theirs.netloc):
            raise GatewayUnavailable("l'intermediario ha indicato un indirizzo che non è il suo")
        return address or ""


def _outcome(notice: NoticeToPublish, refused: dict[str, tuple[str, str]]) -> NoticeOutcome:
    if notice.iud not in refused:
        return NoticeOutcome(notice.iud, notice.iuv, NoticeStatus.ACKNOWLEDGED)
    code, words = refused[notice.iud]
    return NoticeOutcome(notice.iud, notice.iuv, NoticeStatus.REFUSED, code, words)


def _digest(notices: Sequence[NoticeToPublish]) -> str:
    """The same notices make the same name."""
    return hashlib.sha256("|".join(repr(one) for one in notices).encode()).hexdigest()[:16]
