"""The project's own source files, read as text and as syntax trees."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("paybox", "tenants", "registry", "billing", "pagopa", "dunning", "frontline")


@cache
def modules() -> tuple[Path, ...]:
    """Every module of the product, migrations left out."""
    found = (path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return tuple(sorted(path for path in found if "migrations" not in path.parts))


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def name_of(path: Path) -> str:
    """``billing/services/loads.py``."""
    return path.relative_to(ROOT).as_posix()


def inside(*folders: str) -> list[Path]:
    """Modules that have one of these folders on their way (or are the module of that name)."""
    return [p for p in modules() if set(folders) & {*p.relative_to(ROOT).parts, p.stem}]


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Each call with what is called, as written: ``timezone.now``."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node
