"""What treasurers and banks make of a causale, and what is still read in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pagopa.rules.causale import Named, matching_flow, read_causale

IUF = "2024-05-16AGID_01-0000000001"


@pytest.mark.parametrize(
    "causale",
    [
        f"/PUR/LGPE-RIVERSAMENTO/URI/{IUF}",
        f"/PUR/LGPE-RIVERSAMENTO/TXT/0/URI/{IUF}",
        f"/PUR/LGPE-RIVERSAMENTO/TXT/7/URI/{IUF}",
        f"/PUR/LGPE- RIVERSAMENTO/URI/{IUF}",
        f"/PUR/LGPE -RIVERSAMENTO/URI/{IUF}",
        f"/PUR/LGPE - RIVERSAMENTO/URI/{IUF}",
        f"/PUR/L GPE-RIVERSAMENTO/URI/{IUF}",
        f"/PUR/LGPE-RIVERSAMENTO/ URI /{IUF}",
        f"PUR LGPE-RIVERSAMENTO URI {IUF}",
        "/PUR/LGPE-RIVERSAMENTO/URI/2024-05-16 AGID_01-00000 00001",
        "/PUR/LGPE-RIVERSAMENTO/URI/2024- 05-16AGID_01-0000000001",
        "/pur/lgpe-riversamento/uri/2024-05-16agid_01-0000000001",
        f"ACCREDITI VARI /PUR/LGPE-RIVERSAMENTO/URI/{IUF}",
        f"Descrizione Ordinante : PSP DI PROVA : /PUR/LGPE-RIVERSAMENTO/URI/{IUF}",
        f"BONIFICO A VOSTRO FAVORE {IUF}",
        f"/PUR/LGPE-RIVERSAMENTO\n/URI/\t{IUF}",
    ],
)
def test_a_flow_is_read_through_the_noise(causale):
    named = read_causale(causale)
    assert matching_flow(named.flow, [IUF, "2024-05-16AGID_01-0000000002"]) == IUF


@pytest.mark.parametrize(
    ("causale", "iuv"),
    [
        ("/RFB/01000000000004285/12.34/TXT/descrizione", "01000000000004285"),
        ("RFB/01000000000004285", "01000000000004285"),
        ("/RFS/RF23 5674 8393 7849 4505 5087 5/45.56", "RF23567483937849450550875"),
        ("accredito /rfb/0100 0000 0000 04285/1.00", "01000000000004285"),
    ],
)
def test_a_single_payment(causale, iuv):
    assert read_causale(causale) == Named(iuv=iuv)


@pytest.mark.parametrize(
    "causale", ["", "INCASSO FITTI MARZO", "RFB", "2024-05-16", "URI/", "/RFB/12"]
)
def test_nothing_is_read_where_nothing_is_named(causale):
    assert read_causale(causale) == Named()


@pytest.mark.parametrize(
    ("named", "known", "found"),
    [
        ("2024-05-16AGID_01-000", [IUF], IUF),
        ("2024-05-16AGID_01", [IUF], None),
        ("2024-05-16AGID_01-000000000", [IUF, IUF[:-1] + "2"], None),
        (IUF.upper(), [IUF, IUF + "5"], IUF),
        (IUF + "DATAVALUTA", [IUF], IUF),
        ("", [IUF], None),
        (IUF, [], None),
    ],
)
def test_a_cut_name_is_believed_when_enough_is_left_and_only_one_fits(named, known, found):
    assert matching_flow(named, known) == found


@given(st.text(), st.lists(st.text(max_size=35), max_size=4))
def test_any_text_is_read(causale, known):
    named = read_causale(causale)
    assert matching_flow(named.flow, known) in {None, *known}
