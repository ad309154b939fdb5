"""The words of ZERO_CARTA's own messages: to show that an address is read, and that the choice was taken.

Before: ``services.contact_checks``.  After: the channel. Links are ours; an SMS stays in one part.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """``subject`` is for e-mail; ``html`` is made of ``text`` by ``as_html``."""

    subject: str
    text: str


def ask_by_email(*, ente: str, link: str, hours: int) -> Said:
    return Said(
        "Conferma il tuo indirizzo e-mail",
        f"È stato chiesto a {ente} di inviare a questo indirizzo gli avvisi di pagamento, al posto della carta.\n\n"
        f"Per confermare, aprire questa pagina e premere «Confermo»:\n{link}\n\n"
        f"Il collegamento vale {hours} ore e una volta sola. Se la richiesta non è sua, non faccia nulla: "
        f"senza conferma non cambia niente.\n\n{ente}",
    )


def ask_by_sms(*, ente: str, code: str, minutes: int) -> Said:
    return Said(
        "",
        f"{ente}: il codice di conferma è {code}. Vale {minutes} minuti. Non comunicarlo a nessuno.",
    )


def taken_by_email(*, ente: str, link: str) -> Said:
    return Said(
        "Riceverà gli avvisi per e-mail",
        f"Da oggi {ente} le manda gli avvisi di pagamento a questo indirizzo, al posto della carta.\n\n"
        f"Per tornare agli avvisi su carta basta aprire questa pagina e premere il pulsante:\n{link}\n\n{ente}",
    )  # fmt: skip
