"""Whatever arrives is kept byte for byte, without filling the memory."""

import hashlib

import pytest
from django.db import DatabaseError, transaction

from paybox.kernel.inbox import store_raw
from paybox.kernel.models import RawMessage


@pytest.mark.parametrize("body", [b"", bytes(range(256)) * 3, b"\\x00\n\t\\N" * 500_000])
def test_bytes_come_back_as_they_came(borgo, now, body):
    kept = store_raw(kind="prova", body=body, at=now, headers={"nome": 'ruolo "a"\t\\.csv'})
    found = RawMessage.objects.get(pk=kept.pk)
    assert bytes(found.body) == body
    assert found.sha256 == hashlib.sha256(body).hexdigest()
    assert (found.kind, found.received_at, found.uuid) == ("prova", now, kept.uuid)
    assert found.headers == {"nome": 'ruolo "a"\t\\.csv'}


def test_a_refused_insert_is_the_frameworks_error(borgo, now):
    with pytest.raises(DatabaseError), transaction.atomic():
        store_raw(kind="nul\x00", body=b"x", at=now)
    assert not RawMessage.objects.filter(kind__startswith="nul").exists()
