"""What every model promises: no hidden verbs, money in whole cents, names that tell an instant from a day."""

import ast
import weakref

from django.apps import apps
from django.db import models
from django.db.models import signals

from tests.architecture.sources import modules, name_of, tree_of

APPS = ("kernel", "tenants", "registry", "billing", "pagopa", "dunning")
MODELS = [model for label in APPS for model in apps.get_app_config(label).get_models()]
FIELDS = [(f"{m._meta.label}.{f.name}", f) for m in MODELS for f in m._meta.concrete_fields]
VERBS = {"save", "delete", "refresh_from_db", "clean", "full_clean", "save_base"}
HIDDEN = (
    "pre_save",
    "post_save",
    "pre_delete",
    "post_delete",
    "pre_init",
    "post_init",
    "m2m_changed",
)


def test_the_models_are_found() -> None:
    """Without this, every test below could pass on nothing."""
    assert len(MODELS) >= 25
    assert len(FIELDS) >= 200


def test_writing_is_the_business_of_services() -> None:
    """A ``save`` of our own would do something that no reader of the service sees."""
    ours = [
        base
        for model in MODELS
        for base in model.__mro__
        if base.__module__.startswith(("paybox", *APPS))
    ]
    assert [
        f"{base.__qualname__}: {VERBS & set(vars(base))}"
        for base in ours
        if VERBS & set(vars(base))
    ] == []


def test_no_receiver_of_ours_hangs_on_saving() -> None:
    ours = [
        f"{name}: {_alive(receiver)}"
        for name in HIDDEN
        for _key, receiver, *_ in getattr(signals, name).receivers
        if str(getattr(_alive(receiver), "__module__", "")).startswith(
            ("paybox", "frontline", *APPS)
        )
    ]
    assert ours == []


def _alive(receiver: object) -> object:
    return receiver() if isinstance(receiver, weakref.ReferenceType) else receiver


def test_a_uuid_names_one_row() -> None:
    wrong = [
        f"{model._meta.label}.{field.name}"
        for model in MODELS
        for field in model._meta.concrete_fields
        if isinstance(field, models.UUIDField)
        and not (field.unique or _unique_alone(model, field.name))
    ]
    assert wrong == []


def _unique_alone(model: type[models.Model], name: str) -> bool:
    return any(
        isinstance(c, models.UniqueConstraint) and c.fields == (name,) and c.condition is None
        for c in model._meta.constraints
    )


def test_the_name_tells_the_type() -> None:
    """``*_cents`` whole and big, ``*_at`` an instant, ``*_on`` a day (an instant is not a day)."""
    endings = {
        "_cents": models.BigIntegerField,
        "_at": models.DateTimeField,
        "_on": models.DateField,
    }
    wrong = [
        f"{label} is a {type(field).__name__}"
        for label, field in FIELDS
        for ending, expected in endings.items()
        if field.name.endswith(ending) and type(field) is not expected
    ]
    wrong += [
        f"{label} is a {type(field).__name__} and its name does not tell"
        for label, field in FIELDS
        if type(field) is models.DateTimeField and not _tells_an_instant(field.name)
    ]
    assert wrong == []


def _tells_an_instant(name: str) -> bool:
    return name.endswith("_at") or name in (
        "at",
        "leased_until",
        "complete_until",
        "last_login",
        "date_joined",
    )


def test_nothing_is_kept_in_a_float_or_a_decimal() -> None:
    assert [
        label for label, f in FIELDS if isinstance(f, models.FloatField | models.DecimalField)
    ] == []


def test_every_constraint_and_index_has_a_name_of_ours() -> None:
    """A name of Django's making changes with the columns; a migration could not name it back."""
    made = [
        f"{model._meta.label}: {thing.name}"
        for model in MODELS
        for thing in (*model._meta.constraints, *model._meta.indexes)
        if not thing.name or thing.name.startswith(model._meta.db_table[:11] + "_")
    ]
    assert made == []


def test_models_live_in_a_models_package() -> None:
    stray = [
        f"{name_of(path)} {node.name}"
        for path in modules()
        if "models" not in path.parts
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ClassDef)
        and any(ast.unparse(base) in ("models.Model", "Model") for base in node.bases)
    ]
    assert stray == []
