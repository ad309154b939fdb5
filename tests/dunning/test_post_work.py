"""Cards and returned mail: the scan tied to its letter, the address put right, the letter repeated."""

import io
from datetime import date

import pytest
from django.core.files.storage import default_storage
from PIL import Image

from dunning.models import AddressTask, Letter, ReceiptCard, Wave, WaveItem
from dunning.rules.post import PostOutcome
from dunning.selectors.post import missing_cards
from dunning.services.post_addresses import correct_address, give_address_up
from dunning.services.post_batches import PostRefused
from dunning.services.post_cards import CardRead, take_card
from dunning.services.waves import cancel_wave
from paybox.kernel.clock import now
from registry.rules.addresses import PostalAddress
from tests.dunning.test_post import made, owing, people, wave  # noqa: F401
from tests.dunning.test_post_outcomes import letters, of, read  # noqa: F401

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("borgo"),
    pytest.mark.usefixtures("own_files"),
]


def scan() -> bytes:
    png = io.BytesIO()
    Image.new("1", (40, 20), 1).save(png, "PNG")
    return png.getvalue()


def keep(number: str, ada, content: bytes | None = None, **changes) -> ReceiptCard:
    said = {"outcome": PostOutcome.CONSEGNATA, "on": date(2026, 8, 21), "place": "Scatola 3, n. 12"}
    card = CardRead(number=number, **{**said, **changes})
    kept, _ = take_card(card=card, scan=content or scan(), scope=(), actor=ada, at=now())
    return kept


class TestCards:
    def test_kept_once_with_what_it_says(self, letters, ada) -> None:  # noqa: F811
        assert missing_cards(scope=(), on=date(2026, 10, 20)).count() == 2
        card = keep(letters[0].code, ada)
        assert keep(letters[0].code, ada).pk == card.pk
        assert (card.mime, default_storage.open(card.file).read()) == ("image/png", scan())
        assert (of(letters[0]).outcome, of(letters[0]).perfected_on) == ("CONSEGNATA", date(2026, 8, 21))  # fmt: skip
        assert list(missing_cards(scope=(), on=date(2026, 10, 20))) == [letters[1]]

    @pytest.mark.parametrize(
        "content", [b"<html>", b"%PDF-1.7 cut", b"\x89PNG\r\n\x1a\nbroken", b"GIF89a"]
    )
    def test_what_is_no_scan_is_refused(self, letters, ada, content) -> None:  # noqa: F811
        with pytest.raises(PostRefused, match="PDF, un JPEG o un PNG"):
            keep(letters[0].code, ada, content)
        assert not ReceiptCard.objects.exists()

    def test_what_the_card_cannot_say(self, letters, ada) -> None:  # noqa: F811
        with pytest.raises(PostRefused, match="Nessuna raccomandata"):
            keep("999", ada)
        with pytest.raises(PostRefused, match="nel futuro"):
            keep(letters[0].code, ada, on=date(2026, 10, 21))
        with pytest.raises(PostRefused, match="data dell'avviso"):
            keep(letters[0].code, ada, outcome=PostOutcome.COMPIUTA_GIACENZA)


class TestReturned:
    def test_the_address_put_right_and_the_letter_again(self, letters, wave, borgo, ada) -> None:  # noqa: F811
        read(ada, f"{letters[0].code};;TRASFERITO;25/08/2026;")
        task = AddressTask.objects.get(source="RITORNO")
        new = PostalAddress("Via Nuova", "7", "00011", "Tivoli", "RM")
        correct_address(task_id=task.pk, address=new, note="Anagrafe", actor=ada, at=now())
        with pytest.raises(PostRefused, match="già stato lavorato"):
            give_address_up(task_id=task.pk, note="no", actor=ada, at=now())
        (again,) = made(wave, borgo, ada).letters.all()
        assert again.lines == ["Aldi Piera", "Via Nuova 7", "00011 Tivoli (RM)"]
        assert again.attempt.item_id == letters[0].attempt.item_id
        assert again.attempt.try_number == 2

    def test_lost_is_printed_again_and_found_is_not(self, letters, wave, borgo, ada) -> None:  # noqa: F811
        lost = (f"{letter.code};;SMARRITA;25/08/2026;" for letter in letters)
        read(ada, *lost, f"{letters[1].code};;CONSEGNATA;26/08/2026;")
        assert [one.lines[0] for one in made(wave, borgo, ada).letters.all()] == ["Aldi Piera"]

    def test_of_a_sending_given_up_nothing_is_printed_again(self, letters, wave, ada) -> None:  # noqa: F811
        read(ada, f"{letters[0].code};;TRASFERITO;25/08/2026;", f"{letters[1].code};;SMARRITA;25/08/2026;")  # fmt: skip
        Wave.objects.filter(pk=wave.pk).update(state="IN_PAUSA")
        cancel_wave(wave_id=wave.pk, actor=ada, at=now())
        read(ada, f"{letters[1].code};;SMARRITA;27/08/2026;")
        new = PostalAddress("Via Nuova", "7", "00011", "Tivoli", "RM")
        for task in AddressTask.objects.order_by("pk"):
            correct_address(task_id=task.pk, address=new, note="Anagrafe", actor=ada, at=now())
        assert not WaveItem.objects.filter(state="DA_STAMPARE").exists()

    def test_a_wrong_address_is_refused_and_giving_up_needs_words(self, letters, ada) -> None:  # noqa: F811
        task = AddressTask.objects.get(source="PRIMA")
        with pytest.raises(PostRefused, match="CAP deve avere 5 cifre"):
            correct_address(
                task_id=task.pk, address=PostalAddress("Via Po", "1", "1", "Borgo", "RM"), note="", actor=ada, at=now(),
            )  # fmt: skip
        with pytest.raises(PostRefused, match="che cosa si è cercato"):
            give_address_up(task_id=task.pk, note=" ", actor=ada, at=now())
        give_address_up(task_id=task.pk, note="Irreperibile all'anagrafe", actor=ada, at=now())
        item = WaveItem.objects.get(pk=task.item_id)
        assert (item.state, item.reason) == ("NON_RAGGIUNTO", "Il CAP deve avere 5 cifre")
        assert Letter.objects.count() == 2
