"""The page on which the mail caught by the sink can be read.

Before: ``mailbox``.  After: the browser, the demo, the tests (JSON). A message is untrusted: its
HTML is shown in a frame without scripts, its attachments are only ever downloaded.
"""

from dataclasses import asdict
from email.message import EmailMessage, MIMEPart
from typing import Any
from urllib.parse import quote

from markupsafe import Markup
from werkzeug.exceptions import NotFound
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from dunning.channels.standins.mailbox import Mailbox
from dunning.channels.standins.pages import link, page, table
from dunning.channels.standins.serving import Doors

SHOWN = 200

_SEARCH = Markup("""<form>
<label>Destinatario <input name="to" value="{}"></label> <button>Cerca</button>
</form>{}{}""")

_HTML_FRAME = Markup("""<h2>Versione HTML</h2>
<iframe sandbox="" title="Versione HTML" srcdoc="{}"></iframe>""")

_ROUTES = Map(
    [
        Rule("/", endpoint="list"),
        Rule("/messages", endpoint="json"),
        Rule("/messages/<number>", endpoint="one"),
        Rule("/messages/<number>.eml", endpoint="raw"),
        Rule("/messages/<number>/attachments/<int:index>", endpoint="attachment"),
    ]
)


class MailViewer(Doors):
    """Over one mailbox."""

    routes, refusals = _ROUTES, (KeyError,)

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    def refused(self, refusal: KeyError) -> Response:
        return NotFound().get_response()

    def _list(self, request: Request) -> Response:
        to = request.args.get("to", "")
        found = self._mailbox.envelopes(to)
        rows = [
            (
                one.received_at,
                ", ".join(one.recipients),
                link(f"/messages/{one.id}", one.subject or "(senza oggetto)"),
            )
            for one in found[:SHOWN]
        ]
        count = Markup('<p class="nota">Messaggi: {} (qui gli ultimi {}).</p>').format(
            len(found), len(rows)
        )
        listing = table(("Ricevuto", "A", "Oggetto"), rows, empty="Nessun messaggio.")
        return page("Posta di prova", _SEARCH.format(to, count, listing))

    def _json(self, request: Request) -> Response:
        from json import dumps

        found = self._mailbox.envelopes(request.args.get("to", ""))
        return Response(
            dumps({"messages": [asdict(one) for one in found]}), mimetype="application/json"
        )

    def _one(self, request: Request, number: str) -> Response:
        mail = self._mailbox.parsed(number)
        heads = [
            (name, str(mail.get(name, "")))
            for name in ("From", "To", "Subject", "Date", "Message-ID")
        ]
        body = Markup("").join(
            [
                Markup("<p>{} · {}</p>").format(
                    link("/", "Tutti i messaggi"), link(f"/messages/{number}.eml", "Originale")
                ),
                table(("Campo", "Valore"), heads, empty=""),
                _attachments(number, mail),
                _bodies(mail),
            ]
        )
        return page(str(mail.get("Subject", "")) or "(senza oggetto)", body)

    def _raw(self, request: Request, number: str) -> Response:
        return _download(self._mailbox.raw(number), f"{number}.eml", "message/rfc822")

    def _attachment(self, request: Request, number: str, index: int) -> Response:
        parts = list(self._mailbox.parsed(number).iter_attachments())
        if index >= len(parts):
            raise NotFound
        return _download(
            _content(parts[index]),
            parts[index].get_filename() or f"allegato-{index}",
            "application/octet-stream",
        )


def _attachments(number: str, mail: EmailMessage) -> Markup:
    rows = [
        (
            link(f"/messages/{number}/attachments/{index}", part.get_filename() or "allegato"),
            f"{len(_content(part))} byte",
        )
        for index, part in enumerate(mail.iter_attachments())
    ]
    return Markup("<h2>Allegati</h2>{}").format(
        table(("Nome", "Misura"), rows, empty="Nessun allegato.")
    )


def _bodies(mail: EmailMessage) -> Markup:
    shown = Markup("")
    if plain := mail.get_body(("plain",)):
        shown += Markup("<h2>Testo</h2><pre>{}</pre>").format(plain.get_content())
    if rich := mail.get_body(("html",)):
        shown += _HTML_FRAME.format(rich.get_content())
    return shown


def _content(part: Any) -> bytes:
    payload = part.get_payload(decode=True) if isinstance(part, MIMEPart) else b""
    return payload if isinstance(payload, bytes) else b""


def _download(content: bytes, filename: str, mime: str) -> Response:
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(filename, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox",
    }
    return Response(content, mimetype=mime, headers=headers)
