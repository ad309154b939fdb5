"""The one parser for XML that comes from outside: no DTD, no entities, no network, no huge trees."""

import io
from collections.abc import Collection, Iterator

from lxml import etree

MAX_BYTES = 1_000_000


class XmlRefused(ValueError):
    """The bytes are not XML that we accept; the message says why."""


def parse_xml(raw: bytes, *, max_bytes: int = MAX_BYTES) -> etree._Element:
    """Parse bytes from outside. Raises XmlRefused on size, DTD, entities, depth or bad syntax."""
    if len(raw) > max_bytes:
        raise XmlRefused(f"messaggio di {len(raw)} byte: il massimo è {max_bytes}")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_pis=True,
        remove_comments=True,
    )
    try:
        root = etree.fromstring(raw, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise XmlRefused("non è XML, o è troncato") from error
    if root.getroottree().docinfo.doctype:
        raise XmlRefused("contiene un DOCTYPE, che per sicurezza non è ammesso")
    return root


def walk_xml(raw: bytes, names: Collection[str]) -> Iterator[etree._Element]:
    """Each element of those local names as its end is read, then emptied: memory does not grow with the file.

    The same refusals as ``parse_xml``, raised on the way: XmlRefused.
    """
    events = etree.iterparse(
        io.BytesIO(raw),
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_pis=True,
        remove_comments=True,
    )
    first = True
    try:
        for event, node in events:
            if first and node.getroottree().docinfo.doctype:
                raise XmlRefused("contiene un DOCTYPE, che per sicurezza non è ammesso")
            first = False
            if event == "end" and etree.QName(node).localname in names:
                yield node
                _forget(node)
    except (etree.XMLSyntaxError, ValueError) as error:
        if isinstance(error, XmlRefused):
            raise
        raise XmlRefused("non è XML, o è troncato") from error


def _forget(node: etree._Element) -> None:
    """Empty it, and drop what stood before it."""
    node.clear()
    parent = node.getparent()
    while parent is not None and node.getprevious() is not None:
        del parent[0]
