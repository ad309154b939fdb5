"""Tables typed as lines of text: the bands of instalments and the periods in which terms do not run."""

import re
from abc import ABC, abstractmethod
from datetime import date, datetime
from typing import Any

from django import forms

from billing.rules.instalment_plans import BANDS_796, Band, breaks_floor
from frontline.office.typed_number import whole_number
from paybox.kernel.money import AmountRefused, format_euro, parse_cents

MOST = 120
_PERIOD = re.compile(r"^(\S+)\s+(\S+)\s+(.{3,120})$")


class LinesField(forms.CharField, ABC):
    """A value a line; who inherits reads and writes one line."""

    def __init__(self, **given: Any) -> None:
        super().__init__(
            required=False, widget=forms.Textarea(attrs={"rows": 4}), max_length=4_000, **given
        )

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(self.write, value)) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        typed = super().clean(value) or ""
        return self.check([self.read(line.strip()) for line in typed.splitlines() if line.strip()])

    @abstractmethod
    def read(self, line: str) -> list[Any]:
        """Raises ValidationError."""

    @abstractmethod
    def write(self, row: list[Any]) -> str:
        """As it is typed."""

    def check(self, rows: list[list[Any]]) -> list[list[Any]]:
        return rows

    def has_changed(self, initial: Any, data: Any) -> bool:
        return str(self.prepare_value(initial) or "") != str(data or "")


class BandsField(LinesField):
    """``500,00 4``: debts up to 500,00 € in at most four instalments; the last line, ``oltre 72``, is for the others."""

    def read(self, line: str) -> list[Any]:
        upto, _, most = line.rpartition(" ")
        try:
            cents = None if upto.strip().lower() == "oltre" else parse_cents(upto.strip())
        except AmountRefused as refusal:
            raise forms.ValidationError(f"«{line}»: {refusal}") from refusal
        times = whole_number(most)
        if times is None or times > MOST:
            raise forms.ValidationError(f"«{line}»: dopo l'importo serve il numero massimo di rate")
        return [cents, 0, times]

    def write(self, row: list[Any]) -> str:
        return f"{'oltre' if row[0] is None else format_euro(row[0])} {row[2]}"

    def check(self, rows: list[list[Any]]) -> list[list[Any]]:
        if not rows:
            return rows
        edges = [row[0] for row in rows]
        if edges[-1] is not None or None in edges[:-1] or edges[:-1] != sorted(set(edges[:-1])):
            raise forms.ValidationError("Gli importi vanno in ordine e l'ultima riga è «oltre»")
        if breaks_floor([Band(*row) for row in rows]):
            raise forms.ValidationError(
                "Oltre 6.000,00 € vanno previste almeno 36 rate (L. 160/2019, art. 1 c. 797)"
            )
        return rows


class PeriodsField(LinesField):
    """``08/03/2020 31/05/2020 art. 67 D.L. 18/2020``: first day, last day, and what says so."""

    def read(self, line: str) -> list[Any]:
        found = _PERIOD.match(line)
        try:
            since, until = (_day(found[1]), _day(found[2])) if found else (date.max, date.min)
        except ValueError as wrong:
            raise forms.ValidationError(f"«{line}»: le date sono gg/mm/aaaa") from wrong
        if found is None or since > until:
            raise forms.ValidationError(
                f"«{line}»: servono il primo giorno, l'ultimo e la norma che lo dice"
            )
        return [since.isoformat(), until.isoformat(), found[3].strip()]

    def write(self, row: list[Any]) -> str:
        since, until = (date.fromisoformat(day) for day in row[:2])
        return f"{since:%d/%m/%Y} {until:%d/%m/%Y} {row[2]}"


def law_bands() -> str:
    """The bands of c. 796 in a line, for the help text."""
    known = [
        f"fino a {format_euro(b.upto_cents)} €: {b.most or 'nessuna'}"
        if b.upto_cents
        else f"oltre: {b.most}"
        for b in BANDS_796
    ]
    return "; ".join(known)


def _day(typed: str) -> date:
    return datetime.strptime(typed, "%d/%m/%Y").date()  # noqa: DTZ007 - a day has no zone
