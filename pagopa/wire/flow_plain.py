"""The rows of a flow written as nearly all are: read from the bytes, with no tree of a hundred thousand elements.

A row of that shape, below the root and without attributes, entities or comments, can be cut out of the document without
changing what is left: whatever this does not know is left to the reader of XML, with the rows before it cut out.
"""

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from pagopa.wire.flow_file import NAMESPACE, FlowLine
from paybox.kernel.xml import XmlRefused, parse_xml

_FIRST = re.compile(rb"<((?:[A-Za-z_][A-Za-z0-9_.-]*:)?)datiSingoliPagamenti>")
# In these, bytes of ASCII mean what they say.
_ENCODINGS = frozenset({"UTF-8", "US-ASCII", "ASCII", "ISO-8859-1", "ISO-8859-15"})
_SPACE = rb"[ \t\r\n]*"
_NAME = rb"([!-%'-;=?-~]{1,35})"  # printable, and nothing that XML reads in another way
_VALUES = (
    (b"identificativoUnivocoVersamento", _NAME, b""),
    (b"identificativoUnivocoRiscossione", _NAME, b""),
    (b"indiceDatiSingoloPagamento", rb"([0-9]{1,4})", b"?"),
    (b"singoloImportoPagato", rb"([0-9]{1,9})\.([0-9]{2})", b""),
    (b"codiceEsitoSingoloPagamento", rb"([0-9]{1,4})", b""),
    (b"dataEsitoSingoloPagamento", rb"([0-9]{4}-[0-9]{2}-[0-9]{2})", b""),
)


class PlainRows:
    """Iterate first: then ``count`` rows were given, and ``rest`` is the document without them."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        first = _FIRST.search(raw)
        self._row = _row(first[1]) if first and _is_below_root(raw, first) else None
        self._start = self._end = first.start() if first else 0
        self.count = 0

    def __iter__(self) -> Iterator[FlowLine]:
        """From 1 on, as long as one row follows the other. Raises ValueError."""
        found = self._row.finditer(self._raw, self._start) if self._row else iter(())
        for number, row in enumerate(found, start=1):
            if row.start() != self._end:
                return
            self._end, self.count = row.end(), number
            iuv, iur, index, euro, cents, outcome, day = row.groups()
            yield FlowLine(
                number, iuv.decode(), iur.decode(), int(index or 1), int(euro + cents),
                int(outcome), _day(day),
            )  # fmt: skip

    @property
    def rest(self) -> bytes:
        return self._raw[: self._start] + self._raw[self._end :]


def _is_below_root(raw: bytes, first: re.Match[bytes]) -> bool:
    """Whether what stands before it, closed right there, is a document whose root would hold this as its first row."""
    closed = b"<%bdatiSingoliPagamenti/></%bFlussoRiversamento>" % (first[1], first[1])
    try:
        root = parse_xml(raw[: first.start()] + closed)
    except XmlRefused:
        return False
    rows = list(root.iter(f"{{{NAMESPACE}}}datiSingoliPagamenti"))
    encoding = root.getroottree().docinfo.encoding or "UTF-8"
    return rows == [root[-1]] and encoding.upper() in _ENCODINGS


@lru_cache(maxsize=8)
def _row(prefix: bytes) -> re.Pattern[bytes]:
    """One row and the space after it, its elements with the prefix of the first."""
    own = re.escape(prefix)
    values = (
        b"(?:<%b%b>%b</%b%b>%b)%b" % (own, name, value, own, name, _SPACE, often)
        for name, value, often in _VALUES
    )
    around = (
        b"<%bdatiSingoliPagamenti>" % own,
        b"".join(values) + b"</%bdatiSingoliPagamenti>" % own,
        b"",
    )
    return re.compile(_SPACE.join(around))


@lru_cache(maxsize=1024)
def _day(text: bytes) -> date:
    return date.fromisoformat(text.decode())
