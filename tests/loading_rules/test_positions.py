"""A good row becomes a position with every field in its normal form."""

from datetime import date

from billing.rules.load_file import CandidateInstalment, CandidateSubject, read_table, validate_rows
from tests.loading_rules.builders import (
    TODAY,
    accepted,
    as_csv,
    load,
    outcomes_of,
    problems_of,
    rate,
    row,
)


def test_every_field_is_normalised() -> None:
    [position] = accepted(
        load(
            row(
                codice_fiscale=" rccmnl83s18d969h",
                denominazione="  Ricci   Niccolò ",
                indirizzo="P.ZZA Garibaldi",
                provincia="modena",
                nazione="",
                email="Emanuele@Posta.EXAMPLE.org",
                pec="emanuele@pec.example.org",
                cellulare="0039 333.123.4567",
                importo="1.234,56",
                anno="",
            )
        )
    )
    assert position.subject == CandidateSubject(
        kind="F", codice_fiscale="RCCMNL83S18D969H", name="Ricci Niccolò",
        sort_key="RICCI NICCOLO", street="Piazza Garibaldi", civico="1", cap="41099",
        comune="Borgo", provincia="MO", nazione="IT", email="Emanuele@posta.example.org",
        pec="emanuele@pec.example.org", mobile="+393331234567",
    )  # fmt: skip
    assert (position.riferimento, position.causale, position.year) == ("T-1", "TARI 2026", 2026)
    assert (position.total_cents, position.due_on) == (123_456, date(2026, 12, 31))
    assert (position.instalments, position.rows, position.warnings) == ((), (2,), ())


def test_rate_come_out_by_number_with_their_cents() -> None:
    first, second = rate("40,00", "60,00")
    [position] = accepted(load(second, first))
    assert position.instalments == (
        CandidateInstalment(1, date(2027, 1, 1), 4_000),
        CandidateInstalment(2, date(2027, 1, 2), 6_000),
    )
    assert position.rows == (2, 3)


def test_rows_scattered_through_the_file_still_make_one_position() -> None:
    others = [row(riferimento=f"X-{n}") for n in range(3)]
    first, second, third = rate("30,00", "30,00", "40,00")
    outcomes = load(first, others[0], second, others[1], others[2], third)
    rows = {position.riferimento: position.rows for position in accepted(outcomes)}
    assert rows == {"T-1": (2, 4, 7), "X-0": (3,), "X-1": (5,), "X-2": (6,)}


def test_a_file_sorted_by_rata_makes_the_same_positions_as_one_sorted_by_riferimento() -> None:
    plans = [rate("40,00", "60,00", riferimento=f"T-{n:03d}") for n in range(50)]
    together = accepted(load(*(cells for plan in plans for cells in plan)))
    by_rata = accepted(load(*(plan[0] for plan in plans), *(plan[1] for plan in plans)))
    assert len(together) == 50
    assert [(p.riferimento, p.subject, p.instalments) for p in by_rata] == [
        (p.riferimento, p.subject, p.instalments) for p in together
    ]


def test_columns_in_another_order_and_spelling_are_found() -> None:
    columns = ["Importo", "SCADENZA", "Codice Fiscale", "denominazione", "causale", "riferimento"]
    text = as_csv([], columns=columns) + "100,00;31/12/2026;RCCMNL83S18D969H;Ricci;TARI;T-9\r\n"
    [position] = accepted(outcomes_of(text.encode()))
    assert (position.riferimento, position.total_cents) == ("T-9", 10_000)
    assert position.subject.nazione == "IT"


def test_a_table_can_be_read_twice_and_warns_of_unknown_columns() -> None:
    columns = ["riferimento", "codice_fiscale", "denominazione", "causale", "importo", "scadenza",
               "note"]  # fmt: skip
    table = read_table(as_csv([row()], columns=columns).encode(), "carico.csv")
    assert [(p.row, p.column, p.code, p.severity) for p in table.warnings] == [
        (1, "note", "unknown_column", "warning")
    ]
    assert table.columns == tuple(columns[:-1])
    assert list(validate_rows(table, today=TODAY)) == list(validate_rows(table, today=TODAY))


def test_a_short_row_is_filled_and_a_long_one_refused() -> None:
    header, line, _ = as_csv([row()]).split("\r\n")
    short = line.rstrip(";")
    spilt = line.replace("Ricci Emanuele", "Ricci; Emanuele").replace("T-1", "T-2")
    outcomes = outcomes_of(f"{header}\r\n{short}\r\n{spilt}{'x'}\r\n".encode())
    assert len(accepted(outcomes)) == 1
    assert (3, "", "too_many_cells", "error") in problems_of(outcomes)
