from paybox.kernel.models.audit import AuditEntry
from paybox.kernel.models.inbox import RawMessage
from paybox.kernel.models.job import Job
from paybox.kernel.models.outbox import OutboxEntry

__all__ = ["AuditEntry", "Job", "OutboxEntry", "RawMessage"]
