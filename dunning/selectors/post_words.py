"""Chapter 10 – the words of a letter of a wave, frozen with the letter: printed again, it is the same letter.

Before: an item that goes on paper.  After: ``Letter.words``, and from there the press.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from billing.documents.data import DebtLine, DebtorData, LetterData
from billing.models import Position, Service
from billing.selectors.overdue import OverdueDebt
from billing.services.notices import creditor_data, place_of
from dunning.models import WaveItem
from dunning.rules.post import Product
from dunning.rules.post_addresses import address_trouble, window_lines
from dunning.selectors.messages import Composed
from dunning.selectors.own_texts import two_languages
from paybox.kernel.money import format_euro
from registry.models import Subject
from tenants.models import Ente

_COURTESY = (
    "Alla data di questa lettera non risulta pagata la somma di {total} € indicata nella tabella.",
    "La invitiamo a pagarla con il codice avviso riportato accanto a ogni importo, in banca, alle poste, nelle "
    "tabaccherie o sul sito dell'Ente.",
    "Se ha già pagato, La preghiamo di non tenere conto di questa lettera.",
)


def frozen_words(
    *,
    item: WaveItem,
    debts: Sequence[OverdueDebt],
    compose: Callable[[], Composed],
    written_on: date,
    causali: Mapping[int, str] | None = None,
) -> dict[str, Any]:
    """Everything the letter says but who writes it and where it goes, as JSON. Cents. ``causali``: when known already.

    The Ente's authorised words when the wave has them (a formal step always has), else the ready ones.
    Raises PlaceholderRefused.
    """
    total = format_euro(sum(d.overdue_cents for d in debts))
    subject, said = "Sollecito di pagamento", [line.format(total=total) for line in _COURTESY]
    if item.channel in item.wave.texts:
        own = compose()
        subject, said = own.subject, [p for p in own.text.split("\n\n") if p.strip()]
    if causali is None:
        ids = [d.position_id for d in debts]
        causali = dict(Position.objects.filter(pk__in=ids).values_list("pk", "causale"))
    return {
        "written_on": written_on.isoformat(),
        "subject": subject,
        "paragraphs": said,
        "codice_fiscale": item.subject.codice_fiscale if item.subject else "",
        "debts": [
            [causali[d.position_id], " ".join(d.notices), d.due_on.isoformat(), d.overdue_cents] for d in debts
        ],
    }  # fmt: skip


def letter_data(
    *, words: Mapping[str, Any], lines: Sequence[str], code: str, product: Product, ente: Ente, service: Service,
) -> LetterData:  # fmt: skip
    """The letter ready for the press. Only a registered one bears a barcode."""
    registered = product is Product.REGISTERED
    said, language, second = two_languages(words["paragraphs"])
    return LetterData(
        creditor=creditor_data(ente, service),
        debtor=DebtorData(lines[0], words["codice_fiscale"], tuple(lines[1:])),
        place=place_of(ente),
        written_on=date.fromisoformat(words["written_on"]),
        protocol="",
        subject=words["subject"],
        paragraphs=tuple(said),
        debts=tuple(DebtLine(d[0], d[1], date.fromisoformat(d[2]), d[3]) for d in words["debts"]),
        closing=("Distinti saluti.",),
        signed_by=(service.sector or ente.name,),
        sent_by=product.label if registered else "",
        barcode=code if registered else "",
        pay_codes=True,
        second_language=language,
        second=tuple(second),
    )


def body_of(data: Mapping[str, Any]) -> str:
    """The words as the attempt keeps them."""
    debts = "\n".join(f"{d[0]} {d[1]} {format_euro(d[3])} €" for d in data["debts"])
    return "\n\n".join([data["subject"], *data["paragraphs"], debts])


def window_of(subject: Subject) -> tuple[str, tuple[str, ...]]:
    """Why no letter can go to her, and the lines of the window: one of the two is empty."""
    trouble = address_trouble(
        street=subject.street, cap=subject.cap, city=subject.city, province=subject.province,
        country=subject.country,
    )  # fmt: skip
    lines = window_lines(subject.name, subject.address_lines)
    if not trouble and lines is None:
        trouble = "L'indirizzo non sta nella finestra della busta: 4 righe di 44 caratteri"
    return trouble, lines or ()
