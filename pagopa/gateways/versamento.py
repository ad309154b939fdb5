"""One notice as the intermediary's ``Versamento``, inside ``dovuto`` of paaSILImportaDovuto.

Source: the intermediary's schema "Dovuti e Pagati" 6.2; elements are qualified there.
"""

import re
from enum import StrEnum

from lxml import etree

from pagopa.gateways.protocol import DebtorToPublish, NoticeToPublish
from pagopa.wire.texts import clip
from paybox.kernel.money import to_decimal_string

NS = "http://www.regione.veneto.it/schemas/2012/Pagamenti/Ente/"
VERSION = "6.2.0"
EVERY_WAY_TO_PAY = "ALL"
# Who has no address on file still needs none; who has no codice fiscale is called so.
NOBODY = "ANONIMO"

_EMAIL = re.compile(r"[a-zA-Z0-9_!#$%&'*+/=?`{|}~^.-]+@[a-zA-Z0-9.-]+")
_TAXONOMY = re.compile(r"[0129]/\S{3,138}")


class Action(StrEnum):
    """``azione``: insert, modify, annul."""

    INSERT = "I"
    MODIFY = "M"
    ANNUL = "A"


def build_versamento(
    notice: NoticeToPublish, action: Action, *, own_cents: int | None = None
) -> bytes:
    """The document, UTF-8; ``own_cents`` of the notice are the Ente's. Raises ValueError without amount or iud."""
    cents = notice.amount_cents if own_cents is None else own_cents
    if cents <= 0 or not notice.iud:
        raise ValueError("un dovuto vuole un identificativo e un importo positivo")
    root = etree.Element(f"{{{NS}}}Versamento", nsmap={None: NS})
    add_text(root, "versioneOggetto", VERSION, 16)
    _add_debtor(root, notice.debtor)
    _add_payment(root, notice, cents)
    add_text(root, "azione", action.value, 1)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _add_payment(root: etree._Element, notice: NoticeToPublish, cents: int) -> None:
    data = etree.SubElement(root, f"{{{NS}}}datiVersamento")
    due = notice.due_on.isoformat() if notice.due_on else ""
    add_text(data, "dataEsecuzionePagamento", due, 10)
    add_text(data, "tipoVersamento", EVERY_WAY_TO_PAY, 32)
    add_text(data, "identificativoUnivocoVersamento", notice.iuv, 35)
    add_text(data, "identificativoUnivocoDovuto", notice.iud, 35)
    add_text(data, "importoSingoloVersamento", to_decimal_string(cents), 12)
    add_text(data, "identificativoTipoDovuto", notice.service_code, 64, instead="-")
    add_text(data, "causaleVersamento", notice.causale, 1024, instead="-")
    add_text(data, "datiSpecificiRiscossione", framed(notice.taxonomy), 140)


def framed(taxonomy: str) -> str:
    """``0101101IM`` → ``9/0101101IM/``, the frame the schema wants; a framed one stays."""
    code = taxonomy.strip()
    return code if _TAXONOMY.fullmatch(code) else f"9/{code}/"


def _add_debtor(root: etree._Element, debtor: DebtorToPublish) -> None:
    node = etree.SubElement(root, f"{{{NS}}}soggettoPagatore")
    identifier = etree.SubElement(node, f"{{{NS}}}identificativoUnivocoPagatore")
    add_text(identifier, "tipoIdentificativoUnivoco", debtor.kind, 1)
    add_text(identifier, "codiceIdentificativoUnivoco", debtor.code, 35, instead=NOBODY)
    add_text(node, "anagraficaPagatore", debtor.full_name, 70, instead="-")
    add_text(node, "indirizzoPagatore", debtor.street, 70)
    add_text(node, "civicoPagatore", debtor.civic_number, 16)
    add_text(node, "capPagatore", debtor.postal_code, 16)
    add_text(node, "localitaPagatore", debtor.city, 35)
    add_text(node, "provinciaPagatore", _when(r"\S{2}", clip(debtor.province, 3)), 2)
    add_text(node, "nazionePagatore", _when(r"[A-Z]{2}", debtor.country), 2)
    add_text(node, "e-mailPagatore", _when(_EMAIL, debtor.email), 256)


def _when(pattern: str | re.Pattern[str], text: str) -> str:
    """The text if it is wholly of the pattern, else nothing."""
    return text if re.fullmatch(pattern, text) else ""


def add_text(
    parent: etree._Element, name: str, text: str, length: int, *, instead: str = ""
) -> None:
    """A child with that text, or none at all when nothing is left of it."""
    kept = clip(text, length) or instead
    if kept:
        etree.SubElement(parent, f"{{{NS}}}{name}").text = kept
