"""XML from outside: what would read files, call the network or eat the memory is refused before it is understood."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from paybox.kernel.xml import MAX_BYTES, XmlRefused, parse_xml

LAUGHS = (
    b'<!DOCTYPE a [<!ENTITY l0 "ah">'
    + b"".join(
        b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10)
    )
    + b"]><a>&l9;</a>"
)  # fmt: skip


def test_what_is_right_is_read() -> None:
    root = parse_xml(
        "<?xml version='1.0' encoding='UTF-8'?><a xmlns='urn:x'><b>città</b></a>".encode()
    )
    assert root.tag == "{urn:x}a"
    assert root[0].text == "città"


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"<!DOCTYPE a><a/>", id="doctype"),
        pytest.param(b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>', id="external-dtd"),
        pytest.param(b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', id="internal-entity"),
        pytest.param(b'<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p"> %p;]><a/>', id="parameter-entity"),
        pytest.param(LAUGHS, id="billion-laughs"),
        pytest.param(b"<a>" * 300 + b"</a>" * 300, id="deep"),
        pytest.param(b"<a>", id="cut"),
        pytest.param(b"", id="empty"),
        pytest.param(b"ciao", id="text"),
        pytest.param(b"<a>\x00</a>", id="nul"),
        pytest.param(b"<?xml version='1.0' encoding='UTF-8'?><a>\xff\xfe</a>", id="not-utf-8"),
        pytest.param(b"<?xml version='1.0' encoding='nessuna'?><a/>", id="unknown-encoding"),
        pytest.param(b"<a xmlns:b='urn:b'><c:d/></a>", id="undeclared-prefix"),
    ],
)  # fmt: skip
def test_what_is_not_acceptable_is_refused(raw: bytes) -> None:
    with pytest.raises(XmlRefused):
        parse_xml(raw)


def test_no_file_of_ours_can_be_read(tmp_path: Path) -> None:
    secret = tmp_path / "segreto"
    secret.write_text("parola d'ordine")
    raw = f'<!DOCTYPE a [<!ENTITY f SYSTEM "{secret.as_uri()}">]><a>&f;</a>'.encode()
    with pytest.raises(XmlRefused) as refusal:
        parse_xml(raw)
    assert "parola" not in str(refusal.value)


def test_size_is_looked_at_before_the_content() -> None:
    raw = b"<a>" + b"x" * MAX_BYTES + b"</a>"
    with pytest.raises(XmlRefused, match=str(len(raw))):
        parse_xml(raw)
    assert parse_xml(b"<a>" + b"x" * (MAX_BYTES - 7) + b"</a>").tag == "a"
    with pytest.raises(XmlRefused, match="il massimo è 10"):
        parse_xml(b"<a>12345</a>", max_bytes=10)


def test_comments_and_instructions_do_not_get_in_the_way() -> None:
    root = parse_xml(b"<a><!-- c --><?p i?><b/></a>")
    assert [child.tag for child in root] == ["b"]


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    with suppress(XmlRefused):
        assert isinstance(parse_xml(raw), etree._Element)
