"""What each role may do in one Ente: a pure table, asked by every view."""

from enum import StrEnum


class Role(StrEnum):
    RESPONSABILE = "responsabile"
    FUNZIONARIO = "funzionario"
    RAGIONERIA = "ragioneria"
    OPERATORE = "operatore"
    ESATTORE = "esattore"
    LETTORE = "lettore"

    @property
    def label(self) -> str:
        return _LABELS[self]


class Capability(StrEnum):
    SEE = "see"  # dashboard, positions, citizens
    CONTACT = "contact"  # addresses and consents of who comes to the desk
    LOAD = "load"  # files, confirmation, undo
    PUBLISH = "publish"  # put on pagoPA, notices
    SEND = "send"  # prepare and start waves
    APPROVE = "approve"  # approve waves
    ACCOUNT = "account"  # flows, reconciliation, books
    LITIGATE = "litigate"  # replace positions, hand over
    CALL = "call"  # telephone to the debtors of the campaigns given to her
    ADMINISTER = "administer"  # services, users


_LABELS = {
    Role.RESPONSABILE: "Responsabile",
    Role.FUNZIONARIO: "Funzionario",
    Role.RAGIONERIA: "Ragioneria",
    Role.OPERATORE: "Operatore di sportello",
    Role.ESATTORE: "Esattore telefonico",
    Role.LETTORE: "Sola lettura",
}

_MAY: dict[Role, frozenset[Capability]] = {
    Role.RESPONSABILE: frozenset(Capability),
    Role.FUNZIONARIO: frozenset(Capability) - {Capability.ADMINISTER, Capability.ACCOUNT},
    Role.RAGIONERIA: frozenset({Capability.SEE, Capability.ACCOUNT}),
    Role.OPERATORE: frozenset({Capability.SEE, Capability.CONTACT}),
    Role.ESATTORE: frozenset({Capability.CALL}),
    Role.LETTORE: frozenset({Capability.SEE}),
}


def may(role: Role, capability: Capability) -> bool:
    return capability in _MAY[role]
