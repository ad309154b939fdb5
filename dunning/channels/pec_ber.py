"""The pieces of a signature as it travels: tag, length, content, whether of definite length or not.

Before: the ``smime.p7s`` of a receipt.  After: ``pec_signature``. Providers' software writes BER of indefinite length
as often as DER; what is read here is written again as DER.
"""

from collections.abc import Iterator
from dataclasses import dataclass

MAX_DEPTH = 32
_CONSTRUCTED = 0x20
_OCTETS = 0x04
_OCTETS_IN_PIECES = _OCTETS | _CONSTRUCTED


class BerRefused(ValueError):
    """The bytes are not what they say they are."""


@dataclass(frozen=True, slots=True)
class Node:
    """One element: its identifier byte, and its content (``children`` when it is made of others)."""

    tag: int
    content: bytes
    children: tuple["Node", ...] = ()

    @property
    def der(self) -> bytes:
        """The element as DER: definite lengths, no strings in pieces."""
        if self.tag == _OCTETS_IN_PIECES:
            return _framed(_OCTETS, self.octets)
        if not self.tag & _CONSTRUCTED:
            return _framed(self.tag, self.content)
        return _framed(self.tag, b"".join(child.der for child in self.children))

    @property
    def octets(self) -> bytes:
        """The content of a string, even when it came in pieces."""
        return b"".join(child.octets for child in self.children) if self.children else self.content

    def __getitem__(self, index: int) -> "Node":
        try:
            return self.children[index]
        except IndexError as error:
            raise BerRefused("manca un elemento") from error

    def __iter__(self) -> Iterator["Node"]:
        return iter(self.children)


def read_ber(raw: bytes) -> Node:
    """The one element that ``raw`` holds; what follows it is ignored. Raises BerRefused."""
    node, _ = _read(memoryview(raw), 0, 0)
    return node


def _read(raw: memoryview, start: int, depth: int) -> tuple[Node, int]:
    if depth > MAX_DEPTH:
        raise BerRefused("troppi livelli")
    try:
        tag = raw[start]
        size, inside = _length(raw, start + 1)
    except IndexError as error:
        raise BerRefused("finisce prima del tempo") from error
    if tag & 0x1F == 0x1F:
        raise BerRefused("etichetta non prevista")
    if size is None:
        children, end = _until_mark(raw, inside, depth)
        return Node(tag, b"", children), end
    end = inside + size
    if end > len(raw):
        raise BerRefused("finisce prima del tempo")
    if not tag & _CONSTRUCTED:
        return Node(tag, bytes(raw[inside:end])), end
    return Node(tag, b"", tuple(_within(raw[:end], inside, depth))), end


def _within(raw: memoryview, start: int, depth: int) -> Iterator[Node]:
    while start < len(raw):
        node, start = _read(raw, start, depth + 1)
        yield node


def _until_mark(raw: memoryview, start: int, depth: int) -> tuple[tuple[Node, ...], int]:
    """Elements up to the two zero bytes that end an indefinite length."""
    found: list[Node] = []
    while bytes(raw[start : start + 2]) != b"\0\0":
        node, start = _read(raw, start, depth + 1)
        found.append(node)
    return tuple(found), start + 2


def _length(raw: memoryview, start: int) -> tuple[int | None, int]:
    """Length (None: indefinite) and where the content begins."""
    first = raw[start]
    if first < 0x80:
        return first, start + 1
    if first == 0x80:
        return None, start + 1
    count = first & 0x7F
    if count > 4:
        raise BerRefused("lunghezza non credibile")
    return int.from_bytes(raw[start + 1 : start + 1 + count], "big"), start + 1 + count


def _framed(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(digits))) + digits + content
