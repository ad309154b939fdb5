"""The HTML of a plain e-mail: the same words, nothing else, readable on a telephone.

Before: a text already filled.  After: the e-mail channel sends both; whoever prefers plain text loses nothing.
"""


def with_address(text: str, html: str, *, words: str, url: str) -> tuple[str, str]:
    """One of our own addresses, said below the text: plain in the plain part, to be pressed in the other."""
    from html import escape

    paragraph = f'<p>{escape(words)}<br><a href="{escape(url)}">{escape(url)}</a></p>'
    before, end, after = html.rpartition("</body>")
    return (
        f"{text.rstrip()}\n\n{words}\n{url}\n",
        f"{before}{paragraph}{end}{after}" if end else html + paragraph,
    )


def html_of(text: str, *, title: str) -> str:
    """Paragraphs at empty lines, breaks at line ends; every character escaped, no link made."""
    from django.template.loader import render_to_string

    return render_to_string("messages/plain.html", {"text": text, "title": title})
