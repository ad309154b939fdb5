"""The one parser for XML that comes from outside: no DTD, no entities, no network, no huge trees."""

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
        raise XmlRefused("XML non leggibile") from error
    if root.getroottree().docinfo.doctype:
        raise XmlRefused("DOCTYPE non ammesso")
    return root
