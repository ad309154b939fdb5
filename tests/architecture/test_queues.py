"""A queue that is named is a queue that somebody consumes; work that is asked for is work that somebody does."""

import ast
from pathlib import Path
from typing import Any

import yaml

from paybox.celery import QUEUES, app
from paybox.demo.stack import Ports, stack_processes
from paybox.kernel import queue
from tests.architecture.sources import ROOT, calls, modules, name_of, tree_of


def literal(call: ast.Call, name: str) -> str | None:
    """The keyword argument's text, if it is written there."""
    for keyword in call.keywords:
        if keyword.arg == name and isinstance(keyword.value, ast.Constant):
            return str(keyword.value.value)
    return None


def orders() -> list[tuple[str, ast.Call]]:
    """Every ``enqueue(…)`` of the product, with where it stands."""
    return [
        (f"{name_of(path)}:{call.lineno}", call)
        for path in modules()
        if path != ROOT / "paybox/kernel/queue.py"
        for name, call in calls(path)
        if name.rpartition(".")[2] == "enqueue"
    ]


def written_name(call: ast.Call) -> str | None:
    """The work's name where it is written: in the call, or as a constant of the module."""
    what = call.args[0] if call.args else None
    if isinstance(what, ast.Constant):
        return str(what.value)
    return constants().get(ast.unparse(what)) if isinstance(what, ast.Name) else None


def constants() -> dict[str, str]:
    """Module-level texts in capitals, of every module that orders work."""
    return {
        node.targets[0].id: str(node.value.value)
        for path in modules()
        if any(name == "enqueue" for name, _ in calls(path))
        for node in tree_of(path).body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
    }


def test_whatever_is_ordered_has_somebody_who_does_it() -> None:
    asked = {where: written_name(call) for where, call in orders()}
    assert len(asked) >= 4
    nobody = {where: name for where, name in asked.items() if name and name not in queue._registry}
    assert nobody == {}


def test_whatever_somebody_does_is_ordered_somewhere() -> None:
    """Work whose name stands nowhere but on its handler is dead code."""
    asked = {
        node.value
        for path in modules()
        if path.name != "tasks.py"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    asked |= {name for _, call in orders() if (name := written_name(call))}
    ours = {
        n for n, function in queue._registry.items() if not function.__module__.startswith("tests")
    }
    assert ours - asked == set()


def test_a_handler_is_named_after_its_app() -> None:
    strangers = {
        name: function.__module__
        for name, function in queue._registry.items()
        if not function.__module__.startswith("tests")
        and function.__module__ != f"{name.partition('.')[0]}.tasks"
    }
    assert strangers == {}


def test_queues_are_those_that_exist() -> None:
    """Those that ``enqueue`` names, those on Celery's own tasks, those of the timetable."""
    named = {where: literal(call, "queue") or "default" for where, call in orders()}
    for path in modules():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef):
                for decorator in node.decorator_list:
                    if isinstance(decorator, ast.Call) and literal(decorator, "queue"):
                        named[f"{name_of(path)}:{node.lineno}"] = str(literal(decorator, "queue"))
    for name, entry in app.conf.beat_schedule.items():
        named[f"beat {name}"] = entry.get("options", {}).get("queue", app.conf.task_default_queue)
    assert {where: used for where, used in named.items() if used not in QUEUES} == {}


def test_the_demo_consumes_every_queue(tmp_path: Path) -> None:
    [worker] = [p for p in stack_processes(Ports(*range(1, 12)), tmp_path) if p.name == "worker"]
    command = [str(word) for word in worker.argv]
    assert set(command[command.index("-Q") + 1].split(",")) == set(QUEUES)


def test_production_consumes_every_queue_once() -> None:
    compose: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    consumed = [
        name
        for service in compose["services"].values()
        if "--queues" in (command := service.get("command") or [])
        for name in command[command.index("--queues") + 1].split(",")
    ]
    assert sorted(consumed) == sorted(QUEUES)


def test_the_timetable_names_tasks_that_exist() -> None:
    app.loader.import_default_modules()
    asked = {name: entry["task"] for name, entry in app.conf.beat_schedule.items()}
    assert asked
    assert {name: task for name, task in asked.items() if task not in app.tasks} == {}


def test_a_message_is_not_lost_with_its_worker() -> None:
    """The bell is rung again by the sweeper anyway; these make it rare."""
    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost
    assert app.conf.worker_prefetch_multiplier == 1
    assert app.conf.broker_transport_options["visibility_timeout"] >= 2 * app.conf.task_time_limit
