"""First notices on paper: the day they went to the post, those that came back, their addresses put right."""

import io
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django_tenants.utils import schema_context

from billing.models import Bollettazione, NoticeReturn, Position, Service, TimelineEntry
from billing.selectors.ledger import ledger_problems
from billing.services import posting
from billing.services.bollettazione import ask_bollettazione, make_bollettazione
from billing.services.loads import confirm_load
from billing.services.posting import tell_posted
from billing.services.staging import stage_load
from paybox.kernel.actor import Actor
from paybox.kernel.clock import move_clock_to
from paybox.kernel.models import AuditEntry, RawMessage
from tenants.models import Ente, Membership
from tests.billing.test_bollettazione import HEADER, PEOPLE
from tests.build import AT, make_position
from tests.pages import text_of

PAGE = "/ufficio/lettere/avvisi-tornati/"
NEW = f"{PAGE}registra/"
HEAD = "Numero_avviso;Causa;Data\r\n"
Kind = TimelineEntry.Kind
ADDRESS = {"street": "Via Nuova", "civic": "7", "cap": "00010", "city": "Borgo", "province": "rm", "note": "Anagrafe"}  # fmt: skip


@pytest.fixture
def made(borgo: Ente, ada: Actor, settings: Any, tmp_path: Any) -> Iterator[Bollettazione]:
    """Three notices printed on 2 March, Anna's and the bar's on paper; today is the 10th."""
    files = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}}  # fmt: skip
    settings.STORAGES = settings.STORAGES | {"default": files}
    people = [row.replace("bar@example.org", "") for row in PEOPLE]
    staged = stage_load(
        service=Service.objects.get(code="TARI"), filename="ruolo.csv", raw="\n".join((HEADER, *people)).encode(),
        actor=ada, at=AT, today=AT.date(),
    )  # fmt: skip
    load = confirm_load(load_id=staged.pk, segregation="01", actor=ada, at=AT)
    asked = ask_bollettazione(load_id=load.pk, actor=ada, at=AT)
    make_bollettazione(bollettazione_id=asked.pk, ente=borgo, at=AT)
    move_clock_to(AT + timedelta(days=8))
    yield Bollettazione.objects.get(pk=asked.pk)
    with schema_context("borgo"):
        assert list(ledger_problems()) == []


def day_page(made: Bollettazione) -> str:
    return f"/ufficio/caricamenti/{made.load.uuid}/avvisi/{made.pk}/spediti/"


def declare(client: Any, made: Bollettazione, day: str = "2026-03-04") -> Any:
    return client.post(day_page(made), {"on": day})


def of(reference: str) -> Position:
    return Position.objects.get(reference=reference)


def number(reference: str) -> str:
    return str(of(reference).instalments.get().notice_number)


def send(client: Any, *rows: str) -> Any:
    file = SimpleUploadedFile("tornati.csv", (HEAD + "\r\n".join(rows)).encode())
    return client.post(NEW, {"file": file})


def type_one(client: Any, reference: str, day: str, cause: str = "SCONOSCIUTO") -> Any:
    given = {"uno": "1", "number": number(reference), "cause": cause, "on": day}
    return client.post(NEW, given, follow=True)


class TestPosted:
    def test_only_the_paper_ones_say_so_and_once(
        self, ada_browses: Any, made: Bollettazione, work: Callable[[], int], monkeypatch: Any
    ) -> None:
        assert "Indica il giorno" in text_of(ada_browses.get(f"/ufficio/caricamenti/{made.load.uuid}/"))  # fmt: skip
        assert declare(ada_browses, made).status_code == 302
        monkeypatch.setattr(posting, "TELLING", 1)
        first, told = posting._tell, []

        def killed(*given: Any) -> None:
            first(*given)
            told.append(given)
            raise KeyboardInterrupt

        monkeypatch.setattr(posting, "_tell", killed)
        with pytest.raises(KeyboardInterrupt):
            tell_posted(bollettazione_id=made.pk, at=AT)
        assert len(told) == 1, "one chunk was told, then the worker died"
        monkeypatch.setattr(posting, "_tell", first)
        work()
        tell_posted(bollettazione_id=made.pk, at=AT)
        entries = TimelineEntry.objects.filter(kind=Kind.POSTED)
        assert sorted(entries.values_list("position__reference", "actor_name")) == [
            ("A2", "Ada Bianchi"), ("A3", "Ada Bianchi"),
        ]  # fmt: skip
        page = text_of(ada_browses.get(f"/ufficio/posizioni/{of('A2').uuid}/"))
        assert "Avviso spedito su carta" in page
        assert "Alla posta il 04/03/2026" in page
        assert "04/03/2026" in text_of(ada_browses.get(f"/ufficio/caricamenti/{made.load.uuid}/"))
        with schema_context("valle"):
            assert not TimelineEntry.objects.exists()

    @pytest.mark.parametrize(
        ("day", "said"),
        [("2026-03-01", "non sono partiti prima"), ("2026-03-11", "nel futuro"), ("", "Scrivere il giorno")],
    )  # fmt: skip
    def test_a_wrong_day_is_refused(
        self, ada_browses: Any, made: Bollettazione, day: str, said: str
    ) -> None:
        answer = declare(ada_browses, made, day)
        assert answer.status_code == 422
        assert said in text_of(answer)
        made.refresh_from_db()
        assert made.posted_on is None

    def test_a_day_put_right_stays_in_the_register(
        self, ada_browses: Any, made: Bollettazione, work: Callable[[], int]
    ) -> None:
        declare(ada_browses, made, "2026-03-03")
        work()
        declare(ada_browses, made)
        declare(ada_browses, made)
        work()
        kept = AuditEntry.objects.filter(action="billing.bollettazione.posted").order_by("pk")
        assert [(e.details["before"], e.details["posted_on"]) for e in kept] == [
            (None, "2026-03-03"), ("2026-03-03", "2026-03-04"),
        ]  # fmt: skip
        assert TimelineEntry.objects.filter(kind=Kind.POSTED, position=of("A2")).count() == 2
        assert type_one(ada_browses, "A2", "2026-03-03").status_code == 422
        type_one(ada_browses, "A2", "2026-03-05")
        assert "non sono partiti dopo" in text_of(declare(ada_browses, made, "2026-03-06"))

    def test_who_only_reads_may_not(self, enter: Any, made: Bollettazione) -> None:
        bruno = enter("bruno@example.org")
        assert declare(bruno, made).status_code == 403
        assert "Indica il giorno" not in text_of(bruno.get(f"/ufficio/caricamenti/{made.load.uuid}/"))  # fmt: skip


@pytest.fixture
def posted(ada_browses: Any, made: Bollettazione, work: Callable[[], int]) -> Bollettazione:
    declare(ada_browses, made)
    work()
    return made


@pytest.mark.usefixtures("posted")
class TestReturned:
    def test_good_rows_are_taken_once_and_the_others_named(self, ada_browses: Any) -> None:
        good = f"{number('A2')};Indirizzo inesatto;09/03/2026"
        rows = (
            good,
            f"{number('A1')};sconosciuto;09/03/2026",
            f"{number('A3')};sconosciuto;03/03/2026",
            f"{number('A3')};sconosciuto;11/03/2026",
            f"{number('A3')};volato via;09/03/2026",
            f"{number('A3')};sconosciuto;31/02/2026",
            "123;sconosciuto;09/03/2026",
            f"{make_position().instalments.first().notice_number};sconosciuto;09/03/2026",
        )
        answer = send(ada_browses, *rows)
        page = text_of(answer)
        assert "Avvisi tornati registrati: 1. Già noti: 0." in page
        assert [(p.row, p.column) for p in answer.context["done"].refused] == [
            (3, "numero_avviso"), (4, "data"), (5, "data"), (6, "causa"), (7, "data"), (8, "numero_avviso"),
            (9, "numero_avviso"),
        ]  # fmt: skip
        for words in ("non risulta spedito su carta", "è prima della spedizione", "nel futuro", "18 cifre"):  # fmt: skip
            assert words in page
        assert "Già noti: 1." in text_of(send(ada_browses, *rows))
        row = NoticeReturn.objects.get()
        assert (row.position.reference, row.cause, row.returned_on) == ("A2", "INDIRIZZO INESATTO", date(2026, 3, 9))  # fmt: skip
        assert (row.address, row.actor_name) == ("Via Po 2 00010 Borgo (RM)", "Ada Bianchi")
        assert row.raw_message_id == RawMessage.objects.filter(kind="billing.notice_returns").earliest("pk").pk  # fmt: skip
        assert TimelineEntry.objects.get(kind=Kind.RETURNED).position == of("A2")
        told = text_of(ada_browses.get(f"/ufficio/posizioni/{of('A2').uuid}/"))
        assert "L'avviso su carta è tornato al mittente il 09/03/2026: indirizzo inesatto." in told

    def test_when_nothing_is_taken_it_is_no_success(self, ada_browses: Any) -> None:
        answer = send(ada_browses, f"{number('A3')};volato via;09/03/2026")
        levels = {str(m): m.level_tag for m in answer.context["messages"]}
        assert levels["Avvisi tornati registrati: 0. Già noti: 0."] == "warning"

    def test_a_workbook_is_read_and_another_file_refused(self, ada_browses: Any) -> None:
        import xlsxwriter

        out = io.BytesIO()
        with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, ("numero_avviso", "causa", "data"))
            sheet.write_row(1, 0, (number("A3"), "trasferito", "09/03/2026"))
        file = SimpleUploadedFile("tornati.xlsx", out.getvalue())
        ada_browses.post(NEW, {"file": file})
        assert NoticeReturn.objects.get().position == of("A3")
        answer = ada_browses.post(NEW, {"file": SimpleUploadedFile("x.csv", b"nome;cognome\na;b")})
        assert answer.status_code == 422
        assert answer.context["many"].errors["file"]

    def test_the_address_is_put_right_and_the_notice_printed_again(self, ada_browses: Any) -> None:
        assert "Nessun avviso tornato" in text_of(ada_browses.get(PAGE))
        type_one(ada_browses, "A2", "2026-03-09")
        assert "Verdi Anna" in text_of(ada_browses.get(PAGE))
        one = f"{PAGE}{NoticeReturn.objects.get().pk}/"
        answer = ada_browses.post(one, ADDRESS | {"cap": "10"})
        assert answer.status_code == 422
        assert "servono 5 cifre" in text_of(answer)
        assert ada_browses.post(one, ADDRESS).status_code == 302
        assert of("A2").subject.address_lines == ("Via Nuova 7", "00010 Borgo (RM)")
        page = text_of(ada_browses.get(one))
        assert f"/ufficio/posizioni/{of('A2').uuid}/avviso.pdf" in page
        assert ada_browses.get(f"/ufficio/posizioni/{of('A2').uuid}/avviso.pdf").content[:4] == b"%PDF"  # fmt: skip
        assert "già stato lavorato" in text_of(ada_browses.post(one, ADDRESS | {"civic": "8"}))
        assert "Nessun avviso tornato" in text_of(ada_browses.get(PAGE))
        assert "Indirizzo corretto" in text_of(ada_browses.get(f"{PAGE}?stato=chiusi"))
        assert AuditEntry.objects.filter(action="registry.subject.corrected").count() == 1
        assert "Già noti: 1." in text_of(type_one(ada_browses, "A2", "2026-03-09"))
        type_one(ada_browses, "A2", "2026-03-10", "DECEDUTO")  # the reprint came back too
        assert NoticeReturn.objects.filter(settled_at=None).get().cause == "DECEDUTO"

    def test_nobody_is_given_up_without_a_word(self, ada_browses: Any) -> None:
        type_one(ada_browses, "A3", "2026-03-09")
        row = NoticeReturn.objects.get()
        one = f"{PAGE}{row.pk}/"
        assert "Scrivere che cosa si è cercato" in text_of(ada_browses.post(one, {"abbandona": "1"}))  # fmt: skip
        ada_browses.post(one, {"abbandona": "1", "note": "Cessata attività"})
        row.refresh_from_db()
        assert (row.end, row.note, row.settled_by) == ("ABBANDONATO", "Cessata attività", "Ada Bianchi")  # fmt: skip
        entry = TimelineEntry.objects.get(position=of("A3"), kind=Kind.NOTE)
        assert (entry.reference, entry.details["text"]) == (
            "Avviso tornato il 09/03/2026: chiuso senza correzione", "Cessata attività",
        )  # fmt: skip

    def test_out_of_scope_and_elsewhere(self, ada_browses: Any, visit: Any, enter: Any) -> None:
        type_one(ada_browses, "A2", "2026-03-09")
        one = f"{PAGE}{NoticeReturn.objects.get().pk}/"
        a3 = number("A3")
        assert enter("bruno@example.org").get(PAGE).status_code == 200
        assert enter("bruno@example.org").post(one, ADDRESS).status_code == 403
        with schema_context("public"):
            Membership.objects.filter(user__email="elena@example.org").update(services=["MULTE"])
        elena = enter("elena@example.org")
        assert elena.get(one).status_code == 404
        assert "Verdi Anna" not in text_of(elena.get(PAGE))
        assert "nessun avviso di questo Ente" in text_of(send(elena, f"{a3};sconosciuto;09/03/2026"))  # fmt: skip
        dario = visit("dario@example.org", host="valle.localhost")
        assert dario.get(one).status_code == 404
        assert "Nessun avviso tornato" in text_of(dario.get(PAGE))
        assert "nessun avviso di questo Ente" in text_of(send(dario, f"{a3};sconosciuto;09/03/2026"))  # fmt: skip
        with schema_context("valle"):
            assert not NoticeReturn.objects.exists()
        with schema_context("borgo"):
            assert NoticeReturn.objects.count() == 1
