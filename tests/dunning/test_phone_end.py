"""Papers passed to the office, the message after a call, the end of the mandate with its package and nothing visible after."""

import csv
import hashlib
import io
import json
import zipfile
from datetime import date, timedelta

import pypdfium2
import pytest
from django.core.files.storage import default_storage
from django_tenants.utils import schema_context
from python_calamine import CalamineWorkbook

from billing.selectors.ledger import ledger_problems
from dunning.models import Attempt, Hold, PhoneCampaign, PhoneDocument, PhoneTask, Wave
from dunning.rules.phone_ends import Negative
from dunning.rules.phone_outcomes import Called
from dunning.selectors.phone_report import phone_figures
from dunning.services.phone_handback import close_phone_campaign, follow_campaigns
from dunning.services.phone_list import open_phone_file
from dunning.services.phone_messages import write_after_call
from dunning.services.phone_office import give_file_up, settle_phone_task, take_document
from dunning.services.phone_package import make_phone_package
from dunning.services.phone_promises import Promised
from dunning.services.post_batches import PostRefused
from dunning.services.refusals import PhoneRefused
from paybox.kernel.clock import move_clock_to
from tests.build import pay
from tests.dunning.conftest import drain
from tests.dunning.phones import APPROVER, MONDAY, RITA, again, call, overdue, running, take

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("borgo"),
    pytest.mark.usefixtures("own_files"),
]
PDF = b"%PDF-1.7\n1 0 obj\n%%EOF"
DAY = timedelta(days=1)


def keep(file, content: bytes = PDF, name: str = "ricevuta.pdf") -> PhoneDocument:
    return take_document(
        file_id=file.pk, content=content, name=name, note="Bonifico di maggio", operator=RITA, at=MONDAY,
    )  # fmt: skip


class TestDocuments:
    def test_kept_once_and_passed_to_the_office(self, person) -> None:
        position = overdue(person())
        campaign = running()
        file = take(campaign)
        kept = keep(file)
        assert keep(file).pk == kept.pk
        assert default_storage.open(kept.stored).read() == PDF
        task = PhoneTask.objects.get()
        assert task.kind == "PAGAMENTO"
        assert list(Hold.objects.values_list("reason", "position_id")) == [("PAGAMENTO_DICHIARATO", position.pk)]  # fmt: skip
        assert take(campaign, at=MONDAY + DAY) is None
        settle_phone_task(task_id=task.pk, answer="Era di un altro anno", resume=True, actor=APPROVER, at=MONDAY + DAY)  # fmt: skip
        assert take(campaign, at=MONDAY + DAY).pk == file.pk

    @pytest.mark.parametrize("content", [b"<html>", b"MZ\x90", b"%PDF-1.7 cut", b""])
    def test_what_is_no_paper_is_refused(self, person, content) -> None:
        overdue(person())
        file = take(running())
        with pytest.raises(PostRefused):
            keep(file, content)
        assert not PhoneDocument.objects.exists()


@pytest.mark.usefixtures("wired")
class TestMessage:
    def test_by_the_road_of_every_message(self, person, sink) -> None:
        subject = person()
        overdue(subject)
        file = take(running())
        with pytest.raises(PhoneRefused, match="dopo aver telefonato"):
            write_after_call(file_id=file.pk, channel="EMAIL", operator=RITA, at=MONDAY, today=MONDAY.date())  # fmt: skip
        call(file, Called.PROMISE, promised=Promised(12_000, date(2026, 3, 6), "PAGOPA"))
        with pytest.raises(PhoneRefused, match="Non risulta un indirizzo"):
            write_after_call(file_id=file.pk, channel="PEC", operator=RITA, at=MONDAY, today=MONDAY.date())  # fmt: skip
        message = write_after_call(file_id=file.pk, channel="EMAIL", operator=RITA, at=MONDAY, today=MONDAY.date())  # fmt: skip
        move_clock_to(MONDAY.date())  # within the pause that her promise brought
        drain()
        attempt = Attempt.objects.get(item__wave=message.wave)
        assert attempt.state == "ACCETTATO"
        address = subject.contacts.get(kind="EMAIL").value
        assert len(sink.to(address)) == 1
        assert "120,00" in attempt.body
        wave = Wave.objects.get()
        assert (wave.kind, wave.approver_name) == ("TELEFONO", "Elena Fabbri (campagna telefonica)")
        with pytest.raises(PhoneRefused, match="Oggi le si è già scritto"):
            write_after_call(file_id=file.pk, channel="EMAIL", operator=RITA, at=MONDAY, today=MONDAY.date())  # fmt: skip

    def test_who_pays_in_between_gets_nothing(self, person, sink) -> None:
        subject = person()
        position = overdue(subject)
        file = take(running())
        call(file, Called.REMINDER)
        write_after_call(file_id=file.pk, channel="EMAIL", operator=RITA, at=MONDAY, today=MONDAY.date())  # fmt: skip
        pay(position.instalments.get().notice_number, 12_000)
        drain()
        assert Wave.objects.get().items.get().reason == "PAGATO"
        assert sink.to(subject.contacts.get(kind="EMAIL").value) == []


def closed_with_everything(person) -> PhoneCampaign:
    """One paid, one paid in part, one refuses, one never answered, one given up as penniless, one nobody called."""
    names = ("Paga", "Acconto", "Rifiuta", "Muta", "Povera", "Silente")
    debts = {name: overdue(person(name=name), 60_000 - 1_000 * n) for n, name in enumerate(names)}
    campaign = running()
    for name in names[:-1]:
        file = take(campaign)
        assert file.subject.name == name
        if name == "Paga":
            call(file, Called.PROMISE, promised=Promised(60_000, date(2026, 3, 6), "PAGOPA"))
            keep(file)
        elif name == "Acconto":
            call(file, Called.PROMISE, promised=Promised(59_000, date(2026, 3, 6), "BONIFICO"))
        elif name == "Povera":
            call(file, Called.SPOKE, note="=SOMMA(1)")
            give_file_up(file_id=file.pk, reason=Negative.PENNILESS, operator=RITA, at=MONDAY)
        else:
            call(file, Called.REFUSES if name == "Rifiuta" else Called.NO_ANSWER)
    pay(debts["Paga"].instalments.get().notice_number, 60_000, at=MONDAY + DAY)
    pay(debts["Acconto"].instalments.get().notice_number, 20_000, at=MONDAY + DAY)
    follow_campaigns(at=MONDAY + 20 * DAY, today=(MONDAY + 20 * DAY).date())
    return close_phone_campaign(campaign_id=campaign.pk, actor=APPROVER, at=MONDAY + 20 * DAY)


class TestHandBack:
    def test_every_file_has_its_end_and_the_report_is_frozen(self, person) -> None:
        campaign = closed_with_everything(person)
        ends = dict(campaign.files.values_list("subject__name", "state"))
        assert ends == {
            "Paga": "CHIUSA_INCASSO", "Acconto": "CHIUSA_PARZIALE", "Rifiuta": "CHIUSA_NEGATIVA", "Muta": "CHIUSA_NEGATIVA",
            "Povera": "CHIUSA_NEGATIVA", "Silente": "CHIUSA_NEGATIVA",
        }  # fmt: skip
        assert campaign.report["negatives"] == {"FUORI_TERMINE": 1, "IRREPERIBILE": 1, "NULLATENENTE": 1, "RIFIUTA": 1}  # fmt: skip
        figures = phone_figures(campaign)
        assert (figures.calls, figures.conversations, figures.called, figures.files) == (5, 4, 5, 6)
        assert (figures.promises, figures.promises_kept, figures.kept_percent) == (2, 1, 50)
        assert figures.amount_cents == 60_000 + 59_000 + 58_000 + 57_000 + 56_000 + 55_000
        assert (figures.collected_cents, figures.cost_mills, figures.mills_per_euro) == (80_000, 2_000, 2)  # fmt: skip
        late = campaign.files.get(subject__name="Rifiuta")
        pay(late.subject.positions.get().instalments.get().notice_number, 58_000, at=MONDAY + 21 * DAY)  # fmt: skip
        assert phone_figures(campaign) == figures
        assert again(late).collected_cents == 0
        assert list(ledger_problems()) == []

    def test_the_package_is_whole_and_the_same_each_time(self, person, borgo, valle) -> None:
        campaign = closed_with_everything(person)
        make_phone_package(campaign_id=campaign.pk, ente=borgo)
        campaign.refresh_from_db()
        content = default_storage.open(campaign.package).read()
        assert hashlib.sha256(content).hexdigest() == campaign.package_sha256
        package = zipfile.ZipFile(io.BytesIO(content))
        manifest = json.loads(package.read("manifest.json"))
        for name, digest in manifest["sha256"].items():
            assert hashlib.sha256(package.read(name)).hexdigest() == digest
        assert set(manifest["sha256"]) | {"manifest.json"} == set(package.namelist())
        assert any(name.startswith("documenti/") and name.endswith(".pdf") for name in package.namelist())  # fmt: skip
        rows = list(csv.DictReader(io.StringIO(package.read("pratiche.csv").decode("utf-8-sig")), delimiter=";"))  # fmt: skip
        (paid,) = [row for row in rows if row["debitore"] == "Paga"]
        assert (paid["affidato"], paid["incassato"], paid["residuo"]) == ("600,00", "600,00", "0,00")  # fmt: skip
        assert (paid["esito"], len(rows)) == ("Chiusa con incasso", 6)
        assert "'=SOMMA(1)" in package.read("contatti.csv").decode(), "no formula reaches a sheet"
        sheets = CalamineWorkbook.from_filelike(io.BytesIO(package.read("riconsegna.xlsx")))
        assert sheets.sheet_names == ["Pratiche", "Contatti", "Promesse"]
        (same,) = [row for row in sheets.get_sheet_by_index(0).to_python() if row[1] == "Paga"]
        assert same[3:7] == [600.0, 600.0, 0.0, "Chiusa con incasso"]
        read = " ".join(
            page.get_textpage().get_text_bounded()
            for page in pypdfium2.PdfDocument(package.read("rapporto.pdf"))
        )
        assert "Rapporto di riconsegna: Arretrati TARI 2025" in read
        assert "Totale 6 3.450,00 € 800,00 € 2.650,00 €" in " ".join(read.split())
        PhoneCampaign.objects.filter(pk=campaign.pk).update(package="", package_sha256="")
        make_phone_package(campaign_id=campaign.pk, ente=borgo)
        campaign.refresh_from_db()
        assert campaign.package_sha256 == hashlib.sha256(content).hexdigest()
        with schema_context("valle"):
            assert not PhoneCampaign.objects.exists()

    def test_afterwards_nobody_who_telephoned_enters(self, person) -> None:
        campaign = closed_with_everything(person)
        with pytest.raises(PhoneRefused, match="non le è affidata"):
            take(campaign, at=MONDAY + 20 * DAY)
        for file in campaign.files.all():
            with pytest.raises(PhoneRefused):
                open_phone_file(file_id=file.pk, operator=RITA, at=MONDAY + 20 * DAY)
        with pytest.raises(PhoneRefused, match="Conclusa"):
            close_phone_campaign(campaign_id=campaign.pk, actor=APPROVER, at=MONDAY)

    def test_a_plan_that_was_granted_is_its_own_end(self, person) -> None:
        position = overdue(person())
        campaign = running()
        file = take(campaign)
        Hold.objects.create(
            subject=position.subject, position=position, reason=Hold.Reason.PLAN, since=MONDAY.date(), actor_name="p",
            created_at=MONDAY,
        )  # fmt: skip
        assert take(campaign, at=MONDAY + DAY) is None, "whoever pays by instalments is not called"
        close_phone_campaign(campaign_id=campaign.pk, actor=APPROVER, at=MONDAY + 2 * DAY)
        assert (again(file).state, again(file).reason) == ("CHIUSA_RATEIZZATA", "")

    def test_past_its_last_day_it_ends_by_itself(self, person) -> None:
        overdue(person())
        campaign = running(ends_on=date(2026, 3, 4))
        file = take(campaign)
        follow_campaigns(at=MONDAY + 2 * DAY, today=date(2026, 3, 4))
        assert again(file).state == "IN_LAVORAZIONE"
        follow_campaigns(at=MONDAY + 3 * DAY, today=date(2026, 3, 5))
        campaign.refresh_from_db()
        assert (campaign.state, campaign.ended_by) == ("CHIUSA", "sistema")
        assert (again(file).state, again(file).reason) == ("CHIUSA_NEGATIVA", "FUORI_TERMINE")
