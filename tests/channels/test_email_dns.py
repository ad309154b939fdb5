"""SPF, DKIM and DMARC, asked over real UDP and judged."""

import base64
import socket

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from dunning.channels.email_dns import DnsAway, DomainCheck
from dunning.rules.email_dns import judge_dmarc, judge_spf
from tests.dns_server import dns_server

DOMAIN = "avvisi.borgo.example"


def key(bits: int) -> str:
    public = rsa.generate_private_key(65_537, bits).public_key()
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={base64.b64encode(der).decode()}"


def grades(records: dict[str, list[str]]) -> list[str]:
    with dns_server(records) as server:
        found = DomainCheck(server).judge(DOMAIN, selector="paybox", include="mailgun.org")
    return [f"{one.name} {one.grade}" for one in found]


def test_a_domain_in_order() -> None:
    records = {
        DOMAIN: ["altro=1", "v=spf1 include:mailgun.org -all"],
        f"paybox._domainkey.{DOMAIN}": [key(2048)],
        f"_dmarc.{DOMAIN}": ["v=DMARC1; p=reject; rua=mailto:d@borgo.example"],
    }
    assert grades(records) == ["SPF BENE", "DKIM BENE", "DMARC BENE"]


def test_nothing_published() -> None:
    assert grades({}) == ["SPF MANCA", "DKIM MANCA", "DMARC MANCA"]


def test_weak_key_policy_of_the_domain_above_and_a_revoked_key() -> None:
    records = {
        DOMAIN: ["v=spf1 include:mailgun.org ?all"],
        f"paybox._domainkey.{DOMAIN}": [key(1024)],
        "_dmarc.borgo.example": ["v=DMARC1; p=none"],
    }
    assert grades(records) == ["SPF DA_MIGLIORARE", "DKIM DA_MIGLIORARE", "DMARC DA_MIGLIORARE"]
    records[f"paybox._domainkey.{DOMAIN}"] = ["v=DKIM1; p="]
    assert grades(records)[1] == "DKIM MANCA"


@pytest.mark.parametrize(
    ("record", "grade"),
    [
        ("v=spf1 include:mailgun.org ~all", "BENE"),
        ("v=spf1 include:mailgun.org +all", "MANCA"),
        ("v=spf1 include:mailgun.org all", "MANCA"),
        ("v=spf1 include:altro.mailgun.org -all", "MANCA"),
        ("v=spf10 include:mailgun.org -all", "MANCA"),
        ("v=spf1 include:mailgun.org redirect=_spf.borgo.example", "BENE"),
    ],
)
def test_spf_by_its_words(record: str, grade: str) -> None:
    assert judge_spf(DOMAIN, [record], include="mailgun.org").grade == grade


def test_two_records_are_none() -> None:
    twice = ["v=spf1 -all", "v=spf1 mx -all"]
    assert judge_spf(DOMAIN, twice, include="").grade == "MANCA"
    assert judge_dmarc(f"_dmarc.{DOMAIN}", ["v=DMARC1; p=reject"] * 2).grade == "MANCA"
    assert judge_dmarc(f"_dmarc.{DOMAIN}", ["v=DMARC1; sp=reject"]).grade == "MANCA"


def test_a_resolver_that_does_not_answer_is_not_a_bad_domain() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        with pytest.raises(DnsAway):
            DomainCheck(f"127.0.0.1:{deaf.getsockname()[1]}").judge(
                DOMAIN, selector="s", include=""
            )
