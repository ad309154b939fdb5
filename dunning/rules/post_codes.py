"""The carriers' codes of registered post, all of them, in our language: RECRN (A/R) and RECAG (judicial acts, L. 890/1982).

Before: a provider's file.  After: ``post.PostOutcome``. The codes are those that pagoPA publishes for SEND ("Decodifiche
SEND_ANALOG", docs.pagopa.it, read in November 2026): of the letter that ends each code, A and D are announced outcomes
that may still be contradicted, B and E say that the scan is there, C and F close the file. Only what closes decides.
"""

from collections.abc import Mapping

from dunning.rules.post import PostOutcome as O

UNDECIDED = O.IN_CORSO

CAUSES: Mapping[str, tuple[str, O]] = {
    "M01": ("destinatario irreperibile", O.IRREPERIBILE),
    "M02": ("destinatario deceduto", O.DECEDUTO),
    "M03": ("destinatario sconosciuto", O.IRREPERIBILE),
    "M04": ("destinatario trasferito", O.IRREPERIBILE),
    "M05": ("invio rifiutato", O.RIFIUTATA),
    "M06": ("indirizzo inesatto", O.INDIRIZZO),
    "M07": ("indirizzo inesistente", O.INDIRIZZO),
    "M08": ("indirizzo insufficiente", O.INDIRIZZO),
    "M09": ("altra causa", O.NON_CONSEGNATA),
}
LOST_CAUSES = ("F01", "F02", "F03", "F04")  # theft, loss, damage, robbery: the same to us

# stem → what it is when it closes; None: the cause decides, and without a cause a person does
_CLOSED: Mapping[str, O | None] = {
    "RECRN001C": O.CONSEGNATA,
    "RECRN002C": None,
    "RECRN002F": None,
    "RECRN003C": O.RITIRATA,
    "RECRN004C": O.RIFIUTATA,  # not collected because refused at the point of stay
    "RECRN005C": O.COMPIUTA_GIACENZA,
    "RECAG001C": O.CONSEGNATA,
    "RECAG002C": O.CONSEGNATA,  # to a person the law allows
    "RECAG003C": None,
    "RECAG003F": None,
    "RECAG005C": O.RITIRATA,
    "RECAG006C": O.RITIRATA,
    "RECAG007C": O.RIFIUTATA,
    "RECAG008C": O.COMPIUTA_GIACENZA,
}
_UNTRACEABLE = ("RECRN002F", "RECAG003F")  # whatever the cause: she is not found there
_ALONE: Mapping[str, O] = {
    "CON018": O.ACCETTATA,  # the carrier has it
    "CON080": UNDECIDED,  # printed and enveloped
    "RECRN006": O.SMARRITA,
    "RECRN010": O.IN_GIACENZA,  # absent: the notice is left
    "RECRN011": O.IN_GIACENZA,
    "RECRN013": O.SMARRITA,  # cannot be accounted for: it is sent again
    "RECRN015": UNDECIDED,  # force majeure: the carrier tries again
    "RECAG004": O.SMARRITA,
    "RECAG010": UNDECIDED,  # absent; the ten days run from the notice of deposit, which is 010A
    "RECAG010A": O.IN_GIACENZA,  # CAD sent (art. 8, L. 890/1982)
    "RECAG011A": UNDECIDED,
    "RECAG011B": UNDECIDED,
    "RECAG012": UNDECIDED,
    "RECAG012A": UNDECIDED,
    "RECAG013": O.SMARRITA,
    "RECAG015": UNDECIDED,
}


def _announced(closed: str) -> tuple[str, str]:
    """The two codes that come before the one that closes."""
    first, scan = ("D", "E") if closed.endswith("F") else ("A", "B")
    return closed[:-1] + first, closed[:-1] + scan


def _all_codes() -> dict[str, O]:
    codes = dict(_ALONE)
    for closed, outcome in _CLOSED.items():
        for early in _announced(closed):
            codes[early] = UNDECIDED
        if outcome is not None:
            codes[closed] = outcome
        elif closed in _UNTRACEABLE:
            codes[closed] = O.IRREPERIBILE
        if closed.endswith(("002C", "003C", "004C", "007C", "F")) and outcome in (
            None,
            O.RIFIUTATA,
        ):
            codes |= {f"{closed}-{cause}": told for cause, (_, told) in CAUSES.items()}
    return codes


CODES: Mapping[str, O] = _all_codes()


def outcome_of(code: str, *, cause: str = "") -> O | None:
    """The outcome of a code, with its cause beside it or after a hyphen. None: nobody taught us this one."""
    code, cause = code.strip().upper(), cause.strip().upper()
    code, _, inside = code.replace(" ", "-").replace("/", "-").partition("-")
    cause = cause or inside
    if cause and f"{code}-{cause}" in CODES:
        return CODES[f"{code}-{cause}"]
    known = not cause or cause in CAUSES or cause in LOST_CAUSES
    return CODES.get(code) if known else None
