"""What App IO takes and what it answers: sizes of a message, refusals that only say that a person is not there, statuses.

Before: the words of a courtesy message.  After: ``channels/app_io`` sends them; ``services/app_io_news`` asks what became
of them. Source: IO API for Public Administration Services, definitions MessageSubject, MessageBodyMarkdown, PaymentData,
MessageStatusValue.
"""

import re

from dunning.rules.delivery import DeliveryStatus

SUBJECT_SIGNS = range(10, 121)
BODY_SIGNS = range(80, 10_001)
LARGEST_CENTS = 9_999_999_999
LIFE_SECONDS = 604_800  # for how long the platform tries to tell her: the most it allows

ABSENT = "IO_ASSENTE"
BLOCKED = "IO_NON_CONSENTITO"
UNFIT = "IO_TESTO"
# Of the person and not of the message: the next channel is tried, and nothing is wrong with the wave.
SAYS_NOTHING = (ABSENT, BLOCKED)

_NOTICE = re.compile(r"[0-3][0-9]{17}")
_MARKS = re.compile(r"([\\`*_{}\[\]<>()#+!|~-])")
_STATUSES = {
    "ACCEPTED": DeliveryStatus.ACCETTATO,
    "THROTTLED": DeliveryStatus.INVIATO,
    "PROCESSED": DeliveryStatus.CONSEGNATO,
    "REJECTED": DeliveryStatus.FALLITO_PERM,
    "FAILED": DeliveryStatus.FALLITO_PERM,
}
_WORDS = {
    "REJECTED": "App IO: la persona non è più iscritta o non accetta messaggi di questo servizio.",
    "FAILED": "App IO non è riuscita a consegnare il messaggio.",
}


def markdown_of(text: str) -> str:
    """Plain words as Markdown that shows exactly them: nothing in a name becomes a link or a heading."""
    lines = _MARKS.sub(r"\\\1", text.strip()).split("\n")
    return "\n".join(line + ("  " if line and after else "") for line, after in _followed(lines))


def why_unfit(subject: str, markdown: str) -> str:
    """Why App IO would not take these words, for the official; empty when it would."""
    if len(subject) not in SUBJECT_SIGNS:
        return f"App IO vuole un oggetto da 10 a 120 caratteri: sono {len(subject)}."
    if len(markdown) not in BODY_SIGNS:
        return f"App IO vuole un testo da 80 a 10.000 caratteri: sono {len(markdown)}."
    return ""


def can_be_paid(number: str, cents: int) -> bool:
    """Whether App IO can offer the payment of that notice."""
    return bool(_NOTICE.fullmatch(number)) and 1 <= cents <= LARGEST_CENTS


def status_of(said: str) -> DeliveryStatus | None:
    """What the attempt becomes; None for a word this table does not know."""
    return _STATUSES.get(said)


def words_of(said: str) -> str:
    """Why it did not arrive, for the official; empty when it did."""
    return _WORDS.get(said, "")


def _followed(lines: list[str]) -> list[tuple[str, str]]:
    return list(zip(lines, [*lines[1:], ""], strict=True))
