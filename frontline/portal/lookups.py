"""What the portal reads: a notice by what is printed on it, its payment, the services open to anyone."""

from billing.models import Collection, Instalment, Service
from frontline.portal.grants import Grant, GrantRefused


def instalment_of_notice(*, notice_number: str, codice_fiscale: str) -> Instalment | None:
    """Both must match, in one question: a wrong number and a wrong code cannot be told apart."""
    if not codice_fiscale:
        return None
    return (
        Instalment.objects.filter(
            notice_number=notice_number, position__subject__codice_fiscale=codice_fiscale
        )
        .select_related("position")
        .first()
    )


def instalment_of_grant(grant: Grant) -> Instalment:
    """The instalment with its position, service and subject. Raises GrantRefused."""
    found = (
        Instalment.objects.filter(position__uuid=grant.position, number=grant.number)
        .select_related("position__service", "position__subject")
        .first()
    )
    if found is None:
        raise GrantRefused("L'avviso non esiste più.")
    return found


def other_ways(instalment: Instalment) -> list[Instalment]:
    """The other instalments of the same position, in order."""
    return list(
        Instalment.objects.filter(position_id=instalment.position_id)
        .select_related("position")
        .exclude(pk=instalment.pk)
        .order_by("number")
    )


def payment_of(instalment: Instalment) -> Collection | None:
    """The collection that paid this instalment."""
    return (
        Collection.objects.filter(
            position_id=instalment.position_id, instalment_number=instalment.number
        )
        .order_by("id")
        .first()
    )


def spontaneous_services() -> list[Service]:
    return list(Service.objects.filter(is_active=True, allows_spontaneous=True).order_by("name"))


def spontaneous_service(code: str) -> Service | None:
    return Service.objects.filter(code=code, is_active=True, allows_spontaneous=True).first()


def instalments_of_grants(grants: list[Grant]) -> dict[tuple[str, int], Instalment]:
    """By position uuid and number, in one question."""
    if not grants:
        return {}
    positions = {grant.position for grant in grants}
    found = Instalment.objects.filter(position__uuid__in=positions)
    found = found.select_related("position__service")
    return {(str(i.position.uuid), i.number): i for i in found}
