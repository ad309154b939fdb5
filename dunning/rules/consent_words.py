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


def invite_by_email(*, ente: str, site: str, code: str, office: str) -> Said:
    """The address of her page is added below. Nothing that names her: the address may be somebody else's by now."""
    return Said(
        f"{ente}: ricevere gli avvisi di pagamento per e-mail",
        f"Gentile contribuente,\n\n"
        f"può scegliere di ricevere a questo indirizzo, e non più su carta, gli avvisi di pagamento di {ente}, e per SMS "
        f"i promemoria delle scadenze. La scelta è libera e gratuita e si cambia quando si vuole. Se non risponde non "
        f"cambia nulla.\n\n"
        f"Per scegliere si apre la pagina scritta in fondo e si indica il codice fiscale. Oppure si cerca «Avvisi senza "
        f"carta» su {site} e si scrive anche il codice personale {code}, che è solo suo: non lo dia ad altri. Non le "
        f"chiediamo denaro né dati di carte.\n\n"
        f"Le scriviamo qui perché questo indirizzo risulta dato da lei all'ufficio. Se non vuole altri messaggi come "
        f"questo, lo dica all'ufficio ({office}) o lo chieda dal suo programma di posta.\n\n{ente}",
    )


def invite_by_post(*, ente: str, site: str, code: str) -> Said:
    """What the printed invitation says, in short: the page itself has the form to sign."""
    return Said(
        "Ricevere gli avvisi di pagamento per e-mail",
        f"{ente} invita a ricevere gli avvisi di pagamento per e-mail, al posto della carta.\n\n"
        f"Modulo in linea su {site}, codice personale {code}; in fondo alla lettera, il modulo da firmare e consegnare.",
    )


def invitation_texts() -> tuple[Said, Said]:
    """The words themselves, with nobody's facts in them: what an approval is given for."""
    return (
        invite_by_email(ente="", site="", code="", office=""),
        invite_by_post(ente="", site="", code=""),
    )
