from dunning.models.attempt import Attempt, DeliveryEvent
from dunning.models.handover import HandOver, HandOverItem
from dunning.models.hold import Hold
from dunning.models.pec import PecConcern, PecMailbox, PecMessage
from dunning.models.policy import DunningPolicy, PolicyStep, StandingApproval
from dunning.models.price import ChannelPrice
from dunning.models.step_taken import StepTaken
from dunning.models.suppression import Suppression
from dunning.models.wave import Wave, WaveItem

__all__ = [
    "Attempt",
    "ChannelPrice",
    "DeliveryEvent",
    "DunningPolicy",
    "HandOver",
    "HandOverItem",
    "Hold",
    "PecConcern",
    "PecMailbox",
    "PecMessage",
    "PolicyStep",
    "StandingApproval",
    "StepTaken",
    "Suppression",
    "Wave",
    "WaveItem",
]
