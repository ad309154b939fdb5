"""Chapter 1 – the public form: what a citizen typed, checked and answered field by field."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from paybox.kernel.problems import Refused
from registry.rules.names import clean_text, looks_like_formula

MAX_ANSWER = 200
_NUMBER = re.compile(r"-?[0-9]{1,9}(?:[.,][0-9]{1,4})?")
_ITALIAN_DAY = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})")


class FormRefused(Refused):
    """``problems`` says for each field what to correct; nothing was written."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("Ci sono dati da correggere: " + " ".join(problems.values()))
        self.problems = dict(problems)


class AnswerRefused(Refused):
    """One answer is not of its kind."""


def read_answers(
    form_fields: list[dict[str, Any]], answers: Mapping[str, Any]
) -> tuple[dict[str, str], dict[str, str]]:
    """The answers as they are kept (ISO days, numbers with a point) and the problems, by field.

    Only the fields of the form are read; an empty answer to a field not required is left out.
    """
    kept: dict[str, str] = {}
    problems: dict[str, str] = {}
    for field in form_fields:
        name, typed = field["name"], clean_text(str(answers.get(field["name"]) or ""))
        if not typed:
            if field.get("required"):
                problems[name] = f"Compilare il campo «{field['label']}»."
            continue
        try:
            kept[name] = _READERS[field.get("type", "text")](typed)
        except AnswerRefused as refusal:
            problems[name] = str(refusal)
    return kept, problems


def _read_text(typed: str) -> str:
    if len(typed) > MAX_ANSWER:
        raise AnswerRefused(f"Il testo è troppo lungo: al massimo {MAX_ANSWER} caratteri.")
    if looks_like_formula(typed):
        raise AnswerRefused("Il testo non può cominciare con = + - oppure @.")
    return typed


def _read_date(typed: str) -> str:
    """From a date picker (ISO) or from the keyboard (giorno/mese/anno)."""
    italian = _ITALIAN_DAY.fullmatch(typed)
    try:
        if italian:
            return date(int(italian[3]), int(italian[2]), int(italian[1])).isoformat()
        return date.fromisoformat(typed).isoformat()
    except ValueError:
        raise AnswerRefused(
            "La data non è valida: scrivere giorno/mese/anno, ad esempio 31/01/2026."
        ) from None


def _read_number(typed: str) -> str:
    try:
        if not _NUMBER.fullmatch(typed):
            raise InvalidOperation
        return str(Decimal(typed.replace(",", ".")))
    except InvalidOperation:
        raise AnswerRefused("Scrivere solo un numero, ad esempio 12 oppure 12,5.") from None


_READERS: dict[str, Callable[[str], str]] = {
    "text": _read_text,
    "date": _read_date,
    "number": _read_number,
}
