"""What a telephone script must say, and must not, before the Ente may authorise it. Pure.

Before: ``template_checks`` asks it of a text whose form is the telephone.  After: the desk reads it aloud.
Sources: code of conduct of UNIREC with the consumers' associations; Garante, 30 November 2005: the caller says who she is
and for whom, makes sure of whom she speaks to, tells the debt and the alternatives, and threatens nothing.
"""

import re
from collections.abc import Callable

_PAYING = ("{avvisi}", "{link}", "{iban}")
_HARSH = re.compile(r"pignora|ipoteca|fermo amministrativo|denunc|tribunale", re.IGNORECASE)

SPOKEN: tuple[tuple[Callable[[str], bool], str], ...] = (
    (lambda words: "{ente}" in words, "Deve dire per quale Ente si chiama: serve {ente}"),
    (lambda words: "{nome}" in words, "Deve accertare con chi si parla: serve {nome}"),
    (
        lambda words: "{importo}" in words and "{scadenza}" in words,
        "Deve dire quanto si deve e da quando: servono {importo} e {scadenza}",
    ),
    (
        lambda words: any(slot in words for slot in _PAYING),
        "Deve dire come si paga: serve {avvisi}, {link} o {iban}",
    ),
    (
        lambda words: "rate" in words.lower(),
        "Deve dire che cosa può fare chi non riesce a pagare: per esempio chiedere le rate",
    ),
    (
        lambda words: not _HARSH.search(words),
        "Al telefono non si minaccia: togliere i rimedi forzati",
    ),
)
