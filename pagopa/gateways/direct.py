"""The road of who publishes nothing: the notice is payable because our own station answers for it.

Before: pagopa/services/publication.  After: paForNode, asked by the Node.
"""

from pagopa.gateways.protocol import (
    NoticeOutcome,
    NoticeStatus,
    PublicationOutcome,
    PublicationRequest,
)

DIRECT_WORDS = "diretta"


class DirectRoad:
    """A PublicationGateway that sends nothing and says so in the outcome's words."""

    def publish(self, request: PublicationRequest) -> PublicationOutcome:
        return PublicationOutcome(
            tuple(
                NoticeOutcome(n.iud, n.iuv, NoticeStatus.ACKNOWLEDGED, words=DIRECT_WORDS)
                for n in request.notices
            )
        )

    replace = publish
    withdraw = publish
