"""The page of the checkout and the summary of the simulator, in Italian, plain HTML: they work without scripts.

They belong to a stand-in for somebody else's site, so they share no template with it.
"""

from markupsafe import Markup

from pagopa.simulator.carts import Cart
from paybox.kernel.money import format_euro

_PAGE = Markup(
    '<!doctype html><html lang="it"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    "<title>{title}</title><style>"
    "body{{font:1.1rem/1.5 sans-serif;max-width:42rem;margin:2rem auto;padding:0 1rem;"
    "color:#17324d}}"
    "table{{border-collapse:collapse;width:100%}}"
    "th,td{{text-align:left;padding:.4rem;border-bottom:1px solid #5b6f82}}"
    "td.n,th.n{{text-align:right}}"
    "input,select{{font:inherit;box-sizing:border-box;width:100%;max-width:24rem;padding:.4rem;"
    "border:1px solid #5b6f82;border-radius:4px;background:#fff}}"
    ".wide{{overflow-x:auto}}pre{{overflow-x:auto;background:#f5f7fa;padding:.5rem}}"
    "button{{font:inherit;padding:.6rem 1.4rem;margin-right:1rem;border:2px solid #0055b3;"
    "background:#0055b3;color:#fff;border-radius:4px}}"
    "button.plain{{background:#fff;color:#0055b3}}"
    ".note{{border-left:6px solid #995c00;padding:.5rem 1rem;background:#fff7e6}}"
    "</style></head><body><main><h1>{title}</h1>{body}</main></body></html>"
)
NOTE = Markup(
    '<p class="note"><strong>Questa è una simulazione.</strong> '
    "Non si paga nulla davvero e non vanno inseriti dati di carte o conti.</p>"
)


def cart_page(cart: Cart) -> str:
    """What is about to be paid, with the two buttons."""
    rows = Markup().join(_cart_row(notice) for notice in cart.notices)
    total = format_euro(sum(notice["amount"] for notice in cart.notices))
    body = NOTE + Markup(
        "<table><caption>Avvisi nel carrello</caption><thead><tr>"
        '<th scope="col">Ente</th><th scope="col">Oggetto</th><th scope="col">Codice avviso</th>'
        '<th scope="col" class="n">Importo</th></tr></thead><tbody>{rows}</tbody></table>'
        "<p><strong>Totale: {total} €</strong></p>"
        '<form method="post" action="/checkout/{id}">'
        '<button name="choice" value="pay">Paga</button>'
        '<button name="choice" value="leave" class="plain">Annulla</button></form>'
    ).format(rows=rows, total=total, id=cart.id)
    return page("Pagamento simulato", body)


def _cart_row(notice: dict[str, object]) -> Markup:
    return Markup(
        '<tr><td>{ente}</td><td>{words}</td><td>{number}</td><td class="n">{amount} €</td></tr>'
    ).format(
        ente=notice["companyName"],
        words=notice["description"],
        number=notice["noticeNumber"],
        amount=format_euro(int(str(notice["amount"]))),
    )


def index_page(counts: dict[str, dict[str, int]]) -> str:
    """What the simulator remembers, and where to drive it from."""
    names = {
        "notices": "Avvisi noti all'intermediario",
        "tokens": "Pagamenti attivati",
        "receipts": "Ricevute",
        "carts": "Carrelli",
        "flows": "Flussi di rendicontazione",
    }
    rows = Markup().join(
        Markup('<tr><td>{what}</td><td>{state}</td><td class="n">{count}</td></tr>').format(
            what=names[table], state=state, count=count
        )
        for table, states in counts.items()
        for state, count in states.items()
    )
    body = NOTE + Markup(
        '<p><a href="/sim">Palestra</a>: provare le situazioni difficili. <a href="/sim/avvisi">Stato degli avvisi</a>.</p>'
        "<p>Qui rispondono un PSP, il Nodo dei Pagamenti e un intermediario, tutti finti. "
        "Gli indirizzi da chiamare sono descritti in <code>docs/howto/node-simulator.md</code>.</p>"
        '<table><caption>Stato</caption><thead><tr><th scope="col">Che cosa</th>'
        '<th scope="col">Stato</th><th scope="col" class="n">Quanti</th></tr></thead>'
        "<tbody>{rows}</tbody></table>"
    ).format(rows=rows)
    return page("Simulatore del Nodo dei Pagamenti", body)


def lost_page() -> str:
    return page("Carrello non trovato", Markup("<p>Questo carrello non esiste.</p>"))


def page(title: str, body: Markup) -> str:
    """Every page of the simulator looks like this."""
    return _PAGE.format(title=title, body=body)
