"""What the source itself promises: where the clock is read, who writes, how a service is called."""

import ast
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.architecture.sources import ROOT, calls, inside, modules, name_of, tree_of

CLOCKS = {
    "datetime.now",
    "datetime.today",
    "datetime.utcnow",
    "date.today",
    "timezone.now",
    "timezone.localdate",
    "time.time",
}
WRITES = {
    "save",
    "create",
    "bulk_create",
    "bulk_update",
    "get_or_create",
    "update_or_create",
    "delete",
    "update",
}
# Sessions, cookies, headers and plain dicts have an ``update`` and a ``delete`` too; what counts is a queryset's.
ON_QUERYSETS = ("objects", "filter(", "exclude(", "all()")
MONEY = ("money", "ledger", "collections", "positions", "opening", "spontaneous", "interest", "position_cells",
         "versamento", "values", "treasury", "composition", "handover", "acts")  # fmt: skip

services = [p for p in inside("services") if p.parent.name == "services"]
rules = inside("rules", "iuv", "states", "wire")
selectors = [p for p in inside("selectors") if p.parent.name == "selectors"]


def found(paths: Iterable[Path], wrong: Callable[[str, ast.Call], bool]) -> list[str]:
    """``file:line call`` for every call that is wrong."""
    return [
        f"{name_of(path)}:{call.lineno} {name}()"
        for path in paths
        for name, call in calls(path)
        if wrong(name, call)
    ]


def test_the_sources_are_found() -> None:
    """Without this, every test below could pass on nothing."""
    assert len(modules()) > 150
    assert len(services) > 15
    assert len(rules) > 20
    assert len(selectors) > 5


def test_no_drawer_for_odds_and_ends() -> None:
    drawers = {"utils", "helpers", "common", "misc", "util", "helper"}
    assert [name_of(p) for p in modules() if drawers & {p.stem, *p.parts}] == []


def test_a_module_says_its_place_in_the_story() -> None:
    silent = [
        name_of(p) for p in modules() if _should_speak(p) and not ast.get_docstring(tree_of(p))
    ]
    assert silent == []


def _should_speak(path: Path) -> bool:
    """Not a package's marker, an app's configuration, or a model, whose class tells it."""
    return path.name not in ("__init__.py", "apps.py") and "models" not in path.parts


def test_a_model_says_what_a_row_is() -> None:
    silent = [
        f"{name_of(path)} {node.name}"
        for path in inside("models")
        for node in tree_of(path).body
        if isinstance(node, ast.ClassDef)
        and any(ast.unparse(base).endswith(("models.Model", "TenantMixin")) for base in node.bases)
        and not ast.get_docstring(node)
    ]
    assert silent == []


def test_nothing_is_printed_but_by_who_was_started_by_hand() -> None:
    quiet = [p for p in modules() if not {"commands", "demo"} & {*p.parts} and p.stem != "__main__"]
    assert found(quiet, lambda name, call: name == "print") == []


def test_time_is_passed_in() -> None:
    """A ``today`` that is an argument is passed in; one that is imported is read."""
    told_the_time = [*services, *rules, *selectors]
    assert found(told_the_time, lambda name, call: name in CLOCKS) == []
    readers = [
        f"{name_of(path)} imports {alias.name}"
        for path in told_the_time
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ImportFrom) and node.module == "paybox.kernel.clock"
        for alias in node.names
        if alias.name in ("now", "today")
    ]
    assert readers == []


def test_settings_and_requests_stay_at_the_door() -> None:
    """Services of ``tenants`` alone read settings: they make schemas and roles out of them."""
    forbidden = ("django.conf", "django.http", "django.shortcuts", "celery", "paybox.settings")
    wrong = [
        f"{name_of(path)}:{node.lineno} {node.module}"
        for path in [*services, *rules, *selectors]
        if not path.is_relative_to(ROOT / "tenants")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(forbidden)
    ]
    assert wrong == []


def test_a_page_never_writes_by_itself() -> None:
    def writes(name: str, call: ast.Call) -> bool:
        verb = name.rpartition(".")[2]
        return name.endswith(".save") or (verb in WRITES and any(m in name for m in ON_QUERYSETS))

    assert found(inside("frontline"), writes) == []


def test_a_question_changes_nothing() -> None:
    def writes(name: str, call: ast.Call) -> bool:
        return name.rpartition(".")[2] in {*WRITES, "select_for_update"} and "objects" in name

    assert found(selectors, writes) == []


def test_an_order_is_given_by_names() -> None:
    """What opens a transaction takes keyword arguments only: two ids in the wrong order are a silent disaster."""
    loose = [
        f"{name_of(path)}:{node.lineno} {node.name}"
        for path in services
        for node in tree_of(path).body
        if isinstance(node, ast.FunctionDef)
        and not node.name.startswith("_")
        and node.args.args
        and _opens_a_transaction(node)
    ]
    assert loose == []


def _opens_a_transaction(node: ast.FunctionDef) -> bool:
    inside_it = (ast.unparse(item) for item in (*node.decorator_list, *node.body))
    return any("transaction.atomic" in text for text in inside_it)


def test_one_name_one_function() -> None:
    """``grep "def record_collection"`` has one hit: what a service or selector is called, no other is called."""
    seen: dict[str, list[str]] = {}
    for path in [*services, *selectors]:
        for node in tree_of(path).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                seen.setdefault(node.name, []).append(name_of(path))
    assert {name: where for name, where in seen.items() if len(where) > 1} == {}


def test_money_never_becomes_a_float() -> None:
    paths = [p for p in modules() if p.stem in MONEY]
    assert len(paths) >= 10
    floats = [
        f"{name_of(path)}:{node.lineno} {ast.unparse(node)}"
        for path in paths
        for node in ast.walk(tree_of(path))
        if (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (isinstance(node, ast.Name) and node.id == "float")
        or (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and not _joins_paths(node))
    ]
    assert floats == []


def _joins_paths(node: ast.BinOp) -> bool:
    """``folder / "name"`` is no division."""
    return isinstance(node.right, ast.JoinedStr) or isinstance(
        getattr(node.right, "value", None), str
    )


def test_no_floating_point_type_in_the_raw_sql() -> None:
    words = ("::float", "::real", "::double", "double precision")
    assert [name_of(p) for p in modules() if any(w in p.read_text().lower() for w in words)] == []
