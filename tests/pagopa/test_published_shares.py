"""A notice of several bodies on the roads that publish: each message is what its service describes, to the cent."""

import os
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from billing.models import Position, Service
from billing.selectors.ledger import ledger_problems
from billing.services.positions import withdraw_position
from pagopa.gateways.aca import aca_body
from pagopa.gateways.gpd import gpd_body
from pagopa.gateways.other_bodies import TooManyBodies, build_other_body, own_and_other
from pagopa.gateways.protocol import NoticeToPublish, PublicationRequest
from pagopa.gateways.versamento import Action, build_versamento
from pagopa.models import Publication
from pagopa.services.notices_to_publish import notice_to_publish
from tenants.models import Ente
from tests.build import AT, make_position
from tests.pagopa.conftest import ROOT
from tests.pagopa.openapi import wrong
from tests.pagopa.test_publication_roads import archive, installed, ring_all
from tests.template import BORGO, VALLE

THEIRS = "IT28W8000000292100645211151"
POSTAL = "IT60X0760111101000000123456"
TEFA = {
    "codice_fiscale": VALLE, "nome": "Provincia di Valle", "iban": THEIRS,
    "tassonomia": "9/0201102IM/", "sul_tributo": 500, "metadati": {"TEFA": "A001|2026"},
}  # fmt: skip
STAMP = {"centesimi": 1_600, "impronta": "a" * 44, "provincia": "RM"}


def notice_of(ente: Ente, *shares: dict[str, Any], stamps: tuple[Any, ...] = ()) -> NoticeToPublish:
    position = make_position(rates=())
    position.service.shares, position.service.metadata = list(shares), {"ANNO": "2026"}
    position.details = {"bolli": list(stamps)} if stamps else {}
    return notice_to_publish(position, position.instalments.get(), ente)


def request(notice: NoticeToPublish) -> PublicationRequest:
    return PublicationRequest(BORGO, "c_borgo", (notice,), "Comune di Borgo")


def body_of(road: str, notice: NoticeToPublish) -> tuple[dict[str, Any], dict[str, Any]]:
    """The whole body, validated, and its only notice."""
    if road == "ACA":
        body = aca_body(request(notice), [notice])
        assert wrong("gpd-4-aca.json", "PaymentPositionModel", body) == []
        return body, body["paymentOption"][0]
    body = gpd_body(request(notice), [notice])
    assert wrong("gpd_v3.json", "PaymentPositionModelV3", body) == []
    return body, body["paymentOption"][0]["installments"][0]


@pytest.fixture
def official_dovuti() -> etree.XMLSchema:
    folder = Path(os.environ.get("PAYBOX_REFERENCE", ROOT.parent / "shared" / "reference"))
    schema = folder / "intermediary/PagInf_Dovuti_Pagati_6_2_0.xsd"
    if not schema.is_file():
        pytest.skip(f"SCHEMI UFFICIALI ASSENTI in {folder}: impostare PAYBOX_REFERENCE")
    return etree.XMLSchema(etree.parse(str(schema)))


@pytest.mark.django_db
@pytest.mark.parametrize("road", ["ACA", "GPD"])
class TestBodies:
    def test_tari_and_tefa(self, borgo, road):
        _, sent = body_of(road, notice_of(borgo, TEFA))
        tari, tefa = sent["transfer"]
        assert (tari["amount"], tefa["amount"]) == (11_429, 571)
        assert (tari["organizationFiscalCode"], tefa["organizationFiscalCode"]) == (BORGO, VALLE)
        assert (tefa["iban"], tefa["category"]) == (THEIRS, "9/0201102IM/")
        assert tefa["transferMetadata"] == [{"key": "TEFA", "value": "A001|2026"}]
        metadata = "paymentOptionMetadata" if road == "ACA" else "installmentMetadata"
        assert sent[metadata] == [{"key": "ANNO", "value": "2026"}]

    def test_a_stamp_goes_to_no_account(self, borgo, road):
        _, sent = body_of(road, notice_of(borgo, stamps=(STAMP,)))
        own, stamp = sent["transfer"]
        assert (own["amount"], stamp["amount"]) == (10_400, 1_600)
        assert stamp["stamp"] == {
            "hashDocument": "a" * 44, "stampType": "01", "provincialResidence": "RM",
        }  # fmt: skip
        assert not {"iban", "postalIban"} & stamp.keys()

    def test_a_postal_account_is_told_beside_the_bank(self, borgo, road):
        borgo.postal_iban = POSTAL
        _, sent = body_of(road, notice_of(borgo))
        (whole,) = sent["transfer"]
        assert (whole["amount"], whole["iban"], whole["postalIban"]) == (12_000, borgo.iban, POSTAL)


@pytest.mark.django_db
class TestIntermediary:
    def test_the_other_body_has_a_document_of_its_own(self, borgo, official_dovuti):
        notice = notice_of(borgo, TEFA)
        cents, other = own_and_other(notice, BORGO)
        assert other is not None
        assert (cents, other.amount_cents) == (11_429, 571)
        for document in (
            build_versamento(notice, Action.INSERT, own_cents=cents),
            build_other_body(other, notice.causale),
        ):
            official_dovuti.assertValid(etree.fromstring(document))

    def test_it_has_no_words_for_two_others_or_a_stamp(self, borgo):
        for notice in (
            notice_of(borgo, TEFA, {**TEFA, "codice_fiscale": "01234567890"}),
            notice_of(borgo, stamps=(STAMP,)),
        ):
            with pytest.raises(TooManyBodies):
                own_and_other(notice, BORGO)


@pytest.mark.django_db
class TestSent:
    @pytest.mark.parametrize("road", ["SOAP", "ACA", "GPD"])
    def test_by_every_road_it_stands_and_comes_off(self, road, borgo, simulator, ada):
        node = simulator()
        Ente.objects.filter(pk=borgo.pk).update(gateway=road)
        Service.objects.filter(code="TARI").update(shares=[TEFA])
        position = make_position()
        with installed(node):
            ring_all()
            assert Publication.objects.get().state == "ACCETTATA"
            if road == "SOAP":
                assert node.notices() == {"INSERITO": 3}
            else:
                assert archive(node, road.lower())["notices"] == 3
            withdraw_position(position_id=position.pk, reason="sgravio", actor=ada, at=AT)
            ring_all()
        assert set(Publication.objects.values_list("state", flat=True)) == {"RITIRATA"}
        assert list(ledger_problems()) == []

    def test_what_cannot_be_divided_is_refused_with_words_and_the_others_pass(
        self, borgo, simulator
    ):
        node = simulator()
        wrong_one, good = make_position(), make_position()
        Position.objects.filter(pk=wrong_one.pk).update(
            details={"quote": [{"codice_fiscale": VALLE, "iban": THEIRS, "centesimi": 99_999}]}
        )
        with installed(node):
            ring_all()
        refused = Publication.objects.get(position=wrong_one)
        assert (refused.state, refused.code) == ("RIFIUTATA", "QUOTE_NON_VALIDE")
        assert "superano" in refused.words
        assert Publication.objects.get(position=good).state == "ACCETTATA"

    def test_what_the_intermediary_cannot_say_is_refused_with_the_way_out(self, borgo, simulator):
        node = simulator()
        position = make_position(rates=())
        Position.objects.filter(pk=position.pk).update(details={"bolli": [STAMP]})
        with installed(node):
            ring_all()
        assert "un'altra via" in Publication.objects.get().words
