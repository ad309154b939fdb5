from billing.models.bollettazione import Bollettazione
from billing.models.collection import Collection
from billing.models.freshness import SourceFreshness
from billing.models.instalment import Instalment
from billing.models.iuv import IuvCounter
from billing.models.ledger import LedgerTotal, Transfer
from billing.models.load import Load, LoadRow
from billing.models.memo import MemoMail, TermMemo
from billing.models.notice_return import NoticeReturn
from billing.models.position import Position
from billing.models.service import Service
from billing.models.timeline import TimelineEntry

__all__ = [
    "Bollettazione",
    "Collection",
    "Instalment",
    "IuvCounter",
    "LedgerTotal",
    "Load",
    "LoadRow",
    "MemoMail",
    "NoticeReturn",
    "Position",
    "Service",
    "SourceFreshness",
    "TermMemo",
    "TimelineEntry",
    "Transfer",
]
