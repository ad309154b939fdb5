"""The library of ready texts, as data: what an Ente starts from, changes where it may, and authorises.

Before: ``templates/messages/biblioteca``.  After: the office writes its own version from one of these.
"""

import re
import tomllib
from functools import lru_cache
from typing import Any

from dunning.channels.ready_texts import FOLDER, texts_of_service
from dunning.rules.legal_texts import BLOCK_CODES
from dunning.rules.template_checks import Act, Block, Form, TextDraft

_AS_LETTER = (Act.REMINDER, Act.DEMAND, Act.ASSESSMENT)  # by PEC the words are the letter's


def ready_kinds(service_code: str, *, order: bool = False) -> list[tuple[Act, Form]]:
    """What there is for a service; an Order, whatever it collects, issues no accertamento esecutivo (L. 160/2019 art. 1
    c. 784: the local bodies do).
    """
    texts, order = _file("testi"), order or texts_of_service(service_code) == "quota_albo"
    acts = [act for act in Act if not (order and act is Act.ASSESSMENT)]
    found = [(act, form) for act in acts for form in Form if form.value in texts[act.value]]
    return found + [(act, Form.PEC) for act in acts if act in _AS_LETTER]


def ready_text(service_code: str, act: Act, form: Form) -> TextDraft | None:
    """The ready text in the words of that service, its law still variables; None when there is none."""
    if (act, form) not in ready_kinds(service_code):
        return None
    told: dict[str, Any] = _file("testi")[act.value][
        (Form.LETTER if form is Form.PEC else form).value
    ]
    words: dict[str, str] = _file("parole")[texts_of_service(service_code)]
    tax = texts_of_service(service_code) == "tari"
    return TextDraft(
        act=act,
        form=form,
        subject=_said(told["oggetto"], words),
        blocks=tuple(_block(text, words, tax=tax) for text in told["blocchi"]),
        term_days=told.get("giorni", 15),
        second_language=told.get("lingua", ""),
        second=_said(told.get("altra", ""), words).strip(),
    )


def _block(text: str, words: dict[str, str], *, tax: bool) -> Block:
    code = text
    if text == "INTIMAZIONE":
        code = "INTIMAZIONE_TRIBUTI" if tax else "INTIMAZIONE_ENTRATE"
    return Block("", code) if code in BLOCK_CODES else Block(_said(text, words))


def _said(text: str, words: dict[str, str]) -> str:
    return re.sub(r"\[(\w+)\]", lambda slot: words[slot[1]], text)


@lru_cache(maxsize=2)  # part of the product: a new one comes with a new process
def _file(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / "biblioteca" / f"{name}.toml").read_text(encoding="utf-8"))
