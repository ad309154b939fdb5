"""The HTML of a plain e-mail: the same words, nothing else, readable on a telephone.

Before: a text already filled.  After: the e-mail channel sends both; whoever prefers plain text loses nothing.
"""


def html_of(text: str, *, title: str) -> str:
    """Paragraphs at empty lines, breaks at line ends; every character escaped, no link made."""
    from django.template.loader import render_to_string

    return render_to_string("messages/plain.html", {"text": text, "title": title})
