"""Messages from a list: the same approval, the same proof, and nobody written to twice in a week."""

from datetime import date

import pytest

from billing.models import Position, Service
from dunning.models import Attempt, Suppression, Wave
from dunning.rules.listed import Listed, Unread, read_list
from dunning.services.listing import plan_list
from dunning.services.planning import plan_reminders
from dunning.services.refusals import ApprovalRefused
from dunning.services.waves import approve_wave, start_wave
from paybox.kernel.clock import move_clock_to, now, today
from paybox.kernel.models import RawMessage
from tests.build import make_position
from tests.dunning.conftest import AT, drain, go

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wired")]


def planned(borgo, ada, text: str) -> Wave:
    service = Service.objects.get(code="TARI")
    return plan_list(
        service_id=service.pk, raw=text.encode(), ente=borgo, actor=ada, at=now(), today=today()
    )


def test_each_number_gets_its_own_words_once(borgo, ada, elena, provider) -> None:
    wave = planned(
        borgo, ada,
        "cellulare;importo;nome;scadenza\n3336660001;1.250,40;Bruno Neri;30/09/2026\n3336660002;80;;\n",
    )  # fmt: skip
    kept = RawMessage.objects.get(kind="dunning.list")
    assert (kept.pk, bytes(kept.body)[:9]) == (wave.raw_message_id, b"cellulare")
    with pytest.raises(ApprovalRefused, match="persona diversa"):
        approve_wave(wave_id=wave.pk, actor=ada, at=AT)
    go(wave, elena)
    (first,) = provider.to("+393336660001")
    assert "Gentile Bruno Neri, risulta da pagare la somma di 1.250,40 €" in first["body"]
    assert "entro il 30/09/2026" in first["body"]
    (second,) = provider.to("+393336660002")
    assert "Gentile" not in second["body"]
    assert "entro" not in second["body"]
    wave.refresh_from_db()
    assert wave.state == "INVIATA"
    proof = Attempt.objects.get(address="+393336660001")
    assert (proof.state, proof.body) == ("ACCETTATO", first["body"])
    assert Position.objects.count() == 0


def test_the_same_list_again_writes_to_nobody(borgo, ada, elena, provider) -> None:
    text = "cellulare,importo\n3336660003,10\n"
    go(planned(borgo, ada, text), elena)
    again = planned(borgo, ada, text)
    assert again.items.get().reason == "FREQUENZA"
    assert len(provider.to("+393336660003")) == 1


def test_a_debtor_whose_number_was_on_a_list_is_not_reminded_that_week(
    borgo, ada, elena, person, provider
) -> None:
    debt = make_position(subject=person(mobile="+393336660005"), rates=())
    move_clock_to(date(2026, 7, 1))

    def reminder() -> Wave:
        return plan_reminders(
            service_id=debt.service_id, channel="SMS", actor=ada, at=now(), today=today()
        )

    simulated_before = reminder()
    listed = planned(borgo, ada, "cellulare;importo\n3336660005;10\n")
    for wave in (listed, simulated_before):
        approve_wave(wave_id=wave.pk, actor=elena, at=now())
        start_wave(wave_id=wave.pk, actor=elena, at=now())
        drain()
    assert reminder().items.get().reason == "FREQUENZA"
    assert simulated_before.items.get().reason == "FREQUENZA"
    assert len(provider.to("+393336660005")) == 1
    move_clock_to(date(2026, 7, 8))
    assert reminder().recipients == 1


def test_who_asked_for_silence_gets_it_even_after_approval(borgo, ada, elena, provider) -> None:
    wave = planned(borgo, ada, "cellulare;importo\n3336660004;10\n")
    Suppression.objects.create(
        channel="SMS", address="+393336660004", reason="OPPOSIZIONE", created_at=AT, actor_name="p"
    )
    go(wave, elena)
    assert wave.items.get().reason == "DA_NON_DISTURBARE"
    assert provider.to("+393336660004") == []


def test_rows_are_read_or_refused_with_their_line() -> None:
    rows = list(
        read_list(
            b"Telefono;Importo;Conto\n+39 333 1234567;0,01;=1+1\n;5\n\n333-1234567;-3\n",
            today=today(),
        )
    )
    assert [type(row) for row in rows] == [Unread, Unread, Unread]
    assert [row.line for row in rows] == [2, 3, 5]
    (good,) = read_list(b"importo,cellulare,due_date\n12.50,3331234567,2026-09-30\n", today=today())
    assert isinstance(good, Listed)
    assert (good.number, good.cents, str(good.due_on)) == ("+393331234567", 1_250, "2026-09-30")
