"""/healthz and /readyz: answered before any Ente is looked up, on whatever host the probe uses."""

import time
from collections.abc import Callable

from django.core.cache import caches
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

from paybox.kernel.schema import enter_public

WORKER_KEY = "worker-seen-at"
WORKER_SECONDS = 60


class ProbeMiddleware:
    """Answers the two probes; everything else goes on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return HttpResponse("ok", content_type="text/plain")
        if request.path == "/readyz":
            return readiness()
        return self.get_response(request)


def note_worker() -> None:
    """Called by every worker at each heartbeat."""
    caches["platform"].set(WORKER_KEY, time.time(), WORKER_SECONDS * 2)


def readiness() -> JsonResponse:
    """``{"database","redis","migrations","workers","ready"}``: booleans; 503 when one is false."""
    checks = {
        "database": _holds(_database_answers),
        "redis": _holds(_redis_answers),
        "migrations": _holds(_migrations_applied),
        "workers": _holds(_worker_seen),
    }
    ready = all(checks.values())
    answer = JsonResponse({**checks, "ready": ready}, status=200 if ready else 503)
    answer._has_been_logged = True  # type: ignore[attr-defined]  # a "not yet" is no error to log
    return answer


def _holds(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception:  # whatever is wrong, the probe's answer is "not ready"
        return False


def _database_answers() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone() == (1,))


def _redis_answers() -> bool:
    caches["platform"].set("probe", 1, 5)
    return bool(caches["platform"].get("probe") == 1)


def _migrations_applied() -> bool:
    """Of ``public``: what is written in the code is applied."""
    enter_public()
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _worker_seen() -> bool:
    seen = caches["platform"].get(WORKER_KEY)
    return seen is not None and time.time() - seen < WORKER_SECONDS
