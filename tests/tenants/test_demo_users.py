"""The logins of the demo: one per role, the same when asked twice, never where there are real people."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django_tenants.utils import schema_context

from tenants.models import Membership, User
from tenants.roles import Role
from tenants.services.demo_users import DEMO_PASSWORD, DemoUsersRefused, ensure_demo_users


def test_one_for_each_role_of_borgo_one_for_valle_one_for_the_platform(db: None) -> None:
    users = ensure_demo_users()
    assert {u.role for u in users if u.ente == "borgo"} == {role.value for role in Role}
    assert [u.role for u in users if u.ente == "valle"] == ["responsabile"]
    assert [u.ente for u in users if u.role == "piattaforma"] == [""]
    with schema_context("public"):
        found = Membership.objects.filter(user__email="ragioneria@borgo.example")
        assert [(m.role, m.ente.schema_name) for m in found] == [("ragioneria", "borgo")]
        assert User.objects.get(email="piattaforma@paybox.example").is_platform_staff
        assert not User.objects.get(email="responsabile@borgo.example").is_platform_staff


def test_twice_changes_nothing(db: None) -> None:
    ensure_demo_users()
    before = list(User.objects.order_by("pk").values()), Membership.objects.count()
    ensure_demo_users()
    assert (list(User.objects.order_by("pk").values()), Membership.objects.count()) == before


def test_they_open_the_door_with_the_password_printed(visit: Any) -> None:
    ensure_demo_users()
    client = visit()
    login = {"login": "funzionario@borgo.example", "password": DEMO_PASSWORD}
    assert client.post("/accounts/login/", login).status_code == 302
    assert client.get("/ufficio/").status_code == 200


@pytest.mark.parametrize("change", [{"env": "production"}, {}])
def test_refused_where_it_matters(db: None, settings: Any, change: dict[str, str]) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update=change)
    settings.MOVABLE_CLOCK = bool(change)
    before = User.objects.count()
    with pytest.raises(DemoUsersRefused):
        ensure_demo_users()
    assert User.objects.count() == before


def test_the_command_prints_json_or_a_line_each(db: None) -> None:
    out = StringIO()
    call_command("demo_users", "--json", stdout=out)
    users = json.loads(out.getvalue())["users"]
    assert {"email", "name", "ente", "role", "password"} == set(users[0])
    out = StringIO()
    call_command("demo_users", stdout=out)
    assert len(out.getvalue().strip().splitlines()) == len(users) == 8


def test_the_command_says_no_in_production_with_one_line(
    db: None, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.MOVABLE_CLOCK = False
    with pytest.raises(SystemExit) as ended:
        call_command("demo_users")
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("Rifiutato: ")
