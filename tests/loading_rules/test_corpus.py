"""The corpus: named files, each with exactly the problems an official is told of.

A case is (name, rows, problems, positions accepted). Row 2 is the first after the header.
"""

import pytest

from tests.loading_rules.builders import (
    GOOD,
    Found,
    accepted,
    load,
    problems_of,
    rate,
    refused,
    row,
)

Rows = list[dict[str, str]]
Case = tuple[str, Rows, list[Found], int]


def error(line: int, column: str, code: str) -> Found:
    return line, column, code, "error"


def warning(line: int, column: str, code: str) -> Found:
    return line, column, code, "warning"


def bad(name: str, column: str, text: str, code: str, *, at: str = "") -> Case:
    """One row whose one cell is wrong."""
    return name, [row(**{column: text})], [error(2, at or column, code)], 0


def good(name: str, **cells: str) -> Case:
    return name, [row(**cells)], [], 1


NO_ADDRESS = dict.fromkeys(
    ("indirizzo", "civico", "cap", "comune", "provincia", "nazione"), ""
)  # fmt: skip
PAST = {"scadenza": "31/01/2026"}

CASES: list[Case] = [
    good("a good row"),
    good("omocodia", codice_fiscale="RCCMNL83S18D96VW"),
    good("code in lower case with blanks", codice_fiscale=" rccmnl83s18 d969h "),
    good("a body", tipo_soggetto="G", codice_fiscale="00743110157", denominazione="Vivai S.r.l."),
    good("kind left out", tipo_soggetto=""),
    good("kind in lower case", tipo_soggetto="f"),
    bad("wrong check character", "codice_fiscale", "RCCMNL83S18D969I", "bad_codice_fiscale"),
    bad("code of fifteen", "codice_fiscale", "RCCMNL83S18D969", "bad_codice_fiscale"),
    bad("code with O for zero", "codice_fiscale", "RCCMNL83S18D9O9H", "bad_codice_fiscale"),
    bad("code born on the 32nd", "codice_fiscale", "RCCMNL83S32D969H", "bad_codice_fiscale"),
    bad("code born on 30 February", "codice_fiscale", "RCCMNL83B30D969H", "bad_codice_fiscale"),
    bad("code missing", "codice_fiscale", "", "missing_value"),
    bad("P.IVA without its zeros", "codice_fiscale", "743110157", "bad_codice_fiscale"),
    bad("P.IVA of a person", "codice_fiscale", "00743110157", "subject_kind_mismatch",
        at="tipo_soggetto"),
    bad("person's code of a body", "tipo_soggetto", "G", "subject_kind_mismatch"),
    bad("unknown kind", "tipo_soggetto", "X", "bad_subject_kind"),
    bad("P.IVA with a wrong digit", "codice_fiscale", "00743110158", "bad_codice_fiscale"),
    bad("empty name", "denominazione", "", "empty_name"),
    bad("name of blanks", "denominazione", "   ", "empty_name"),
    bad("name of a dot", "denominazione", ".", "empty_name"),
    bad("name too long", "denominazione", "A" * 71, "too_long"),
    good("name of seventy", denominazione="A" * 70),
    bad("formula with =", "denominazione", '=HYPERLINK("https://x.example.com")', "formula"),
    bad("formula with +", "denominazione", "+1+1", "formula"),
    bad("formula with -", "denominazione", "-1+1", "formula"),
    bad("formula with @", "denominazione", "@SUM(A1)", "formula"),
    bad("formula after a tab", "denominazione", "\tRossi", "formula"),
    bad("formula after a return", "denominazione", "\rRossi", "formula"),
    bad("formula after blanks", "denominazione", "  =1+1", "formula"),
    bad("formula in the street", "indirizzo", "=1+1", "formula"),
    bad("formula in the causale", "causale", "=1+1", "formula"),
    bad("formula in the riferimento", "riferimento", "=1+1", "formula"),
    bad("amount abc", "importo", "abc", "bad_amount"),
    bad("amount with three decimals", "importo", "12,345", "bad_amount"),
    bad("amount in English grouping", "importo", "1,234.56", "bad_amount"),
    bad("amount missing", "importo", "", "missing_value"),
    bad("amount negative", "importo", "-85,00", "not_positive_amount"),
    bad("amount zero", "importo", "0,00", "not_positive_amount"),
    bad("amount beyond the Node", "importo", "1.000.000.000,00", "bad_amount"),
    good("amount with a point", importo="1234.56"),
    good("amount with a euro sign", importo="€ 12,00"),
    ("amount that could be decimals", [row(importo="1.234")],
     [warning(2, "importo", "ambiguous_amount")], 1),
    bad("due day missing", "scadenza", "", "missing_due_date"),
    bad("due day 31/02", "scadenza", "31/02/2027", "bad_date"),
    bad("due day 29/02 of a common year", "scadenza", "29/02/2027", "bad_date"),
    good("due day 29/02 of a leap year", scadenza="29/02/2028"),
    bad("due day American", "scadenza", "12/31/2026", "bad_date"),
    bad("due day in words", "scadenza", "31 dicembre 2026", "bad_date"),
    bad("due day far away", "scadenza", "31/12/2206", "bad_date"),
    bad("due day long ago", "scadenza", "31/12/1926", "bad_date"),
    good("due day ISO", scadenza="2026-12-31"),
    good("due day short", scadenza="1/2/27"),
    good("due day today", scadenza="21/11/2026"),
    ("due day past", [row(**PAST)], [warning(2, "scadenza", "past_due_date")], 1),
    good("year left out", anno=""),
    bad("year in two digits", "anno", "26", "bad_year"),
    bad("year to come", "anno", "2028", "bad_year"),
    bad("causale missing", "causale", "", "missing_value"),
    bad("causale of 141", "causale", "c" * 141, "too_long"),
    good("causale of 140", causale="c" * 140),
    bad("riferimento missing", "riferimento", "", "missing_value"),
    bad("riferimento too long", "riferimento", "r" * 61, "too_long"),
    bad("CAP of four digits", "cap", "4109", "bad_cap"),
    bad("CAP with a letter", "cap", "4109O", "bad_cap"),
    bad("unknown province", "provincia", "XQ", "unknown_province"),
    good("province by name", provincia="Reggio Emilia"),
    good("province with an accent", provincia="forlì-cesena"),
    bad("unknown country", "nazione", "XX", "unknown_country"),
    good("address abroad", nazione="FR", cap="F-75001", provincia="", comune="Paris"),
    good("no address", **NO_ADDRESS),
    ("address without CAP", [row(cap="")], [warning(2, "indirizzo", "incomplete_address")], 1),
    bad("mobile with a note", "cellulare", "333.123 (moglie)", "bad_mobile"),
    bad("mobile that is a landline", "cellulare", "059 123456", "bad_mobile"),
    bad("mobile too short", "cellulare", "333 12345", "bad_mobile"),
    good("mobile with a slash", cellulare="333/1234567"),
    bad("e-mail without at", "email", "rossi.example.org", "bad_email"),
    bad("e-mail with a blank", "email", "a b@example.org", "bad_email"),
    bad("two e-mails", "email", "a@example.org; b@example.org", "bad_email"),
    bad("PEC malformed", "pec", "rossi@pec", "bad_pec"),
    ("two things wrong", [row(importo="abc", cellulare="1")],
     [error(2, "cellulare", "bad_mobile"), error(2, "importo", "bad_amount")], 0),
    ("duplicate reference", [row(), row(riferimento="T-2"), row(importo="5,00")],
     [error(4, "riferimento", "duplicate_reference")], 2),
    ("duplicate on the next line", [row(), row()],
     [error(3, "riferimento", "duplicate_reference")], 1),
    ("duplicate of a refused row", [row(importo="abc"), row()],
     [error(2, "importo", "bad_amount"), error(3, "riferimento", "duplicate_reference")], 0),
    ("duplicate without a rata", [*rate("40,00", "60,00"), row()],
     [error(4, "riferimento", "duplicate_reference")], 1),
    ("rata after the whole", [row(), *rate("100,00")],
     [error(3, "riferimento", "duplicate_reference")], 1),
    ("the same rata twice", [*rate("40,00", "60,00"), rate("40,00")[0]],
     [error(4, "riferimento", "duplicate_reference")], 1),
    ("rata 01 is rata 1", [*rate("100,00"), rate("100,00")[0] | {"rata": "01"}],
     [error(3, "riferimento", "duplicate_reference")], 1),
    ("two rate", rate("40,00", "60,00"), [], 1),
    ("rate a cent short", rate("40,00", "59,99"),
     [error(2, "importo_rata", "instalments_do_not_add_up")], 0),
    ("rata missing between", [rate("40,00", "1", "60,00")[0], rate("1", "1", "60,00")[2]],
     [error(2, "rata", "missing_instalment")], 0),
    ("rata with no number", [row(scadenza_rata="01/01/2027", importo_rata="100,00")],
     [error(2, "rata", "missing_value")], 0),
    ("rata in words", [row(rata="prima", scadenza_rata="01/01/2027", importo_rata="100,00")],
     [error(2, "rata", "bad_instalment_number")], 0),
    ("rata with no due day", [rate("100,00")[0] | {"scadenza_rata": ""}],
     [error(2, "scadenza_rata", "missing_due_date")], 0),
    ("rata with no amount", [rate("100,00")[0] | {"importo_rata": ""}],
     [error(2, "importo_rata", "missing_value")], 0),
    ("rata of nothing", rate("100,00", "0"),
     [error(3, "importo_rata", "not_positive_amount")], 0),
    ("rate due in the wrong order",
     [rate("40,00", "60,00")[0] | {"scadenza_rata": "01/06/2027"}, rate("40,00", "60,00")[1]],
     [warning(2, "scadenza_rata", "instalment_order")], 1),
    ("rate with different totals", [rate("40,00")[0], rate("40,00", "60,00", total="99,00")[1]],
     [error(3, "importo", "rows_disagree")], 0),
    ("rate of different people",
     [rate("40,00")[0], rate("1", "60,00", codice_fiscale="FOOMRA80A01H501X")[1]],
     [error(3, "codice_fiscale", "rows_disagree")], 0),
    ("rate, the second without the due day", [rate("40,00")[0],
     rate("1", "60,00")[1] | {"scadenza": ""}], [error(3, "scadenza", "missing_due_date")], 0),
    ("rate, one total written otherwise", [rate("40,00")[0],
     rate("1", "60,00", total="100.00")[1]], [], 1),
    ("rate with another mobile", [rate("40,00")[0], rate("1", "60,00", cellulare="333 7654321")[1]],
     [warning(3, "cellulare", "rows_differ")], 1),
    ("rate that begin at rata 2", rate("40,00", "60,00")[::-1], [], 1),
    ("a bad row leaves its neighbours", [row(), row(riferimento="T-2", importo="abc"),
     row(riferimento="T-3")], [error(3, "importo", "bad_amount")], 2),
    ("blank rows between", [row(), dict.fromkeys(GOOD, ""), row(riferimento="T-2")], [], 2),
    ("two rows without riferimento", [row(riferimento=""), row(riferimento="")],
     [error(2, "riferimento", "missing_value"), error(3, "riferimento", "missing_value")], 0),
]  # fmt: skip


def test_the_corpus_is_as_wide_as_promised() -> None:
    names = [case[0] for case in CASES]
    assert len(set(names)) == len(names) >= 60


@pytest.mark.parametrize(
    ("name", "rows", "problems", "positions"), CASES, ids=[c[0] for c in CASES]
)
def test_each_file_has_exactly_its_problems(
    name: str, rows: Rows, problems: list[Found], positions: int
) -> None:
    outcomes = load(*rows)

    assert problems_of(outcomes) == problems
    assert len(accepted(outcomes)) == positions
    # Rows in, rows out: each filled row is in exactly one outcome.
    filled = [line for line, cells in enumerate(rows, start=2) if any(cells.values())]
    assert sorted(line for outcome in outcomes for line in outcome.rows) == filled
    for outcome in refused(outcomes):
        assert any(problem.severity == "error" for problem in outcome.problems)
        assert all(problem.message for problem in outcome.problems)
