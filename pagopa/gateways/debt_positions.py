"""What ACA and GPD have in common: a position is one message, put there, changed and taken off by its IUPD.

Before: an adapter says how its body is made.  After: one outcome for each notice of the position.
Putting is said twice without harm: whoever finds it there already changes it to what it must be.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from pagopa.gateways.http import RestAnswer, RestLine
from pagopa.gateways.protocol import (
    NOT_THERE,
    GatewayUnavailable,
    NoticeOutcome,
    NoticeStatus,
    NoticeToPublish,
    PublicationOutcome,
    PublicationRequest,
    TransferToPublish,
)
from pagopa.gateways.versamento import framed
from pagopa.wire.texts import clip

ROME = ZoneInfo("Europe/Rome")
Json = dict[str, Any]
Notices = list[NoticeToPublish]
Act = Callable[[PublicationRequest, Notices], RestAnswer]
Build = Callable[[PublicationRequest, Notices], Json]
NO_DUE_DATE = "SENZA_SCADENZA"
MOST_METADATA = 10


class DebtPositions:
    """The calls of one service; ``build`` makes the body of one position, ``take_off`` its removal."""

    def __init__(
        self,
        line: RestLine,
        build: Build,
        take_off: Callable[[RestLine, str, str], RestAnswer],
        *,
        at_once: int = 1,
    ) -> None:
        self._line, self._build, self._take_off = line, build, take_off
        self._at_once = at_once

    def publish(self, request: PublicationRequest) -> PublicationOutcome:
        return self._each(request, self._create)

    def replace(self, request: PublicationRequest) -> PublicationOutcome:
        return self._each(request, self._change)

    def withdraw(self, request: PublicationRequest) -> PublicationOutcome:
        return self._each(request, self._remove)

    def _each(self, request: PublicationRequest, act: Act) -> PublicationOutcome:
        """A position a call, so many at once: the services have no call for many. At the first trouble no more begin."""
        trouble: list[GatewayUnavailable] = []

        def try_one(notices: Notices) -> list[NoticeOutcome]:
            if trouble:
                return []
            try:
                return self._one(request, notices, act)
            except GatewayUnavailable as fault:
                trouble.append(fault)
                return []

        with ThreadPoolExecutor(self._at_once) as pool:
            answers = list(pool.map(try_one, _positions(request)))
        done = tuple(outcome for answer in answers for outcome in answer)
        if trouble:
            raise GatewayUnavailable(str(trouble[0]), done=done) from trouble[0]
        return PublicationOutcome(done)

    def _one(
        self,
        request: PublicationRequest,
        notices: Notices,
        act: Act,
    ) -> list[NoticeOutcome]:
        if any(notice.due_on is None for notice in notices):
            return _all(notices, NoticeStatus.REFUSED, NO_DUE_DATE, "manca la data di scadenza")
        answer = act(request, notices)
        if answer.status < 300:
            return _all(notices, NoticeStatus.ACKNOWLEDGED)
        code = NOT_THERE if answer.status == 404 else str(answer.status)
        return _all(notices, NoticeStatus.REFUSED, code, answer.words)

    def _create(self, request: PublicationRequest, notices: Notices) -> RestAnswer:
        """A conflict may be our own earlier message: then it is made equal to this one.

        A folder that is not there is no word about the position: we are knocking at the wrong address.
        """
        ente, body = request.ente_codice_fiscale, self._build(request, notices)
        created = self._line.ask("POST", folder(ente), ente=ente, body=body, toPublish="true")
        if created.status == 404:
            raise GatewayUnavailable("il servizio di pagoPA non è all'indirizzo configurato")
        if created.status != 409:
            return created
        changed = self._change(request, notices)
        return created if changed.status == 404 else changed

    def _change(self, request: PublicationRequest, notices: Notices) -> RestAnswer:
        ente, body = request.ente_codice_fiscale, self._build(request, notices)
        where = f"{folder(ente)}/{body['iupd']}"
        return self._line.ask("PUT", where, ente=ente, body=body, toPublish="true")

    def _remove(self, request: PublicationRequest, notices: Notices) -> RestAnswer:
        return self._take_off(self._line, request.ente_codice_fiscale, iupd_of(notices[0]))


def folder(ente: str) -> str:
    return f"organizations/{ente}/debtpositions"


def iupd_of(notice: NoticeToPublish) -> str:
    """The name of the whole position; a notice that stands alone is named by its iud."""
    return notice.position or notice.iud


def due_date(on: date | None) -> str:
    """The last second of that day in Rome, as the services want it. Raises ValueError without a day."""
    if on is None:
        raise ValueError("un avviso vuole una scadenza")
    last = datetime(on.year, on.month, on.day, 23, 59, 59, tzinfo=ROME)
    return last.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def debtor(notice: NoticeToPublish) -> Json:
    """Who must pay; what is not on file is left out."""
    who = notice.debtor
    optional = {
        "streetName": clip(who.street, 70),
        "civicNumber": clip(who.civic_number, 16),
        "postalCode": clip(who.postal_code, 16),
        "city": clip(who.city, 35),
        "province": clip(who.province, 35),
        "country": who.country if len(who.country) == 2 and who.country.isupper() else "",
        "email": clip(who.email, 256),
    }
    needed = {"type": who.kind, "fiscalCode": who.code, "fullName": clip(who.full_name, 70) or "-"}
    return needed | {name: text for name, text in optional.items() if text}


def transfers(request: PublicationRequest, notice: NoticeToPublish) -> list[Json]:
    """Where the money goes: to each body its part, or the whole of it to the Ente."""
    whole = TransferToPublish(
        amount_cents=notice.amount_cents,
        fiscal_code=request.ente_codice_fiscale,
        name=request.ente_name,
        taxonomy=notice.taxonomy,
        iban=notice.iban,
        postal_iban=notice.postal_iban,
    )
    parts = notice.transfers or (whole,)
    return [_transfer(number, part, notice) for number, part in enumerate(parts, start=1)]


def metadata(pairs: tuple[tuple[str, str], ...]) -> list[Json]:
    """Ten at most, each key once."""
    kept = {clip(key, 140): clip(value, 140) for key, value in pairs if clip(key, 140)}
    return [{"key": key, "value": value} for key, value in list(kept.items())[:MOST_METADATA]]


def _transfer(number: int, part: TransferToPublish, notice: NoticeToPublish) -> Json:
    """A stamp goes to no account, and an account has no stamp."""
    told: Json = {
        "idTransfer": str(number),
        "amount": part.amount_cents,
        "organizationFiscalCode": part.fiscal_code,
        "remittanceInformation": clip(notice.causale, 140) or "-",
        "category": framed(part.taxonomy),
        "transferMetadata": metadata(part.metadata),
    }
    if name := clip(part.name, 140):
        told["companyName"] = name
    if part.stamp_hash:
        stamp = ("hashDocument", "stampType", "provincialResidence")
        values = (part.stamp_hash, part.stamp_kind, part.stamp_province)
        return told | {"stamp": dict(zip(stamp, values, strict=True))}
    accounts = {"iban": part.iban, "postalIban": part.postal_iban}
    return told | {name: account for name, account in accounts.items() if account}


def _positions(request: PublicationRequest) -> Iterator[Notices]:
    """Notices of one position stand one after the other."""
    for _, notices in groupby(request.notices, key=iupd_of):
        yield list(notices)


def _all(
    notices: Notices, status: NoticeStatus, code: str = "", words: str = ""
) -> list[NoticeOutcome]:
    return [NoticeOutcome(n.iud, n.iuv, status, code, words) for n in notices]
