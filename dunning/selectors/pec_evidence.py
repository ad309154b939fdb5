"""Chapter 9 – certified mail, the file of proofs: every message about one sending, byte for byte, with its fingerprints.

Before: the mailbox was read.  After: whoever must prove it, years later and without PayBox.
"""

import io
import json
import zipfile
from collections.abc import Sequence
from typing import Any

from dunning.models import PecMessage
from paybox.kernel.models import RawMessage

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same messages always make the same file


def evidence_zip(messages: Sequence[PecMessage]) -> bytes:
    """A ZIP of the originals (``NN-tipo.eml``) and ``indice.json`` with who certifies what and the SHA-256 of each."""
    bodies = dict(
        RawMessage.objects.filter(pk__in=[m.raw_message_id for m in messages]).values_list(
            "pk", "body"
        )
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as pack:
        names = [
            f"{n:02d}-{m.kind.lower().replace('_', '-')}.eml" for n, m in enumerate(messages, 1)
        ]
        for name, message in zip(names, messages, strict=True):
            _put(pack, name, bytes(bodies[message.raw_message_id]))
        index = [_told(name, m) for name, m in zip(names, messages, strict=True)]
        _put(pack, "indice.json", json.dumps(index, ensure_ascii=False, indent=1).encode())
    return file.getvalue()


def _told(name: str, message: PecMessage) -> dict[str, Any]:
    return {
        "file": name,
        "sha256": message.sha256,
        "tipo": message.get_kind_display(),
        "mittente": message.sender,
        "destinatario": message.recipient,
        "message_id": message.message_id,
        "identificativo": message.identifier,
        "certificato_il": message.happened_at.isoformat() if message.happened_at else None,
        "acquisito_il": message.at.isoformat(),
        "firma": message.get_verdict_display() if message.verdict else None,
        "firmato_da": message.signer or None,
        "impronta_certificato": message.fingerprint or None,
    }


def _put(pack: zipfile.ZipFile, name: str, content: bytes) -> None:
    pack.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
