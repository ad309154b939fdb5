"""A registry that learns: other addresses are proposals with their source, and only a person takes them."""

import pytest
from django.db import connection
from django_tenants.utils import schema_context
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.load_file import FileRefused
from billing.rules.load_file.named_rows import named_rows
from paybox.kernel.clock import now
from registry.models import AddressProposal, Subject
from registry.rules.address_quality import address_quality
from registry.rules.addresses import PostalAddress
from registry.services.address_proposals import (
    COLUMNS,
    ImportedAddresses,
    decide_address,
    import_addresses,
    propose_address,
)
from registry.services.proposal_decisions import ProposalRefused
from tests.build import make_subject

HEAD = "codice_fiscale;via;civico;cap;comune;provincia"
GOOD = {
    "street": "Via Roma", "civic": "1", "cap": "00010", "city": "Borgo", "province": "RM", "country": "IT", "returned": False,
}  # fmt: skip


def score(**changes: object) -> int:
    return address_quality(**{**GOOD, **changes}).score  # type: ignore[arg-type]  # one thing changed at a time


class TestQuality:
    @pytest.mark.parametrize(
        ("changes", "expected", "words"),
        [
            ({}, 100, "buona"), ({"civic": ""}, 85, "buona"), ({"civic": "", "street": "Via Roma 1"}, 100, "buona"),
            ({"cap": "123"}, 50, "incerta"), ({"returned": True}, 40, "incerta"), ({"city": ""}, 0, "insufficiente"),
            ({"returned": True, "cap": ""}, 0, "insufficiente"), ({"province": "ZZ"}, 80, "buona"),
            ({"country": "DE", "cap": "", "province": ""}, 100, "buona"), ({"cap": "00100"}, 90, "buona"),
        ],
    )  # fmt: skip
    def test_by_table(self, changes: dict[str, object], expected: int, words: str) -> None:
        found = address_quality(**{**GOOD, **changes})  # type: ignore[arg-type]  # one thing changed at a time
        assert (found.score, found.words) == (expected, words)
        assert (found.score == 100) == (found.reasons == ())

    @given(st.sampled_from(sorted(GOOD)), st.booleans())
    def test_a_letter_that_came_back_never_makes_it_better(self, name: str, returned: bool) -> None:
        changes: dict[str, object] = {} if name in ("country", "returned") else {name: ""}
        assert score(**changes, returned=True) <= score(**changes, returned=returned) <= 100


@pytest.mark.django_db
@pytest.mark.usefixtures("borgo")
class TestProposals:
    def read(self, ada, *rows: str) -> ImportedAddresses:
        raw = "\r\n".join((HEAD, *rows)).encode()
        told = named_rows(raw, columns=COLUMNS, mandatory=COLUMNS)
        return import_addresses(raw=raw, rows=told, actor=ada, at=now())

    def test_a_file_proposes_and_a_person_takes(self, ada, valle) -> None:
        subject = make_subject()
        row = f"{subject.codice_fiscale};V.LE EUROPA;7;00011;Tivoli;Roma"
        done = self.read(
            ada,
            row,
            "NSCNSC80A01H501U;Via X;1;00010;Borgo;RM",
            f"{subject.codice_fiscale};Via Y;1;12;Borgo;RM",
        )
        assert (done.proposed, done.strangers) == (1, 1)
        assert [(number, "servono 5 cifre" in words) for number, words in done.refused] == [
            (4, True)
        ]
        assert self.read(ada, row).known == 1
        proposal = AddressProposal.objects.get()
        assert proposal.lines == "Viale EUROPA 7, 00011 Tivoli (RM)"
        assert Subject.objects.get(pk=subject.pk).street == "Via Roma", "nothing changes by itself"
        decide_address(proposal_id=proposal.pk, accept=True, reason="", actor=ada, at=now())
        subject.refresh_from_db()
        assert subject.address_lines == ("Viale EUROPA 7", "00011 Tivoli (RM)")
        with pytest.raises(ProposalRefused, match="già stata decisa"):
            decide_address(proposal_id=proposal.pk, accept=False, reason="no", actor=ada, at=now())
        assert self.read(ada, row).same == 1
        with schema_context(valle.schema_name):
            assert not AddressProposal.objects.exists()

    def test_what_was_refused_is_not_proposed_again_by_the_same_source(self, ada) -> None:
        subject = make_subject()
        new = PostalAddress("Via Nuova", "2", "00012", "Guidonia", "RM")
        said = {"subject": subject, "address": new, "note": "", "actor": ada, "at": now()}
        proposal = propose_address(source="RITORNO", **said)
        assert proposal is not None
        with pytest.raises(ProposalRefused, match="perché"):
            decide_address(proposal_id=proposal.pk, accept=False, reason=" ", actor=ada, at=now())
        decide_address(proposal_id=proposal.pk, accept=False, reason="Omonimo", actor=ada, at=now())
        assert propose_address(source="RITORNO", **said) is None
        assert propose_address(source="ANAGRAFE", **said) is not None, (
            "another source may know better"
        )
        assert Subject.objects.get(pk=subject.pk).street == "Via Roma"

    def test_what_is_no_file_is_refused(self, ada) -> None:
        raw = b"codice_fiscale\nX\n"
        rows = named_rows(raw, columns=COLUMNS, mandatory=COLUMNS)
        with pytest.raises(FileRefused, match="via, civico"):
            import_addresses(raw=raw, rows=rows, actor=ada, at=now())


@pytest.mark.django_db
def test_from_the_file_to_the_registry_on_the_pages(visit, borgo) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    subject = make_subject()
    elena = visit("elena@example.org", host="borgo.localhost")
    page = "/ufficio/contribuenti/indirizzi/"
    assert "Nessun indirizzo da decidere" in elena.get(page).content.decode()
    file = SimpleUploadedFile(
        "anpr.csv", f"{HEAD}\n{subject.codice_fiscale};Via Nuova;2;00012;Guidonia;RM\n".encode()
    )
    assert "Proposte nuove: 1" in elena.post(f"{page}carica/", {"file": file}).content.decode()
    connection.set_tenant(borgo)
    proposal = AddressProposal.objects.get()
    told = elena.get(f"/ufficio/contribuenti/{subject.uuid}/").content.decode()
    assert "qualità buona (100 su 100)" in told
    assert "Via Nuova 2, 00012 Guidonia (RM)" in told
    bruno = visit("bruno@example.org", host="borgo.localhost")
    assert bruno.post(f"{page}{proposal.pk}/", {"accogli": "1"}).status_code == 403
    answer = elena.post(f"{page}{proposal.pk}/", {"accogli": "1"}, follow=True).content.decode()
    assert "è nell&#x27;anagrafe" in answer
    connection.set_tenant(borgo)
    assert Subject.objects.get(pk=subject.pk).city == "Guidonia"
