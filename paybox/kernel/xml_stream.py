"""Long XML from outside, handed over piece by piece: the same refusals as the one parser, and a tree that stays small."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

from lxml import etree

from paybox.kernel.xml import XmlRefused


def open_xml(
    raw: bytes, tag: str, *, max_bytes: int
) -> tuple[etree._Element, Iterator[etree._Element]]:
    """The root with what stands before the first ``tag``, and each ``tag`` as it is read; the one before is forgotten.

    Raises XmlRefused as ``parse_xml`` does, here or on the way.
    """
    if len(raw) > max_bytes:
        raise XmlRefused(f"messaggio di {len(raw)} byte: il massimo è {max_bytes}")
    reader = etree.iterparse(
        BytesIO(raw), tag=tag, resolve_entities=False, no_network=True, load_dtd=False,
        huge_tree=False, remove_pis=True, remove_comments=True,
    )  # fmt: skip
    first = _next(reader)
    root = reader.root if first is None else first.getroottree().getroot()
    if root is None or root.getroottree().docinfo.doctype:
        raise XmlRefused("contiene un DOCTYPE, che per sicurezza non è ammesso")
    return root, _walk(reader, first)


def _walk(reader: Any, element: etree._Element | None) -> Iterator[etree._Element]:
    while element is not None:
        yield element
        following = _next(reader)
        parent = element.getparent()
        if parent is not None:
            parent.remove(element)
        element = following


def _next(reader: Any) -> etree._Element | None:
    """None at the end. Raises XmlRefused."""
    try:
        event = next(reader, None)
    except etree.XMLSyntaxError as error:
        raise XmlRefused("non è XML, o è troncato") from error
    return None if event is None else event[1]
