"""The one text in which an operator's words are looked for."""

import unicodedata


def search_text(*, name: str, codice_fiscale: str, contacts: list[str]) -> str:
    """Lower case, no accents: name, codice fiscale, phones and e-mails, blank-separated."""
    joined = " ".join([name, codice_fiscale, *contacts])
    if joined.isascii():
        return joined.lower()
    plain = unicodedata.normalize("NFKD", joined)
    return "".join(c for c in plain if not unicodedata.combining(c)).lower()
