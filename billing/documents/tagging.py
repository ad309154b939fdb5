"""The tags of a finished PDF, put right where WeasyPrint leaves them short of PDF/UA-1.

Before: the press has laid the pages.  After: what is printed in the margin (the page numbers) is an artifact, each header
of a table says what it heads, a section in another language names it. Source: ISO 14289-1, 7.1 and 7.5; ISO 32000-1, 14.8.2.2 and 14.8.5.7.
"""

from collections.abc import Iterator
from typing import Any


def put_tags_right(second_language: str, _: Any, pdf: Any) -> None:
    """What ``write_pdf`` calls before it writes; a PDF without tags stays as it is.

    ``second_language``: that of its sections, empty when everything is in the language of the document.
    """
    if "StructTreeRoot" not in pdf.catalog:
        return
    made = {one.reference: one for one in pdf.objects}
    root = made[pdf.catalog["StructTreeRoot"]]
    read = {reference for one in root["K"] for reference in _below(one, made)}
    _set_margins_apart(pdf, made, made[root["ParentTree"]], read)
    for reference in read:
        element = made[reference]
        if element["S"] == "/TR":
            _say_what_is_headed([made[one] for one in element["K"]])
        if element["S"] == "/Sect" and second_language:
            element["Lang"] = f"({second_language})"


def _below(reference: bytes, made: dict[bytes, Any]) -> Iterator[bytes]:
    """The element and all that is read inside it."""
    yield reference
    for kid in made[reference].get("K", ()):
        if kid in made and made[kid].get("Type") == "/StructElem":
            yield from _below(kid, made)


def _set_margins_apart(pdf: Any, made: dict[bytes, Any], numbers: Any, read: set[bytes]) -> None:
    """An element that is in nobody's place to be read: its text becomes an artifact and the element goes."""
    apart: dict[bytes, set[int]] = {}
    for reference, one in made.items():
        if _kind(one) == "/StructElem" and reference not in read:
            apart.setdefault(one["Pg"], set()).update(k for k in one["K"] if isinstance(k, int))
            one.clear()
    for place, page in enumerate(pdf.page_references if apart else ()):
        mcids = apart.get(page, set())
        _as_artifacts(made[made[page]["Contents"]].stream, mcids)
        of_page = numbers["Nums"][2 * place + 1]
        for mcid in mcids:
            of_page[mcid] = "null"


def _as_artifacts(strokes: list[Any], mcids: set[int]) -> None:
    for at, stroke in enumerate(strokes):
        if isinstance(stroke, dict) and stroke.get("MCID") in mcids:
            stroke.clear()
            stroke["Type"] = "/Pagination"
            strokes[at - 1] = "/Artifact"


def _say_what_is_headed(cells: list[Any]) -> None:
    """A header among figures heads its row, one among headers its column."""
    scope = "/Row" if any(cell["S"] == "/TD" for cell in cells) else "/Column"
    for cell in cells:
        cell.pop(
            "ID", None
        )  # headers by name would want an index of names: the scope says the same
        cell["A"].pop("Headers", None)
        if cell["S"] == "/TH":
            cell["A"]["Scope"] = scope


def _kind(one: Any) -> str:
    return str(one.get("Type", "")) if isinstance(one, dict) else ""
