"""Who this browser has shown to be, for an hour: a signed name in the session, good in one Ente only."""

from uuid import UUID

from django.core import signing
from django.http import HttpRequest

from billing.models import Instalment
from frontline.portal.grants import SECONDS, GrantRefused
from registry.models import ContactCheck, Subject
from registry.selectors.consents import subject_of_code
from registry.selectors.subjects import subject_of_uuid

_KEY, _CHECK = "zero_carta", "zero_carta_check"
_SALT = "frontline.portal.zero_carta"


def person_of(*, code: str, codice_fiscale: str) -> Subject | None:
    """By the invitation's code or by a notice's number; both halves in one question."""
    if not code.isdecimal() or len(code) != 18:
        return subject_of_code(code=code, codice_fiscale=codice_fiscale)
    found = Instalment.objects.filter(
        notice_number=code, position__subject__codice_fiscale=codice_fiscale
    )
    notice = found.select_related("position__subject").first()
    return notice.position.subject if notice else None


def remember_person(request: HttpRequest, subject: Subject, *, schema: str) -> None:
    signer = signing.TimestampSigner(salt=f"{_SALT}.{schema}")
    request.session[_KEY] = signer.sign(subject.uuid.hex)
    request.session.pop(_CHECK, None)


def person_here(request: HttpRequest, *, schema: str) -> Subject:
    """Raises GrantRefused when she has not said who she is, or too long ago."""
    signer = signing.TimestampSigner(salt=f"{_SALT}.{schema}")
    try:
        uuid = UUID(signer.unsign(request.session.get(_KEY, ""), max_age=SECONDS))
    except (signing.BadSignature, ValueError) as error:
        raise GrantRefused("La pagina è scaduta: inserire di nuovo i dati.") from error
    found = subject_of_uuid(uuid)
    if found is None:
        raise GrantRefused("La pagina è scaduta: inserire di nuovo i dati.")
    return found


def remember_check(request: HttpRequest, check: ContactCheck) -> None:
    """Which code this browser may type: the one it asked for."""
    request.session[_CHECK] = check.pk


def check_here(request: HttpRequest, subject: Subject) -> ContactCheck | None:
    """The number being verified by this browser, still to be confirmed."""
    found = ContactCheck.objects.filter(pk=request.session.get(_CHECK, 0), subject=subject)
    return found.filter(confirmed_at__isnull=True).first()


def forget_person(request: HttpRequest) -> None:
    request.session.pop(_KEY, None)
    request.session.pop(_CHECK, None)
