from dunning.models.attempt import Attempt, DeliveryEvent
from dunning.models.handover import HandOver, HandOverItem
from dunning.models.hold import Hold
from dunning.models.pec import PecConcern, PecMailbox, PecMessage
from dunning.models.wave import Wave, WaveItem

__all__ = [
    "Attempt",
    "DeliveryEvent",
    "HandOver",
    "HandOverItem",
    "Hold",
    "PecConcern",
    "PecMailbox",
    "PecMessage",
    "Wave",
    "WaveItem",
]
