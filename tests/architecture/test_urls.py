"""Every address of the product: who may open it, and that nothing of another Ente is ever behind it.

The lists are made from the URL patterns themselves: a page added tomorrow is here tomorrow.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django_tenants.utils import schema_context

from billing.models import Bollettazione, Load, Position, Service
from dunning.models import Wave
from tests.build import make_position, pay

# Views that are not ours, or that are called by machines: each with its own guard.
DECLARED_ELSEWHERE = {
    "allauth": "accounts of the staff; sign-up is closed",
    "pagopa.inbound": "the Node, behind the proxy that checks its certificate",
    "dunning.inbound": "the SMS provider, which signs what it sends",
}
HOSTS = {"paybox.urls": "borgo.localhost", "paybox.urls_public": "localhost"}


@dataclass(frozen=True, slots=True)
class Door:
    """One URL pattern: ``route`` as written, its view, its names of arguments."""

    urlconf: str
    route: str
    view: Any
    arguments: tuple[str, ...]

    @property
    def policy(self) -> Any:
        return getattr(self.view, "access_policy", None)

    def path(self, values: dict[str, str]) -> str:
        """The address with each argument filled in; ``values`` by kind: uuid, int, str, slug."""
        return "/" + _ARGUMENT.sub(lambda found: values[found["kind"] or "str"], self.route)


_ARGUMENT = re.compile(r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>")


def _walk(urlconf: str) -> Iterator[Door]:
    def deeper(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[Door]:
        for pattern in patterns:
            route = prefix + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                yield from deeper(pattern.url_patterns, route)
            else:
                names = tuple(found["name"] for found in _ARGUMENT.finditer(route))
                yield Door(urlconf, route, pattern.callback, names)

    yield from deeper(get_resolver(urlconf).url_patterns, "")


def _doors() -> list[Door]:
    return [door for urlconf in HOSTS for door in _walk(urlconf)]


def _is_elsewhere(door: Door) -> bool:
    return str(door.view.__module__).startswith(tuple(DECLARED_ELSEWHERE))


@pytest.fixture
def ours(db: None) -> list[Door]:
    return [d for d in _doors() if (not _is_elsewhere(d) and d.route != "") or d.policy]


def test_every_view_says_who_may_open_it() -> None:
    silent = [d.route for d in _doors() if d.policy is None and not _is_elsewhere(d)]
    assert silent == []


def test_the_walk_sees_the_pages() -> None:
    """So that an empty walk cannot pass for a safe product."""
    routes = {door.route for door in _doors()}
    assert {"", "avviso/", "spontaneo/", "ufficio/", "accounts/login/"} <= routes
    assert len([d for d in _doors() if d.policy and d.policy.audience == "staff"]) >= 5


def test_public_is_only_what_is_meant_to_be() -> None:
    public = {d.route for d in _doors() if d.policy and d.policy.audience == "public"}
    assert public == {
        "",
        "avviso/",
        "avviso/<str:handle>/",
        "avviso/<str:handle>/aggiungi/",
        "avviso/<str:handle>/avviso.pdf",
        "avviso/<str:handle>/paga/",
        "avviso/<str:handle>/recapiti/",
        "avviso/<str:handle>/ricevuta.pdf",
        "avviso/<str:handle>/ritorno/<str:outcome>/",
        "carrello/",
        "carrello/paga/",
        "carrello/ritorno/<str:departure>/<str:outcome>/",
        "carrello/togli/<str:handle>/",
        "documento/<str:token>/",
        "promemoria/<str:token>/",
        "ricevuta/",
        "spontaneo/",
        "spontaneo/<str:code>/",
        "spontaneo/<str:code>/riepilogo/",
        "termina/",
        "ufficio/invito/<str:uid>/<str:token>/",
        "zero-carta/",
        "zero-carta/carta/<str:token>/",
        "zero-carta/codice/",
        "zero-carta/conferma/<str:token>/",
        "zero-carta/revoca/",
        "zero-carta/scelta/",
    }


def test_anonymous_is_sent_to_log_in_or_away(ours: list[Door], own: list[dict[str, str]]) -> None:
    wrong = []
    for door, path, values in _addresses(ours, own):
        if door.policy.audience == "public":
            continue
        for method in ("get", "post"):
            answer = _call(Client(headers={"host": HOSTS[door.urlconf]}), method, path)
            to_login = answer.status_code == 302 and answer["Location"].startswith(
                "/accounts/login/"
            )
            if not (to_login or answer.status_code in (403, 405)):
                wrong.append((method, path, answer.status_code, values))
    assert wrong == []


def test_borgo_s_user_does_not_enter_valle(
    visit: Any, ours: list[Door], own: list[dict[str, str]]
) -> None:
    ada = visit("ada@example.org", host="valle.localhost")
    wrong = []
    for door, path, _values in _addresses(ours, own):
        if door.urlconf != "paybox.urls" or door.policy.audience == "public":
            continue
        for method in ("get", "post"):
            answer = _call(ada, method, path)
            if answer.status_code not in (403, 404, 405):
                wrong.append((method, path, answer.status_code))
    assert wrong == []


def test_valle_s_official_finds_nothing_of_borgo(
    visit: Any, ours: list[Door], own: list[dict[str, str]]
) -> None:
    """Dario may do everything in Valle: with the uuid of a thing of Borgo he gets «not found», and changes nothing."""
    dario = visit("dario@example.org", host="valle.localhost")
    before = _picture()
    wrong = []
    for door, path, _values in _addresses(ours, own):
        if door.urlconf != "paybox.urls" or not door.arguments or door.policy.audience == "public":
            continue
        for method in ("get", "post"):
            answer = _call(dario, method, path)
            if answer.status_code not in (403, 404, 405):
                wrong.append((method, path, answer.status_code))
    assert wrong == []
    assert _picture() == before


def test_nothing_of_borgo_is_shown_on_valle_s_public_pages(
    ours: list[Door], own: list[dict[str, str]]
) -> None:
    stranger = Client(headers={"host": "valle.localhost"})
    for _door, path, _values in _addresses(ours, own):
        for method in ("get", "post"):
            answer = _call(stranger, method, path)
            shown = b"".join(answer) if answer.streaming else answer.content
            assert "Segretissimi" not in shown.decode(errors="replace"), path


@pytest.mark.parametrize("who", ["", "ada@example.org", "bruno@example.org", "carla@example.org"])
def test_no_address_breaks(
    visit: Any, ours: list[Door], own: list[dict[str, str]], who: str
) -> None:
    """GET and POST, with nothing in the form, with rubbish in the query, with what exists and what does not."""
    nothing = {
        "uuid": str(uuid4()),
        "int": "999999999999",
        "str": "x<y",
        "slug": "x-y",
        "path": "a",
    }
    broken = []
    for door, path, _values in _addresses(ours, [*own, nothing]):
        client = visit(who, host=HOSTS[door.urlconf])
        for method, query in (
            ("get", ""),
            ("get", "?page=%00abc&q=%27&stato=x&ordine=-x"),
            ("post", ""),
        ):
            answer = _call(client, method, path + query)
            if answer.status_code >= 500:
                broken.append((method, path + query, answer.status_code))
    assert broken == []


@pytest.fixture
def own(borgo: Any) -> list[dict[str, str]]:
    """What Borgo owns, as it would stand in an address: a position, a citizen, a load, a billing file, a wave."""
    from registry.models import Subject
    from registry.services.subjects import SubjectData, ensure_subject
    from tests.build import AT

    data = SubjectData("F", "RSSMRA80A01H501U", "Segretissimi Mario", "SEGRETISSIMI MARIO")
    subject = Subject.objects.get(pk=ensure_subject(data=data, source="prova", at=AT))
    position = make_position(subject=subject)
    pay(position.instalments.get(number=0).notice_number, 12_000)
    things: list[Any] = [position, subject, *_other_things(position)]
    # Valle starts with fewer services: this number is nobody's there.
    service = str(Service.objects.latest("pk").pk)
    return [
        {"uuid": str(t.uuid), "int": service, "str": str(t.uuid), "slug": "borgo", "path": "a"}
        for t in things
    ]


def _other_things(position: Position) -> list[Any]:
    from tests.build import AT

    load = Load.objects.create(
        service=position.service, filename="tari.csv", sha256="0" * 64, raw_message_id=0, created_at=AT,
        actor_name="Ada",
    )  # fmt: skip
    wave = Wave.objects.create(
        kind=Wave.Kind.REMINDER, service=position.service, channel="SMS", template="tari", planned_on=AT.date(),
        created_at=AT, author_id=1, author_name="Ada",
    )  # fmt: skip
    return [load, wave]


def _addresses(
    doors: list[Door], values: list[dict[str, str]]
) -> Iterator[tuple[Door, str, dict[str, str]]]:
    """Each door with each set of values; doors without arguments once."""
    for door in doors:
        for chosen in values if door.arguments else values[:1]:
            yield door, door.path(chosen), chosen


def _call(client: Client, method: str, path: str) -> HttpResponse:
    client.raise_request_exception = False
    answer: HttpResponse = getattr(client, method)(path)
    return answer


def _picture() -> dict[str, list[Any]]:
    """What must not change, Ente by Ente."""
    seen = {}
    for schema in ("borgo", "valle"):
        with schema_context(schema):
            models = (Position, Load, Wave, Bollettazione)
            seen[schema] = [list(model.objects.order_by("pk").values()) for model in models]
    return seen


def test_the_two_urlconfs_are_those_in_force() -> None:
    assert {settings.ROOT_URLCONF, settings.PUBLIC_SCHEMA_URLCONF} == set(HOSTS)
