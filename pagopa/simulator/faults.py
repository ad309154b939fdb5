"""How the Node says no: to a PSP (PPT_*) and to whoever drives the simulator badly."""

from dataclasses import asdict, dataclass
from typing import Any

NODE = "NodoDeiPagamentiSPC"


class OrderRefused(ValueError):
    """The JSON of a control call makes no sense; answered 400 with these words."""


@dataclass(eq=False)
class NodeFault(Exception):
    """A KO for the PSP; the ``original*`` are what the Ente said."""

    faultCode: str
    faultString: str
    id: str = NODE
    description: str = ""
    originalFaultCode: str = ""
    originalFaultString: str = ""
    originalDescription: str = ""

    def as_json(self) -> dict[str, Any]:
        said = {name: value for name, value in asdict(self).items() if value}
        return {"outcome": "KO", "fault": said}


def timed_out() -> NodeFault:
    return NodeFault(
        "PPT_STAZIONE_INT_PA_TIMEOUT", "La stazione dell'Ente non ha risposto in tempo"
    )


def unreachable() -> NodeFault:
    return NodeFault(
        "PPT_STAZIONE_INT_PA_IRRAGGIUNGIBILE", "La stazione dell'Ente non è raggiungibile"
    )


def bad_answer(why: str) -> NodeFault:
    return NodeFault(
        "PPT_STAZIONE_INT_PA_ERRORE_RESPONSE",
        "La risposta dell'Ente non è valida",
        description=why,
    )


def said_by_ente(code: str, words: str, id_pa: str, description: str) -> NodeFault:
    return NodeFault(
        "PPT_ERRORE_EMESSO_DA_PAA",
        "Errore restituito dall'Ente Creditore",
        id=id_pa,
        originalFaultCode=code,
        originalFaultString=words,
        originalDescription=description,
    )


def being_paid() -> NodeFault:
    return NodeFault("PPT_PAGAMENTO_IN_CORSO", "Un altro pagamento dell'avviso è in corso")


def already_paid() -> NodeFault:
    return NodeFault("PPT_PAGAMENTO_DUPLICATO", "L'avviso risulta già pagato")
