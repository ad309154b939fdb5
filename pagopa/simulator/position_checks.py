"""What ACA and GPD v3 check of a body before they take it: names, types, lengths, sums.

Source: the tables of ``gpd-4-aca`` and ``gpd_v3``, debt-positions-service.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pagopa.simulator.orders import Json

_DATE_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"
_ACCOUNT = r"[A-Za-z0-9]{1,35}"


@dataclass(frozen=True, slots=True)
class Field:
    """What may stand under a name; ``kind`` list or dict is looked into by ``inside``."""

    kind: type[Any]
    needed: bool = False
    pattern: str = ""
    longest: int = 0
    inside: "Shape | None" = None
    count: tuple[int, int] = (0, 100)


Shape = dict[str, Field]
_SHORT = Field(str, longest=140)
_SHORT_NEEDED = Field(str, True, longest=140)
_TEXT, _FLAG = Field(str), Field(bool)
_METADATA: Shape = {"key": _SHORT_NEEDED, "value": _SHORT}
_STAMP: Shape = {
    "hashDocument": Field(str, True, longest=72),
    "stampType": Field(str, True, r".{2}"),
    "provincialResidence": Field(str, True, r"[A-Z]{2}"),
}
_TRANSFER: Shape = {
    "idTransfer": Field(str, True, r"[1-5]"),
    "amount": Field(int, True),
    "organizationFiscalCode": _TEXT,
    "remittanceInformation": _SHORT_NEEDED,
    "category": Field(str, True),
    "iban": Field(str, pattern=_ACCOUNT),
    "postalIban": Field(str, pattern=_ACCOUNT),
    "stamp": Field(dict, inside=_STAMP),
    "companyName": _SHORT,
    "transferMetadata": Field(list, True, inside=_METADATA, count=(0, 10)),
}
_DEBTOR: Shape = {
    "type": Field(str, True, "[FG]"),
    "fiscalCode": Field(str, True),
    "fullName": Field(str, True),
    **dict.fromkeys(("streetName", "civicNumber", "postalCode", "city", "province"), _TEXT),
    **dict.fromkeys(("region", "email", "phone"), _TEXT),
    "country": Field(str, pattern="[A-Z]{2}"),
}
_NOTICE: Shape = {
    "nav": Field(str, pattern=r"\d{18}"),
    "iuv": Field(str, True, r"\d{1,35}"),
    "amount": Field(int, True),
    "description": _SHORT_NEEDED,
    "dueDate": Field(str, True, _DATE_TIME),
    "transfer": Field(list, True, inside=_TRANSFER, count=(1, 5)),
}
_POSITION: Shape = {
    "iupd": Field(str, True),
    "payStandIn": _FLAG,
    "companyName": _SHORT_NEEDED,
    "officeName": _SHORT,
}
_ACA: Shape = {
    **_POSITION,
    **_DEBTOR,
    "switchToExpired": Field(bool, True),
    "validityDate": Field(str, pattern=_DATE_TIME),
    "paymentOption": Field(
        list,
        True,
        inside={
            **_NOTICE,
            "isPartialPayment": Field(bool, True),
            "retentionDate": Field(str, pattern=_DATE_TIME),
            "paymentOptionMetadata": Field(list, True, inside=_METADATA, count=(0, 10)),
        },
        count=(1, 100),
    ),
}
_GPD: Shape = {
    **_POSITION,
    "paymentOption": Field(
        list,
        True,
        inside={
            "description": _SHORT,
            "validityDate": Field(str, pattern=_DATE_TIME),
            "retentionDate": Field(str, pattern=_DATE_TIME),
            "switchToExpired": Field(bool, True),
            "debtor": Field(dict, True, inside=_DEBTOR),
            "installments": Field(
                list,
                True,
                inside={
                    **_NOTICE,
                    "installmentMetadata": Field(list, True, inside=_METADATA, count=(0, 10)),
                },
                count=(1, 100),
            ),
        },
        count=(1, 100),
    ),
}
SHAPES = {"aca": _ACA, "gpd": _GPD}


def wrong_in(archive: str, body: Json) -> str:
    """The first thing wrong in the body of a position, in words; empty when it may be taken."""
    for wrong in _in_object(body, SHAPES[archive], ""):
        return wrong
    for notice in notices_of(archive, body):
        if sum(share["amount"] for share in notice["transfer"]) != notice["amount"]:
            return f"transfer amounts of iuv {notice['iuv']} do not add up"
    return ""


def notices_of(archive: str, body: Json) -> list[Json]:
    """The payable notices of a good body."""
    options: list[Json] = body["paymentOption"]
    if archive == "aca":
        return options
    return [notice for option in options for notice in option["installments"]]


def ways_to_pay(archive: str, body: Json) -> list[list[Json]]:
    """The notices that pay all of it together: each option of GPD, at ACA the rata unica or all the rate."""
    options: list[Json] = body["paymentOption"]
    if archive != "aca":
        return [option["installments"] for option in options]
    rates = [notice for notice in options if notice["isPartialPayment"]]
    return [[one] for one in options if not one["isPartialPayment"]] + ([rates] if rates else [])


def _in_object(body: Any, shape: Shape, path: str) -> Iterator[str]:
    if not isinstance(body, dict):
        yield f"{path or 'body'} must be an object"
        return
    yield from (f"{path}{name} is unknown" for name in body.keys() - shape.keys())
    for name, field in shape.items():
        if name in body:
            yield from _in_field(body[name], field, path + name)
        elif field.needed:
            yield f"{path}{name} is missing"


def _in_field(value: Any, field: Field, path: str) -> Iterator[str]:
    right: bool = type(value) is field.kind  # a bool is no number here
    if not right:
        yield f"{path} has the wrong type"
    elif field.kind is int and value < 1:
        yield f"{path} must be positive"
    elif field.pattern and not re.fullmatch(field.pattern, value):
        yield f"{path} is not of the right form"
    elif field.longest and len(value) > field.longest:
        yield f"{path} is too long"
    elif isinstance(value, list) and not field.count[0] <= len(value) <= field.count[1]:
        yield f"{path} has too many or too few elements"
    elif field.inside is not None:
        for element in value if isinstance(value, list) else [value]:
            yield from _in_object(element, field.inside, f"{path}.")
