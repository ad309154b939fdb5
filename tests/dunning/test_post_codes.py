"""Every code of registered post has one meaning, and the ones nobody taught us wait for a person, word for word."""

from datetime import date

import pytest
from django_tenants.utils import schema_context

from billing.selectors.ledger import ledger_problems
from dunning.models import LetterEvent, UnreadOutcome
from dunning.rules.post import PostOutcome
from dunning.rules.post_codes import CAUSES, CODES, outcome_of
from dunning.services.post_batches import PostRefused
from dunning.services.post_unread import settle_unread
from paybox.kernel.clock import now
from tests.dunning.test_post import made, owed, owing, people, wave  # noqa: F401
from tests.dunning.test_post_outcomes import letters, of, read  # noqa: F401

pytestmark = pytest.mark.usefixtures("own_files")

HEAD = "IdInvio;CodiceRaccomandata;CodiceEsito;CausaEsito;DataEsito;DataAvviso"
O = PostOutcome  # noqa: E741 - a table


@pytest.mark.parametrize(
    ("code", "cause", "meant"),
    [
        ("RECRN001A", "", O.IN_CORSO), ("RECRN001B", "", O.IN_CORSO), ("RECRN001C", "", O.CONSEGNATA),
        ("RECRN002C", "M02", O.DECEDUTO), ("recrn002c-m05", "", O.RIFIUTATA), ("RECRN002C", "M08", O.INDIRIZZO),
        ("RECRN002C", "M09", O.NON_CONSEGNATA), ("RECRN002C", "", None), ("RECRN002C", "M77", None),
        ("RECRN002D", "M01", O.IN_CORSO), ("RECRN002F", "", O.IRREPERIBILE), ("RECRN002F/M04", "", O.IRREPERIBILE),
        ("RECRN003C", "", O.RITIRATA), ("RECRN004C", "", O.RIFIUTATA), ("RECRN004C", "M02", O.DECEDUTO),
        ("RECRN005C", "", O.COMPIUTA_GIACENZA), ("RECRN006", "F04", O.SMARRITA), ("RECRN010", "", O.IN_GIACENZA),
        ("RECRN011", "", O.IN_GIACENZA), ("RECRN013", "", O.SMARRITA), ("RECRN015", "", O.IN_CORSO),
        ("RECAG001C", "", O.CONSEGNATA), ("RECAG002C", "", O.CONSEGNATA), ("RECAG003C", "M05", O.RIFIUTATA),
        ("RECAG003C", "", None), ("RECAG003F", "M03", O.IRREPERIBILE), ("RECAG003E", "", O.IN_CORSO),
        ("RECAG004", "F01", O.SMARRITA), ("RECAG005C", "", O.RITIRATA), ("RECAG006C", "", O.RITIRATA),
        ("RECAG007C", "", O.RIFIUTATA), ("RECAG008C", "", O.COMPIUTA_GIACENZA), ("RECAG010", "", O.IN_CORSO),
        ("RECAG010A", "", O.IN_GIACENZA), ("RECAG011A", "", O.IN_CORSO), ("RECAG013", "", O.SMARRITA),
        ("RECAG015", "", O.IN_CORSO), ("CON018", "", O.ACCETTATA), ("RECRN999", "", None), ("", "", None),
    ],
)  # fmt: skip
def test_a_code_and_its_cause(code: str, cause: str, meant: PostOutcome | None) -> None:
    assert outcome_of(code, cause=cause) is meant


def test_the_table_has_no_hole() -> None:
    """Each family closes, announces and shows every outcome; nothing announced decides anything."""
    for family, numbers in (("RECRN", (1, 2, 3, 4, 5)), ("RECAG", (1, 2, 3, 5, 6, 7, 8))):
        for number in numbers:
            stem = f"{family}{number:03d}"
            assert {CODES[f"{stem}A"], CODES[f"{stem}B"]} == {O.IN_CORSO}
            assert f"{stem}C" in CODES or all(f"{stem}C-{cause}" in CODES for cause in CAUSES)
    early = [code for code in CODES if code[-1] in "ABDE" and code != "RECAG010A"]
    assert {CODES[code] for code in early} == {O.IN_CORSO}


@pytest.mark.django_db
@pytest.mark.usefixtures("borgo")
class TestUnread:
    def test_what_is_announced_may_be_contradicted(self, letters, ada) -> None:  # noqa: F811
        code = letters[0].code
        read(ada, f"{code};628;RECRN001A;;2026-08-20;", head=HEAD, provider="CODICI")
        assert (of(letters[0]).outcome, of(letters[0]).perfected_on) == ("IN_CORSO", None)
        read(ada, f"{code};628;RECRN002F;M01;2026-08-22;", head=HEAD, provider="CODICI")
        assert of(letters[0]).outcome == "IRREPERIBILE"

    def test_an_unknown_code_waits_for_a_person_and_counts_as_she_says(
        self,
        letters,  # noqa: F811
        ada,
        valle,
    ) -> None:
        row = f"{letters[0].code};628;RECRN077;;2026-08-20;"
        for _ in range(2):
            done = read(ada, row, head=HEAD, provider="CODICI")
            assert [one.code for one in done.unread] == ["RECRN077"]
        unread = UnreadOutcome.objects.get()
        assert (unread.letter_id, unread.on_text) == (letters[0].pk, "2026-08-20")
        assert not LetterEvent.objects.exists()
        said = {"unread_id": unread.pk, "note": "", "scope": (), "actor": ada, "at": now()}
        with pytest.raises(PostRefused, match="scrivere il motivo"):
            settle_unread(outcome=None, on=None, **said)
        with pytest.raises(PostRefused, match="nel futuro"):
            settle_unread(outcome=O.CONSEGNATA, on=date(2027, 1, 1), **said)
        settle_unread(outcome=O.CONSEGNATA, on=None, **said)
        assert (of(letters[0]).outcome, of(letters[0]).perfected_on) == (
            "CONSEGNATA",
            date(2026, 8, 20),
        )
        with pytest.raises(PostRefused, match="già stato interpretato"):
            settle_unread(outcome=O.RIFIUTATA, on=None, **said)
        read(ada, row, head=HEAD, provider="CODICI")
        assert UnreadOutcome.objects.count() == 1
        with schema_context(valle.schema_name):
            assert not UnreadOutcome.objects.exists()
        assert list(ledger_problems()) == []

    def test_a_row_of_nobody_can_only_be_put_aside(self, letters, ada) -> None:  # noqa: F811
        read(ada, "9;;RECRN077;;2026-08-20;", head=HEAD, provider="CODICI")
        unread = UnreadOutcome.objects.get(letter=None)
        said = {"unread_id": unread.pk, "on": None, "scope": (), "actor": ada, "at": now()}
        with pytest.raises(PostRefused, match="non è di questo Ente"):
            settle_unread(outcome=O.CONSEGNATA, note="", **said)
        settle_unread(outcome=None, note="Lettera di un altro Ente", **said)
        unread.refresh_from_db()
        assert (unread.outcome, unread.settled_by) == ("", ada.name)
