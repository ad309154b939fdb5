from dunning.models.act_batch import ActBatch, ActItem
from dunning.models.attempt import Attempt, DeliveryEvent
from dunning.models.campaign import LetterCampaign
from dunning.models.channel_access import ChannelAccess
from dunning.models.credit_rules import CreditRules
from dunning.models.handover import HandOver, HandOverItem
from dunning.models.handover_outcome import HandOverOutcome
from dunning.models.hold import Hold
from dunning.models.invitation import InvitationRound
from dunning.models.morosity import MorosityCase, MorosityFact
from dunning.models.notice_mail import NoticeMail
from dunning.models.pec import PecConcern, PecMailbox, PecMessage
from dunning.models.phone import PhoneCampaign, PhoneFile, PhoneOperator
from dunning.models.phone_papers import PhoneDocument, PhoneMessage
from dunning.models.phone_work import PhoneCall, PhonePromise, PhoneTask
from dunning.models.plan import InstalmentPlan, PlanProposal, PlanReminder
from dunning.models.policy import DunningPolicy, PolicyStep, StandingApproval
from dunning.models.post import (
    AddressTask,
    Letter,
    LetterEvent,
    PrintBatch,
    ReceiptCard,
    UnreadOutcome,
)
from dunning.models.price import ChannelPrice
from dunning.models.seal import SealCheck, SealRound, WaveSeal
from dunning.models.send import (
    SendCancellation,
    SendEvent,
    SendFact,
    SendFeed,
    SendNotification,
)
from dunning.models.sent import SentDocument, SentFile
from dunning.models.served_act import ServedAct
from dunning.models.step_taken import StepTaken
from dunning.models.suppression import Suppression
from dunning.models.text import TextDecision, TextVersion
from dunning.models.wave import Wave, WaveItem

__all__ = [
    "ActBatch",
    "ActItem",
    "AddressTask",
    "Attempt",
    "ChannelAccess",
    "ChannelPrice",
    "CreditRules",
    "DeliveryEvent",
    "DunningPolicy",
    "HandOver",
    "HandOverItem",
    "HandOverOutcome",
    "Hold",
    "InstalmentPlan",
    "InvitationRound",
    "Letter",
    "LetterCampaign",
    "LetterEvent",
    "MorosityCase",
    "MorosityFact",
    "NoticeMail",
    "PecConcern",
    "PecMailbox",
    "PecMessage",
    "PhoneCall",
    "PhoneCampaign",
    "PhoneDocument",
    "PhoneFile",
    "PhoneMessage",
    "PhoneOperator",
    "PhonePromise",
    "PhoneTask",
    "PlanProposal",
    "PlanReminder",
    "PolicyStep",
    "PrintBatch",
    "ReceiptCard",
    "SealCheck",
    "SealRound",
    "SendCancellation",
    "SendEvent",
    "SendFact",
    "SendFeed",
    "SendNotification",
    "SentDocument",
    "SentFile",
    "ServedAct",
    "StandingApproval",
    "StepTaken",
    "Suppression",
    "TextDecision",
    "TextVersion",
    "UnreadOutcome",
    "Wave",
    "WaveItem",
    "WaveSeal",
]
