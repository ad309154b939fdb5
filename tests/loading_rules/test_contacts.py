"""Mobiles and addresses: the fast reading agrees with the libraries it stands in for."""

import phonenumbers
import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from registry.rules.contacts import ContactRefused, read_email, read_mobile, read_pec


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+39 333 1234567", "+393331234567"),
        ("333/1234567", "+393331234567"),
        ("333.123.45.67", "+393331234567"),
        ("0039 333 1234567", "+393331234567"),
        ("333-1234567 ", "+393331234567"),
        ("(333) 1234567", "+393331234567"),
        ("333123456", "+39333123456"),
        ("+44 7400 123456", "+447400123456"),
        ("0033 6 12 34 56 78", "+33612345678"),
    ],
)
def test_a_mobile_is_read_as_e164(text: str, number: str) -> None:
    assert read_mobile(text) == number


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("333.123 (moglie)", "senza lettere né note"),
        ("333 1234567 / 059 123456", "troppe"),
        ("333 12345", "troppo poche"),
        ("059 123456", "telefono fisso"),
        ("800 123456", "telefono fisso o speciale"),
        ("=333", "senza lettere né note"),
        ("", "senza lettere né note"),
        ("++", "senza lettere né note"),
        ("+39", "troppe o troppo poche"),
        ("٣٣٣١٢٣٤٥٦٧", "senza lettere"),
    ],
)
def test_what_is_not_a_mobile_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(ContactRefused) as refusal:
        read_mobile(text)
    assert reason in str(refusal.value)


@given(st.integers(0, 9_999_999_999), st.integers(9, 11))
def test_every_number_beginning_with_3_is_judged_as_phonenumbers_judges_it(
    number: int, width: int
) -> None:
    digits = "3" + f"{number:0{width}d}"[: width - 1]
    parsed = phonenumbers.parse(digits, "IT")
    mobile = phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.MOBILE
    try:
        assert read_mobile(digits) == f"+39{digits}"
    except ContactRefused:
        assert not mobile
    else:
        assert mobile


@given(
    st.text("abcXYZ019._+-", min_size=1, max_size=14),
    st.text("abcXZ09.-", min_size=1, max_size=14),
    st.sampled_from(["it", "ORG", "c", "1", "local", "xn--p1ai"]),
)
def test_every_address_is_judged_as_email_validator_judges_it(
    mailbox: str, domain: str, top: str
) -> None:
    text = f"{mailbox}@{domain}.{top}"
    try:
        expected = validate_email(text, check_deliverability=False, strict=True).normalized
    except EmailNotValidError:
        with pytest.raises(ContactRefused):
            read_email(text)
    else:
        assert read_email(text) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("rossi.example.org", "serve una sola chiocciola"),
        ("a@example.org;b@example.org", "serve una sola chiocciola"),
        ("a b@example.org", "contiene spazi"),
        ("a@localhost", "non è un indirizzo e-mail valido"),
        (f"{'a' * 65}@example.org", "non è un indirizzo e-mail valido"),
    ],
)
def test_an_address_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(ContactRefused) as refusal:
        read_email(text)
    assert reason in str(refusal.value)


def test_a_pec_is_named_as_such() -> None:
    assert read_pec(" studio@PEC.example.org ") == "studio@pec.example.org"
    with pytest.raises(ContactRefused, match="indirizzo PEC"):
        read_pec("studio@")
