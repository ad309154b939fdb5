"""The fingerprint of what a wave would do: the approver approves these bytes and no others."""

import hashlib
import json

from dunning.channels.ready_texts import all_texts
from dunning.models import TextVersion, Wave, WaveItem
from dunning.rules.consent_words import invitation_texts


def wave_fingerprint(wave: Wave) -> str:
    """SHA-256 over texts, cascade and every item (who, debts, cents, channel, address, group, in or out), in order of key."""
    digest = hashlib.sha256()
    cascade = "/".join(wave.channels)
    digest.update(f"{wave.kind}\x1f{cascade}\x1f{all_texts(wave.template)}\x1e".encode())
    if wave.link_days:
        digest.update(f"{wave.link_days}\x1e".encode())
    if wave.kind == Wave.Kind.INVITE:
        digest.update(f"{invitation_texts()}\x1e".encode())
    if wave.texts:
        digest.update(json.dumps(_own_texts(wave)).encode() + b"\x1e")
    columns = (
        "key", "position_ids", "amount_cents", "channel", "address", "reason", "told", "state",
    )  # fmt: skip
    items = WaveItem.objects.filter(wave=wave).order_by("key").values_list(*columns)
    for row in items.iterator(chunk_size=5000):
        digest.update(json.dumps(row, separators=(",", ":"), sort_keys=True).encode() + b"\x1e")
    return digest.hexdigest()


def _own_texts(wave: Wave) -> list[list[str]]:
    shas = dict(TextVersion.objects.filter(pk__in=wave.texts.values()).values_list("pk", "sha256"))
    return [[channel, shas[pk]] for channel, pk in sorted(wave.texts.items())]
