"""The viewer pages of the stand-ins: one plain frame and one table, everything escaped.

Before: the stand-ins' stores.  After: the browser of whoever tries the product out. Never part of
production.
"""

from collections.abc import Iterable, Sequence

from markupsafe import Markup
from werkzeug.serving import WSGIRequestHandler
from werkzeug.wrappers import Response

_FRAME = Markup("""<!doctype html>
<html lang="it">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; color: #17324d; }}
main {{ max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ text-align: left; vertical-align: top; padding: .5rem .75rem; }}
td {{ border-top: 1px solid #c5c7c9; }}
a {{ color: #0059b3; }}
pre {{ white-space: pre-wrap; background: #f5f6f7; padding: 1rem; }}
iframe {{ width: 100%; height: 32rem; border: 1px solid #c5c7c9; }}
.nota {{ color: #455a71; }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
{body}
</main>
</body>
</html>
""")

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class QuietHandler(WSGIRequestHandler):
    """Serves without a line for each request: the demo's own lines must stay readable."""

    def log_request(self, *_: object) -> None:
        """Say nothing; errors are still logged."""


def page(title: str, body: Markup) -> Response:
    """One whole page; ``title`` is escaped, ``body`` is already markup."""
    return Response(_FRAME.format(title=title, body=body), mimetype="text/html", headers=_HEADERS)


def table(headings: Sequence[str], rows: Iterable[Sequence[str | Markup]], *, empty: str) -> Markup:
    """A table, or the sentence ``empty``; cells that are not Markup are escaped."""
    lines = [Markup("<tr>{}</tr>").format(_cells("<td>{}</td>", row)) for row in rows]
    if not lines:
        return Markup('<p class="nota">{}</p>').format(empty)
    head = _cells('<th scope="col">{}</th>', headings)
    return Markup("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>").format(
        head, Markup("\n").join(lines)
    )


def link(address: str, words: str) -> Markup:
    return Markup('<a href="{}">{}</a>').format(address, words)


def _cells(shape: str, values: Iterable[str | Markup]) -> Markup:
    cell = Markup(shape)  # noqa: S704  # shape is one of the two literals above, never data
    return Markup("").join(cell.format(value) for value in values)
