"""What a message was when it left, on the page of its recipient: every piece with its fingerprint, saved and never shown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from dunning.models import Attempt, Letter, PecMessage, SentFile
from dunning.rules.pec_receipts import PecKind
from dunning.selectors.post import where_printed
from dunning.selectors.sent_files import SentRefused, bytes_of, sent_files_of, words_of
from frontline.access import StaffRequest, staff
from frontline.office.told import tell_refusal
from frontline.office.waves import access_wave
from tenants.roles import Capability

TEXT = 0  # the place of the words, before every file


@dataclass(frozen=True, slots=True)
class Piece:
    """A row of the table. ``size`` in bytes, None where it is not counted; ``trouble`` why it cannot be saved.

    ``proved``: its bytes were compared with the fingerprint just now.
    """

    name: str
    sha256: str
    size: int | None = None
    trouble: str = ""
    url: str = ""
    proved: bool = False


@staff(Capability.SEND)
def sent_file(request: StaffRequest, uuid: UUID, pk: int, place: int) -> HttpResponse:
    """One piece as it left, byte for byte. HTML too is a file to save: it never runs on our pages."""
    attempt = Attempt.objects.filter(pk=pk, item__wave=access_wave(request, uuid)).first()
    if attempt is None:
        raise Http404("Messaggio inesistente")
    file = SentFile.objects.filter(attempt=attempt, place=place).first()
    if file is None and place != TEXT:
        raise Http404("Allegato inesistente")
    try:
        content = bytes_of(file) if file else words_of(attempt)
    except SentRefused as refusal:
        tell_refusal(request, refusal)
        return redirect("office:wave_item", uuid=uuid, pk=attempt.item_id)
    name = f"{attempt.uuid}-{file.filename}" if file else f"{attempt.uuid}-testo.txt"
    return _saved(content, name)


def pieces_of(attempts: Sequence[Attempt], wave_uuid: UUID) -> dict[int, list[Piece]]:
    """Attempt → what left of it, each piece already compared with its fingerprint."""
    files = sent_files_of([one.pk for one in attempts])
    letters = {
        one.attempt_id: one
        for one in Letter.objects.filter(attempt__in=attempts).select_related("batch")
    }
    mails = PecMessage.objects.filter(attempt__in=attempts, kind=PecKind.SENT)
    by_pec = {one.attempt_id: one for one in mails}
    return {
        one.pk: list(
            _pieces(one, files.get(one.pk, []), letters.get(one.pk), by_pec.get(one.pk), wave_uuid)
        )
        for one in attempts
    }


def _pieces(
    attempt: Attempt, files: Sequence[SentFile], letter: Letter | None, mail: PecMessage | None, wave_uuid: UUID
) -> Iterator[Piece]:  # fmt: skip
    here = [wave_uuid, attempt.pk]
    if attempt.body:
        yield Piece(
            "testo", attempt.body_sha256, len(attempt.body.encode()), _trouble(attempt),
            reverse("office:sent_file", args=[*here, TEXT]), proved=bool(attempt.body_sha256),
        )  # fmt: skip
    for file in files:
        url = reverse("office:sent_file", args=[*here, file.place])
        yield Piece(file.filename, file.sha256, file.size, _trouble(file), url, proved=True)
    if mail is not None:
        yield Piece(
            "messaggio.eml",
            mail.sha256,
            mail.size,
            "",
            reverse("office:pec_original", args=[mail.uuid]),
        )
    if letter is not None and letter.pages:
        yield _printed(letter)


def _printed(letter: Letter) -> Piece:
    """Where its pages are in the printer's archive, whose fingerprint it is."""
    url = reverse("office:post_batch", args=[letter.batch.uuid])
    name = f"{where_printed(letter)} (archivio per la stampa)"
    return Piece(name, letter.batch.sha256, url=url)


def _trouble(one: Attempt | SentFile) -> str:
    try:
        words_of(one) if isinstance(one, Attempt) else bytes_of(one)
    except SentRefused as refusal:
        return f"{refusal}."
    return ""


def _saved(content: bytes, filename: str) -> HttpResponse:
    answer = HttpResponse(content, content_type="application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="{filename}"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer
