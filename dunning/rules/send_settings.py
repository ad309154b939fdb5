"""What SEND wants to know of every notification of an Ente, decided once: taxonomy, kind of letter, who bears the costs.

Before: the office's form.  After: ``channels/send`` puts it in each request. Source: SEND, NewNotificationRequest.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from paybox.kernel.problems import Refused

REGISTERED, JUDICIAL = "AR_REGISTERED_LETTER", "REGISTERED_LETTER_890"
FLAT, BY_DELIVERY = "FLAT_RATE", "DELIVERY_MODE"
LETTERS: Mapping[str, str] = {
    REGISTERED: "Raccomandata A/R",
    JUDICIAL: "Notifica per posta (L. 890/1982)",
}
POLICIES: Mapping[str, str] = {
    FLAT: "Sono nell'atto, se li addebita: SEND non aggiunge nulla all'avviso",
    BY_DELIVERY: "Li aggiunge SEND all'avviso, secondo il percorso della notifica",
}
BY_GPD, BY_US = "ASYNC", "SYNC"
INTEGRATIONS: Mapping[str, str] = {
    BY_GPD: "pagoPA, nell'archivio in cui l'Ente carica gli avvisi (GPD)",
    BY_US: "L'Ente, quando pagoPA gli chiede l'importo (o ripubblicando l'avviso)",
}
_TAXONOMY = re.compile(r"[0-9]{6}[A-Z]")


class SettingsRefused(Refused):
    """SEND would not take these; the message says which."""


@dataclass(frozen=True, slots=True)
class SendSettings:
    """Cents and per cent. ``fee_cents``, ``vat`` and ``integration`` (who tells the payer) count only when the costs follow
    the delivery.
    """

    taxonomy: str = "010101P"
    letter: str = REGISTERED
    policy: str = FLAT
    fee_cents: int = 100
    vat: int = 22
    group: str = ""
    integration: str = BY_GPD


def read_settings(typed: Mapping[str, Any]) -> dict[str, Any]:
    """As they are stored. Raises SettingsRefused."""
    given = settings_of(typed)
    if not _TAXONOMY.fullmatch(given.taxonomy):
        raise SettingsRefused(
            "Il codice tassonomico di SEND ha sei cifre e una lettera, come 010101P"
        )
    if given.letter not in LETTERS or given.policy not in POLICIES:
        raise SettingsRefused("Scegliere il tipo di lettera e chi sopporta i costi")
    if given.integration not in INTEGRATIONS:
        raise SettingsRefused("Scegliere chi dice a chi paga quanto costa la notifica")
    if not 0 <= given.fee_cents <= 100:
        raise SettingsRefused("Il costo dell'Ente per notifica va da 0 a 1 euro")
    if not 0 <= given.vat <= 100:
        raise SettingsRefused("L'IVA va da 0 a 100 per cento")
    if len(given.group) > 1_024 or not given.group.isascii():
        raise SettingsRefused("Il gruppo è quello scritto nell'area riservata di SEND")
    return asdict(given)


def settings_of(stored: Mapping[str, Any]) -> SendSettings:
    """From what was stored; what is missing is as usual."""
    known = {name: stored[name] for name in SendSettings.__slots__ if name in stored}
    return SendSettings(**known)
