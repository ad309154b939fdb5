"""The recipients of a sending to take away: those of the filter on the screen, all of them."""

from collections.abc import Iterator
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponseBase

from dunning.models import WaveItem
from dunning.rules.channels import label_of
from dunning.services.taken_lists import note_recipients_taken
from frontline.access import StaffRequest, staff
from frontline.office.list_files import list_response
from frontline.office.wave_items import asked_items, name_shown, reason_shown
from frontline.office.waves import access_wave
from paybox.kernel.clock import now
from paybox.kernel.sheets import Euro
from tenants.roles import Capability

HEADER = ("contribuente", "codice_fiscale", "canale", "recapito", "esito", "perche", "importo")


@staff(Capability.SEND)
def items_file(request: StaffRequest, uuid: UUID, form: str) -> HttpResponseBase:
    """As CSV or as a workbook; who takes it is written down."""
    wave = access_wave(request, uuid)
    state, found = asked_items(request, wave)
    name = f"destinatari-{wave.planned_on:%Y-%m-%d}-{wave.pk}"
    answer = list_response(form, name, _rows(found), schema=request.tenant.schema_name)
    note_recipients_taken(wave=wave, state=state, form=form, actor=request.actor, at=now())
    return answer


def _rows(found: QuerySet[WaveItem]) -> Iterator[list[object]]:
    yield list(HEADER)
    for one in found.iterator(chunk_size=1000):
        yield [
            name_shown(one), one.subject.codice_fiscale if one.subject else "", label_of(one.channel), one.address,
            one.get_state_display(), reason_shown(one), Euro(one.amount_cents),
        ]  # fmt: skip
