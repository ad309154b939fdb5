"""Very many notices to the intermediary in one file: asked for, handed over, followed until it is loaded.

``paaSILAutorizzaImportFlusso``, the upload, ``paaSILChiediStatoImportFlusso``. A file that is still being loaded is
asked about again later, by its token. Whoever dies before the token is noted hands the file over again: the same notice
twice is taken twice.
"""

import hashlib
import time
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

from pagopa.gateways.circuit import SharedCache
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
DAY = 24 * 3600
_NOTE = "pagopa:import:"


class StillLoading(GatewayUnavailable):
    """It was handed over and is not loaded yet: it is asked about again, not handed over again."""


class SoapBulk:
    """Files over that line; ``pause`` waits for so many seconds between two questions; ``notes`` keeps the tokens."""

    def __init__(
        self,
        line: SoapLine,
        pause: Callable[[float], None] = time.sleep,
        notes: SharedCache | None = None,
    ) -> None:
        self._line, self._pause, self._notes = line, pause, notes

    def load(self, ente_code: str, notices: Sequence[NoticeToPublish]) -> list[NoticeOutcome]:
        """One outcome for each, in order. Raises GatewayUnavailable, also when it takes too long."""
        if not notices:
            return []
        name = f"{ente_code}-{_digest(notices)}-{LAYOUT}"
        token = self._noted(name) or self._hand_over(ente_code, name, notices)
        try:
            refused = self._follow(ente_code, token)
        except StillLoading:
            raise
        except GatewayUnavailable:
            self._forget(name)
            raise
        self._forget(name)
        return [_outcome(notice, refused) for notice in notices]

    def _hand_over(self, ente_code: str, name: str, notices: Sequence[NoticeToPublish]) -> str:
        """Returns the token by which it is asked about."""
        asked = self._ask("paaSILAutorizzaImportFlusso", ente_code)
        content = build_import(notices, Action.INSERT, name=name)
        self._line.put(
            self._known(asked.uploadUrl), ente_code,
            name=f"{name}.zip", content=content, token=asked.authorizationToken or "",
        )  # fmt: skip
        token = str(asked.requestToken)
        if self._notes is not None:
            self._notes.set(_NOTE + name, token, timeout=DAY)
        return token

    def _noted(self, name: str) -> str:
        """The token of this very file, if it was handed over and its end is not known."""
        return str(self._notes.get(_NOTE + name) or "") if self._notes is not None else ""

    def _forget(self, name: str) -> None:
        if self._notes is not None:
            self._notes.delete(_NOTE + name)

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
        raise StillLoading("l'intermediario sta ancora caricando il file")

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
