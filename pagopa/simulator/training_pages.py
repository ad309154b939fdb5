"""The pages of ``/sim``: each trouble explained and done with a form; what came of it; the notices seen."""

import base64
import json
from collections.abc import Sequence

from markupsafe import Markup

from pagopa.simulator.catalogue import TROUBLES, Trouble
from pagopa.simulator.orders import Json
from pagopa.simulator.pages import NOTE, page
from pagopa.simulator.treasury import CAUSALE, MONEY
from paybox.kernel.money import format_euro

_LABELS = {
    "fiscal_code": "Codice fiscale dell'Ente",
    "notice_number": "Codice avviso (18 cifre)",
    "amount_cents": "Importo in centesimi (facoltativo)",
    "short_cents": "Quanto in meno, in centesimi (facoltativo)",
    "on": "Giorno dei pagamenti (vuoto: oggi)",
    "iuf": "Identificativo del flusso (vuoto: il primo del giorno)",
    "token": "Identificativo della ricevuta",
    "status": "Stato HTTP: 429, 500 o 503",
    "times": "Quante richieste",
    "retry_after": "Secondi di attesa chiesti",
}
_CHOICES: dict[str, tuple[str, Sequence[str]]] = {
    "money": ("Importo dell'accredito", MONEY[1:]),
    "causale": ("Causale dell'accredito", tuple(CAUSALE)[1:]),
    "format": ("Formato del file", ("csv", "opi")),
}
NUMBERS = frozenset({"fault", "amount_cents", "short_cents", "status", "times", "retry_after"})
_STATES = {
    "INSERTED": "Pagabile",
    "PAYING": "Pagamento in corso",
    "PAID": "Pagato, ricevuta da consegnare",
    "NOTIFIED": "Pagato e ricevuta consegnata",
}
_VERDICTS = {
    True: "L'Ente si è comportato come previsto.",
    False: "L'Ente NON si è comportato come previsto.",
    None: "L'esito si vede nelle pagine dell'Ente.",
}


def training_page() -> str:
    """The fifteen troubles, each with its form."""
    body = NOTE + Markup(
        "<p>Qui si provano a PayBox, una alla volta, le situazioni difficili che il Nodo dei pagamenti, i PSP e la "
        'tesoreria creano davvero. <a href="/sim/avvisi">Stato degli avvisi al Nodo</a>.</p>{forms}'
    ).format(forms=Markup().join(_form(trouble) for trouble in TROUBLES))
    return page("Palestra del Nodo dei pagamenti", body)


def _form(trouble: Trouble) -> Markup:
    fields = Markup().join(_field(trouble.number, name) for name in trouble.fields)
    return Markup(
        "<section><h2>{n}. {title}</h2><p>{does}</p><p><strong>Che cosa deve accadere:</strong> {expects}</p>"
        '<form method="post" action="/sim/inject"><input type="hidden" name="fault" value="{n}">{fields}'
        "<button>Prova</button></form></section>"
    ).format(
        n=trouble.number,
        title=trouble.title,
        does=trouble.does,
        expects=trouble.expects,
        fields=fields,
    )


def _field(number: int, name: str) -> Markup:
    ident = f"{name}-{number}"
    if name in _CHOICES:
        label, choices = _CHOICES[name]
        options = Markup().join(Markup("<option>{}</option>").format(one) for one in choices)
        shape = Markup('<select id="{ident}" name="{name}">{options}</select>')
        entry = shape.format(ident=ident, name=name, options=options)
    else:
        label = _LABELS[name]
        kind = "date" if name == "on" else "text"
        shape = Markup('<input id="{ident}" name="{name}" type="{kind}" autocomplete="off">')
        entry = shape.format(ident=ident, name=name, kind=kind)
    return Markup('<p><label for="{ident}">{label}</label><br>{entry}</p>').format(
        ident=ident, label=label, entry=entry
    )


def result_page(report: Json) -> str:
    """What was done and answered; the files to be loaded can be saved from here."""
    steps = Markup().join(_step(step) for step in report["steps"])
    body = NOTE + Markup(
        "<p><strong>{verdict}</strong></p><p>Che cosa deve accadere: {expected}</p><ol>{steps}</ol>"
        '<p><a href="/sim">Torna alla palestra</a></p>'
    ).format(verdict=_VERDICTS[report["as_expected"]], expected=report["expected"], steps=steps)
    return page(f"{report['fault']}. {report['title']}", body)


def refusal_page(words: str) -> str:
    body = Markup('<p>{words}</p><p><a href="/sim">Torna alla palestra</a></p>').format(words=words)
    return page("Richiesta non valida", body)


def _step(step: Json) -> Markup:
    answer = dict(step["answer"])
    file = Markup()
    if "xml_base64" in answer:
        file = _download(f"{answer['iuf']}.xml", "application/xml", answer.pop("xml_base64"))
    elif "content" in answer:
        raw = base64.b64encode(str(answer.pop("content")).encode()).decode()
        file = _download(str(answer["filename"]), "text/plain", raw)
    told = json.dumps(answer, ensure_ascii=False, indent=1)
    return Markup("<li>{what}{file}<pre>{told}</pre></li>").format(
        what=step["what"], file=file, told=told
    )


def _download(filename: str, kind: str, raw: str) -> Markup:
    return Markup(': <a download="{name}" href="data:{kind};base64,{raw}">salva {name}</a>').format(
        name=filename, kind=kind, raw=raw
    )


def notices_page(notices: Sequence[Json]) -> str:
    """The state at the Node of the notices last activated."""
    rows = Markup().join(_notice(notice) for notice in notices)
    body = NOTE + Markup(
        '<div class="wide" tabindex="0" role="group" aria-label="Ultimi avvisi attivati"><table><caption>Ultimi avvisi attivati</caption><thead><tr><th scope="col">Ente</th>'
        '<th scope="col">Codice avviso</th><th scope="col">Stato al Nodo</th><th scope="col">Attivazioni</th>'
        '<th scope="col">Ricevute</th></tr></thead><tbody>{rows}</tbody></table></div>'
        '<p><a href="/sim">Torna alla palestra</a></p>'
    ).format(rows=rows)
    return page("Stato degli avvisi al Nodo", body)


def _notice(notice: Json) -> Markup:
    activations = Markup("<br>").join(
        f"{one['state']} {format_euro(one['amount_cents'] or 0)} €" for one in notice["activations"]
    )
    receipts = Markup("<br>").join(
        f"{one['state']} ({one['attempts']}) {one['answer']} {one['token']}"
        for one in notice["receipts"]
    )
    return Markup("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>").format(
        notice["fiscal_code"],
        notice["notice_number"],
        _STATES[notice["state"]],
        activations,
        receipts,
    )
