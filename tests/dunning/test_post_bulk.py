"""Cards and costs in bulk: each scan finds its letter or is named, bombs are refused, the same file twice is once."""

import io
import zipfile
from datetime import date

import pytest
from django.core.files.storage import default_storage
from PIL import Image

from dunning.channels.post_archive import MAX_ONE, read_scans
from dunning.channels.post_mappers import OutcomesRefused
from dunning.models import Attempt, ReceiptCard
from dunning.services.post_costs import Billed, import_costs
from dunning.services.post_scans import Kept, take_scans
from paybox.kernel.clock import now
from tests.dunning.test_post import made, owed, owing, people, wave  # noqa: F401
from tests.dunning.test_post_outcomes import letters, of, read  # noqa: F401

pytestmark = pytest.mark.usefixtures("own_files")


def png(shade: int = 1) -> bytes:
    content = io.BytesIO()
    Image.new("L", (40, 20), shade).save(content, "PNG")
    return content.getvalue()


def zipped(files: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return raw.getvalue()


class TestArchives:
    def test_the_number_in_the_name(self) -> None:
        names = [
            "dir/AR_628000000011_fronte.jpg",
            "RR123456785IT.png",
            "cartolina 7.png",
            "__MACOSX/._x",
        ]
        found = {scan.name: scan.number for scan in read_scans(zipped(dict.fromkeys(names, b"x")))}
        assert found == {
            "AR_628000000011_fronte.jpg": "628000000011", "RR123456785IT.png": "RR123456785IT", "cartolina 7.png": "",
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("raw", "words"),
        [
            (b"PK non uno zip", "non è un archivio ZIP"),
            (zipped({"bomba.png": b"\0" * (MAX_ONE + 1)}), "supera 10 MB"),
            (zipped({f"{n}.png": b"\0" * (MAX_ONE - 1) for n in range(12)}), "troppo grande"),
            (zipped({f"{n}.png": b"" for n in range(2_001)}), "più di 2000 file"),
            (zipped({"indice.csv": b"nome;numero\n"}), "mancano le colonne: file"),
        ],
        ids=["no zip", "one too big", "a bomb", "too many", "no index"],
    )
    def test_what_cannot_be_opened_is_refused(self, raw: bytes, words: str) -> None:
        with pytest.raises(OutcomesRefused, match=words):
            list(read_scans(raw))

    def test_a_size_that_lies_and_a_broken_content_are_refused(self) -> None:
        raw = bytearray(zipped({"a.png": png() * 50}, method=zipfile.ZIP_STORED))
        raw[60] ^= 0xFF
        with pytest.raises(OutcomesRefused, match="rovinato"):
            list(read_scans(bytes(raw)))


@pytest.mark.django_db
@pytest.mark.usefixtures("borgo")
class TestScans:
    def test_by_name_after_the_outcomes_and_by_index_before(self, letters, ada) -> None:  # noqa: F811
        first, second = letters
        read(ada, f"{first.code};628000000011;CONSEGNATA;21/08/2026;")
        index = (
            "file;numero;esito;data;data_avviso;posto\r\n"
            f"foto2.png;{second.code};Compiuta giacenza;22/09/2026;22/08/2026;Scatola 4\r\n"
        )
        raw = zipped({
            "AR_628000000011.png": png(1), "foto2.png": png(2), "indice.csv": index.encode(), "senza.png": png(3),
            f"{'9' * 12}.png": png(4), f"{second.code}.txt": b"ciao",
        })  # fmt: skip
        done = take_scans(raw=raw, scope=(), actor=ada, at=now())
        assert (done.taken, done.known) == (2, 0)
        assert [(one.column, one.words.split(":")[0]) for one in done.refused] == [
            ("senza.png", "Né il nome del file né l'indice dicono il numero della lettera"),
            (f"{'9' * 12}.png", f"Nessuna raccomandata ha il numero «{'9' * 12}»"),
            (f"{second.code}.txt", "La scansione deve essere un PDF, un JPEG o un PNG leggibile"),
        ]
        card = ReceiptCard.objects.get(letter=second)
        assert (card.place, default_storage.open(card.file).read()) == ("Scatola 4", png(2))
        assert (of(second).outcome, of(second).perfected_on) == (
            "COMPIUTA_GIACENZA",
            date(2026, 9, 1),
        )
        again = take_scans(raw=raw, scope=(), actor=ada, at=now())
        assert again == Kept(0, 2, done.refused)

    def test_a_scan_of_a_letter_without_news_waits_for_them(self, letters, ada) -> None:  # noqa: F811
        done = take_scans(
            raw=zipped({f"{letters[0].code}.png": png()}), scope=(), actor=ada, at=now()
        )
        assert "non è ancora noto" in done.refused[0].words
        assert not ReceiptCard.objects.exists()

    def test_costs_are_the_operators_and_once(self, letters, ada) -> None:  # noqa: F811
        first, second = letters
        rows = [
            "id_invio;costo",
            f"{first.code};5,35",
            f"{second.code};1.000,00",
            "9;1,00",
            f"{second.code};caro",
        ]
        raw = "\r\n".join(rows).encode()
        done = import_costs(raw=raw, scope=(), actor=ada, at=now())
        assert (done.taken, done.known, done.mills) == (1, 0, 5_350)
        assert [(one.row, one.column) for one in done.refused] == [
            (3, "costo"),
            (4, "id_invio"),
            (5, "costo"),
        ]
        assert of(first).billed_mills == 5_350
        assert Attempt.objects.get(pk=first.attempt_id).cost_mills == 5_350
        assert import_costs(raw=raw, scope=(), actor=ada, at=now()) == Billed(
            0, 1, 5_350, done.refused
        )
        with pytest.raises(OutcomesRefused, match="Colonne obbligatorie: costo"):
            import_costs(raw=b"a;b", scope=(), actor=ada, at=now())
        outside = import_costs(raw=raw, scope=("ALTRO",), actor=ada, at=now())
        assert (outside.taken, len(outside.refused)) == (0, 4)
