"""Who opens the office: Ada may, Bruno reads, Carla may not, Dario works elsewhere."""

from typing import Any

import pytest

BOARD = "/ufficio/"


@pytest.mark.django_db
class TestTheDoor:
    def test_ada_enters(self, visit: Any) -> None:
        assert visit("ada@example.org").get(BOARD).status_code == 200

    def test_anonymous_is_sent_to_log_in_and_comes_back(self, visit: Any) -> None:
        answer = visit().get(f"{BOARD}?anno=2026")
        assert answer.status_code == 302
        assert answer["Location"] == "/accounts/login/?next=/ufficio/%3Fanno%3D2026"

    @pytest.mark.parametrize("who", ["carla@example.org", "dario@example.org"])
    def test_who_does_not_work_here_is_told_in_italian(self, visit: Any, who: str) -> None:
        answer = visit(who).get(BOARD)
        assert answer.status_code == 403
        assert "riservato al personale di questo Ente" in answer.content.decode()

    def test_dario_enters_his_own_ente(self, visit: Any) -> None:
        assert visit("dario@example.org", host="valle.localhost").get(BOARD).status_code == 200
