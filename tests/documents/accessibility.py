"""What of PDF/UA-1 (ISO 14289-1) a program can tell by itself: one sentence for each thing that is wrong.

No validator can be asked for here, so this reads the file as one does: marks, language, title, structure, fonts, and
the content of each page stroke by stroke.
"""

import io
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pikepdf

_PAINTS = {"Tj", "TJ", "'", '"', "Do", "S", "s", "f", "F", "f*", "B", "B*", "b", "b*", "sh", "EI"}
_HEADINGS = {f"/H{level}": level for level in range(1, 7)}
_KNOWN = {
    "/Document", "/Part", "/Sect", "/Div", "/P", "/Span", "/Figure", "/Table", "/THead", "/TBody", "/TFoot", "/TR",
    "/TH", "/TD", "/L", "/LI", "/Lbl", "/LBody", "/Link", "/NonStruct", "/Caption", *_HEADINGS,
}  # fmt: skip
# Parent → what may stand right inside it (ISO 32000-1, 14.8.4).
_INSIDE = {
    "/Table": {"/THead", "/TBody", "/TFoot", "/TR", "/Caption"},
    "/THead": {"/TR"}, "/TBody": {"/TR"}, "/TFoot": {"/TR"}, "/TR": {"/TH", "/TD"},
    "/L": {"/LI", "/Caption", "/L"}, "/LI": {"/Lbl", "/LBody"},
}  # fmt: skip


def problems_of(raw: bytes) -> list[str]:
    """Empty when nothing was found; each kind of trouble once."""
    with pikepdf.open(io.BytesIO(raw)) as pdf:
        syntax = pdf.check_pdf_syntax()
        found = [*syntax, *_document(pdf), *_tree(pdf), *_fonts(pdf), *_contents(pdf)]
    return list(dict.fromkeys(found))


def elements(pdf: pikepdf.Pdf) -> Iterator[tuple[pikepdf.Dictionary, str]]:
    """Each structure element with the kind of its parent, in the order of reading."""
    yield from _below(pdf.Root.StructTreeRoot, "")


def _document(pdf: pikepdf.Pdf) -> Iterator[str]:
    root = pdf.Root
    with pdf.open_metadata() as xmp:
        if xmp.get("pdfuaid:part") != "1":
            yield "XMP does not say PDF/UA-1"
        title = xmp.get("dc:title", "")
    if not title or str(pdf.docinfo.get("/Title", title)) != title:
        yield "no title, or two"
    if not _said(root, "/MarkInfo", "/Marked"):
        yield "not marked as tagged"
    if _said(root, "/MarkInfo", "/Suspects"):
        yield "its tags are suspect"
    if not str(root.get("/Lang", "")):
        yield "no language"
    if not _said(root, "/ViewerPreferences", "/DisplayDocTitle"):
        yield "the window would show the file's name"
    if "/StructTreeRoot" not in root:
        yield "no structure"
    if pdf.is_encrypted:
        yield "encrypted"


def _said(root: pikepdf.Object, room: str, name: str) -> bool:
    return room in root and bool(root[room].get(name, False))


def _tree(pdf: pikepdf.Pdf) -> Iterator[str]:
    roles = {str(k): str(v) for k, v in pdf.Root.StructTreeRoot.get("/RoleMap", {}).items()}
    level, headings = 0, 0
    for element, parent in elements(pdf):
        kind = roles.get(str(element.S), str(element.S))
        if kind not in _KNOWN:
            yield f"{kind} is no standard element"
        if parent in _INSIDE and kind not in _INSIDE[parent]:
            yield f"{kind} right inside {parent}"
        if kind == "/Figure" and not str(element.get("/Alt", "")).strip():
            yield "a figure without alternative text"
        if kind == "/TH" and not _scope(element):
            yield "a table header without scope"
        if kind == "/Table" and not any(str(e.S) == "/TH" for e, _ in _below(element, kind)):
            yield "a table without headers"
        if kind in _HEADINGS:
            headings += 1
            if _HEADINGS[kind] > level + 1:
                yield f"{kind} after level {level}"
            level = _HEADINGS[kind]
    if not headings:
        yield "no heading"


def _below(node: Any, parent: str) -> Iterator[tuple[pikepdf.Dictionary, str]]:
    for kid in _kids(node):
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            yield kid, parent
            yield from _below(kid, str(kid.S))


def _kids(node: Any) -> list[Any]:
    """None, one or several."""
    kids: Any = node.get("/K", pikepdf.Array())
    return list(kids) if isinstance(kids, pikepdf.Array) else [kids]


def _scope(element: pikepdf.Dictionary) -> bool:
    given = element.get("/A", pikepdf.Array())
    several = given if isinstance(given, pikepdf.Array) else [given]
    return any(isinstance(one, pikepdf.Dictionary) and "/Scope" in one for one in several)


def _fonts(pdf: pikepdf.Pdf) -> Iterator[str]:
    for one in pdf.objects:
        if not isinstance(one, pikepdf.Dictionary):
            continue
        if one.get("/Type") == "/FontDescriptor" and not any(
            f"/FontFile{n}" in one for n in ("", "2", "3")
        ):
            yield f"{one.FontName} is not embedded"
        if (
            one.get("/Type") == "/Font"
            and not str(one.Subtype).startswith("/CIDFont")
            and "/ToUnicode" not in one
        ):
            yield f"{one.get('/BaseFont')} does not say its letters"  # fmt: skip


def _contents(pdf: pikepdf.Pdf) -> Iterator[str]:
    """Whatever is painted is either an artifact or belongs to exactly one element."""
    owned = _owned(pdf)
    for number, page in enumerate(pdf.pages, start=1):
        if page.obj.get("/StructParents") is None:
            yield f"page {number} is in no parent tree"
        painted: set[int] = set()
        yield from (f"page {number}: {trouble}" for trouble in _strokes(page, painted))
        if lost := painted - set(owned[page.obj.objgen]):
            yield f"page {number}: {len(lost)} marked pieces belong to no element"
        if any(times > 1 for times in owned[page.obj.objgen].values()):
            yield f"page {number}: a piece belongs to two elements"


def _strokes(page: pikepdf.Page, painted: set[int]) -> Iterator[str]:
    marks: list[
        int | None
    ] = []  # of each open mark: its number, -1 for an artifact, None for another one
    for instruction in pikepdf.parse_content_stream(page):
        operator = str(instruction.operator)
        if operator in ("BDC", "BMC"):
            marks.append(_mark(list(instruction.operands)))
            if marks[-1] is not None and sum(m is not None for m in marks) > 1:
                yield "a mark inside a mark"
        elif operator == "EMC":
            marks.pop()
        elif operator in _PAINTS:
            known = [mark for mark in marks if mark is not None]
            painted.update(mark for mark in known if mark >= 0)
            if not known:
                yield f"{operator} paints outside tags and artifacts"


def _mark(operands: list[Any]) -> int | None:
    if str(operands[0]) == "/Artifact":
        return -1
    told = operands[1] if len(operands) > 1 else None
    return int(told.MCID) if isinstance(told, pikepdf.Dictionary) and "/MCID" in told else None


def _owned(pdf: pikepdf.Pdf) -> dict[tuple[int, int], Counter[int]]:
    """Page → the marked pieces that its elements hold, and how often."""
    owned: dict[tuple[int, int], Counter[int]] = {p.obj.objgen: Counter() for p in pdf.pages}
    for element, _ in elements(pdf):
        for kid in _kids(element):
            if isinstance(kid, int):
                owned[element.Pg.objgen][int(kid)] += 1
            elif isinstance(kid, pikepdf.Dictionary) and "/MCID" in kid:
                owned[kid.get("/Pg", element.get("/Pg")).objgen][int(kid.MCID)] += 1
    return owned
