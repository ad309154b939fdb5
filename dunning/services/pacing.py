"""Chapter 9 – pacing: how many messages are claimed together. Few at first and where something fails, more while all goes well.

Before: what the last ones did.  After: ``sending`` claims so many. What is claimed together was checked together, so it
must be gone soon: the slower the provider, the fewer.
"""

from dataclasses import dataclass

FEW = 5
MANY = 100
SOON_SECONDS = 2.0


@dataclass(slots=True)
class Pace:
    """``size`` of the next claim."""

    size: int = FEW

    def learn(self, *, failed: bool, seconds: float) -> None:
        """After a claim was sent: ``failed`` when any of its messages was refused or lost."""
        if failed:
            self.size = FEW
        elif seconds > SOON_SECONDS:
            self.size = max(FEW, self.size // 2)
        elif seconds * 2 < SOON_SECONDS:
            self.size = min(MANY, self.size * 2)
