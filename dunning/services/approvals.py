"""Chapter 9 – approvals: what makes an approval void, asked when it is given and again when the wave starts.

Before: a simulated wave, with its fingerprint.  After: ``waves``. Nothing is written here.
"""

from datetime import datetime

from dunning.models import Wave
from dunning.selectors.chosen_texts import unusable_text
from dunning.selectors.drift import moved_too_much
from dunning.selectors.freshness import stale_collections, stale_words
from dunning.selectors.policies import is_superseded
from dunning.selectors.snapshot import wave_fingerprint
from dunning.services.refusals import ApprovalRefused, WaveRefused
from paybox.kernel.clock import ROME


def refuse_if_void(wave: Wave, *, at: datetime) -> None:
    """Raise ApprovalRefused when the wave is too old, or is no longer what was simulated: it is simulated again."""
    if wave.expires_at is not None and at > wave.expires_at:
        raise ApprovalRefused("La simulazione è troppo vecchia: va rifatta con i dati di oggi")
    if wave.kind == Wave.Kind.REMINDER and wave.step and is_superseded(wave.step):
        raise ApprovalRefused("La procedura è cambiata dopo la simulazione: va rifatta")
    if wave_fingerprint(wave) != wave.snapshot_sha256:
        raise ApprovalRefused(
            "I destinatari o i testi sono cambiati dopo la simulazione: va rifatta"
        )
    if why := unusable_text(wave, on=at.astimezone(ROME).date()):
        raise ApprovalRefused(why)
    if moved_too_much(wave):
        raise ApprovalRefused(
            "Dopo la simulazione sono cambiati troppi importi: va rifatta con i dati di oggi"
        )


def refuse_if_stale(*, at: datetime) -> None:
    """Raise WaveRefused when who has paid is not known well enough to remind anybody."""
    if heard := stale_collections(at=at):
        raise WaveRefused(f"{stale_words(heard)}. Per inviare comunque va scritto il motivo")
