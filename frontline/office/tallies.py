"""How many of each kind, and their money, on top of a list."""

from typing import Any

from django.db.models import Count, QuerySet, Sum


def tallies(
    found: "QuerySet[Any]", column: str, choices: Any, *, money: bool = False
) -> list[dict[str, Any]]:
    """For each choice that occurs: value, label, how many, and the cents when there is money."""
    sums = {"count": Count("pk"), **({"cents": Sum("amount_cents")} if money else {})}
    rows = {row[column]: row for row in found.order_by().values(column).annotate(**sums)}
    return [
        {
            "value": value,
            "label": label,
            "count": rows[value]["count"],
            "cents": rows[value].get("cents"),
        }
        for value, label in choices
        if value in rows
    ]
