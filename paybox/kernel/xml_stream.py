"""Long XML from outside, handed over piece by piece: the same refusals as the one parser, and a tree that stays small."""

from collections.abc import Callable
from io import BytesIO

from lxml import etree

from paybox.kernel.xml import XmlRefused


def stream_xml(
    raw: bytes, tag: str, take: Callable[[etree._Element], None], *, max_bytes: int
) -> etree._Element:
    """Hand over each ``tag`` as soon as it is read and empty it: the tree stays small. Returns the root.

    Raises XmlRefused as ``parse_xml`` does, and whatever ``take`` raises.
    """
    if len(raw) > max_bytes:
        raise XmlRefused(f"messaggio di {len(raw)} byte: il massimo è {max_bytes}")
    reader = etree.iterparse(
        BytesIO(raw), tag=tag, resolve_entities=False, no_network=True, load_dtd=False,
        huge_tree=False, remove_pis=True, remove_comments=True,
    )  # fmt: skip
    try:
        for _, element in reader:
            take(element)
            element.clear()
    except etree.XMLSyntaxError as error:
        raise XmlRefused("XML non leggibile") from error
    root = reader.root
    if root is None or root.getroottree().docinfo.doctype:
        raise XmlRefused("DOCTYPE non ammesso")
    return root
