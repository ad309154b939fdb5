"""Invented debtors: believable names, valid codici fiscali, addresses nobody will be written at."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Literal

from registry.rules.codice_fiscale import build_codice_fiscale, check_digit
from registry.rules.names import ascii_upper

WOMEN = (
    "Giulia", "Francesca", "Chiara", "Sara", "Martina", "Elena", "Anna", "Maria", "Paola", "Laura",
    "Silvia", "Valentina", "Alessandra", "Federica", "Lucia", "Rosa", "Teresa", "Giovanna",
    "Antonella", "Caterina", "Beatrice", "Irene", "Marta", "Ilaria", "Daniela", "Noemi",
)  # fmt: skip
MEN = (
    "Marco", "Andrea", "Luca", "Matteo", "Alessandro", "Francesco", "Giuseppe", "Antonio", "Paolo",
    "Stefano", "Davide", "Simone", "Roberto", "Giorgio", "Niccolò", "Pietro", "Salvatore", "Vito",
    "Enrico", "Filippo", "Emanuele", "Tommaso", "Riccardo", "Carlo", "Bruno", "Gian Luca",
)  # fmt: skip
SURNAMES = (
    "Rossi", "Ferrari", "Bianchi", "Romano", "Colombo", "Ricci", "Marino", "Greco", "Bruno",
    "Gallo", "Conti", "De Luca", "Mancini", "Costa", "Giordano", "Rizzo", "Lombardi", "Moretti",
    "Barbieri", "Fontana", "Santoro", "Mariani", "Rinaldi", "Caruso", "Ferrara", "Galli",
    "Martini", "Leone", "Longo", "Gentile", "Martinelli", "Vitale", "Serra", "Coppola",
    "De Santis", "D'Angelo", "Marchetti", "Parisi", "Villa", "Conte", "Ferraro", "Ferri", "Fabbri",
    "Bianco", "Marini", "Grasso", "Valentini", "Messina", "Sala", "De Angelis", "Gatti",
    "Pellegrini", "Palumbo", "Sanna", "Farina", "Rizzi", "Monti", "Cattaneo", "Morelli", "Amato",
    "Silvestri", "Mazza", "Testa", "Grassi", "Pellegrino", "Carbone", "Giuliani", "Benedetti",
    "Barone", "Rossetti", "Caputo", "Montanari", "Guerra", "Palmieri", "Bernardi", "Martino",
    "Fiore", "De Rosa", "Ferretti", "Bellini", "Basile", "Riva", "Donati", "Piras", "Cantù", "Foà",
)  # fmt: skip
BIRTHPLACES = (
    "A944", "D612", "F205", "H501", "F839", "L219", "D969", "A662", "G273", "L736", "C351", "L781",
    "A271", "G337", "F257", "D548", "B354", "L424", "G478", "Z112", "Z129", "Z100", "Z330",
)  # fmt: skip
STREETS = (
    "Via Garibaldi", "Via Roma", "Piazza della Libertà", "Via dei Mille", "Viale dei Tigli",
    "Via Mazzini", "Corso Italia", "Via San Rocco", "Via del Mulino", "Vicolo Stretto",
    "Via delle Rose", "Largo Alpini", "Via IV Novembre", "Località Ca' Bianca", "Via Dante",
)  # fmt: skip
TRADES = ("Panificio", "Officina", "Ferramenta", "Studio Tecnico", "Trattoria", "Edilizia", "Vivai")
FORMS = ("S.r.l.", "S.n.c.", "S.a.s.", "S.p.A.")
MOBILE_PREFIXES = ("320", "328", "333", "338", "340", "347", "349", "351", "366", "389", "392")
OLDEST, YOUNGEST = date(1938, 1, 1), date(2003, 12, 31)


@dataclass(frozen=True, slots=True)
class Address:
    """The place debtors live in."""

    comune: str
    cap: str
    provincia: str


@dataclass(frozen=True, slots=True)
class Debtor:
    """One invented person (F) or body (G), with every contact there could be."""

    kind: Literal["F", "G"]
    codice_fiscale: str
    name: str
    street: str
    civico: str
    address: Address
    email: str
    pec: str
    mobile: str


def invent_person(random: Random, address: Address) -> Debtor:
    """A person with a valid codice fiscale."""
    sex: Literal["M", "F"] = "F" if random.random() < 0.5 else "M"
    nome = random.choice(WOMEN if sex == "F" else MEN)
    cognome = random.choice(SURNAMES)
    born_on = OLDEST + timedelta(days=random.randrange((YOUNGEST - OLDEST).days))
    fiscal = build_codice_fiscale(cognome, nome, born_on, sex, random.choice(BIRTHPLACES))
    mailbox = f"{_slug(nome)}.{_slug(cognome)}{born_on.year % 100:02d}"
    return _debtor(random, "F", fiscal, f"{cognome} {nome}", address, mailbox)


def invent_company(random: Random, address: Address) -> Debtor:
    """A firm with a valid codice fiscale of eleven digits."""
    trade, owner = random.choice(TRADES), random.choice(SURNAMES)
    # The province office 036 and a first digit 9: a range in which no firm is numbered.
    first = f"9{random.randrange(1_000_000):06d}036"
    name = f"{trade} {owner} {random.choice(FORMS)}"
    mailbox = f"{_slug(trade)}.{_slug(owner)}"
    return _debtor(random, "G", first + check_digit(first), name, address, mailbox)


def _debtor(
    random: Random,
    kind: Literal["F", "G"],
    fiscal: str,
    name: str,
    address: Address,
    mailbox: str,
) -> Debtor:
    return Debtor(
        kind=kind,
        codice_fiscale=fiscal,
        name=name,
        street=random.choice(STREETS),
        civico=f"{random.randrange(1, 140)}{random.choice(('', '', '', '/A', '/B', ' bis'))}",
        address=address,
        email=f"{mailbox}@{random.choice(('posta.example.org', 'mail.example.com'))}",
        pec=f"{mailbox}@pec.example.org",
        mobile=_mobile(random),
    )


def _mobile(random: Random) -> str:
    prefix, rest = random.choice(MOBILE_PREFIXES), f"{random.randrange(10_000_000):07d}"
    return random.choice((f"{prefix} {rest}", f"+39 {prefix} {rest}", f"{prefix}/{rest}"))


def _slug(name: str) -> str:
    return "".join(filter(str.isalpha, ascii_upper(name))).lower()
