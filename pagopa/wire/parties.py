"""People and extra data as both requests and answers carry them (ctSubject, ctMetadata)."""

from typing import cast

from lxml import etree

from pagopa.wire.requests import MetadataPair, Party, PartyKind
from pagopa.wire.texts import clip, country_element, element, email_element, required
from pagopa.wire.values import Children, text_of

NOBODY = "ANONIMO"


def party_element(name: str, party: Party) -> str:
    """``<debtor>`` or ``<payer>``; a code too short to be one becomes ANONIMO."""
    kept = clip(party.code, 17)
    code = kept if 2 <= len(kept) <= 16 else NOBODY
    return (
        f"<{name}><uniqueIdentifier>"
        f"<entityUniqueIdentifierType>{party.kind}</entityUniqueIdentifierType>"
        f"{required('entityUniqueIdentifierValue', code, 16)}</uniqueIdentifier>"
        f"{required('fullName', party.full_name, 70)}"
        f"{element('streetName', party.street, 70)}"
        f"{element('civicNumber', party.civic_number, 16)}"
        f"{element('postalCode', party.postal_code, 16)}"
        f"{element('city', party.city, 35)}"
        f"{element('stateProvinceRegion', party.province, 35)}"
        f"{country_element('country', party.country)}"
        f"{email_element('e-mail', party.email)}</{name}>"
    )


def read_party(node: etree._Element) -> Party:
    """A schema-valid ctSubject."""
    identifier, of = node[0], Children(node)
    return Party(
        kind=cast(PartyKind, identifier[0].text),
        code=identifier[1].text or "",
        full_name=text_of(of, "fullName"),
        street=text_of(of, "streetName"),
        civic_number=text_of(of, "civicNumber"),
        postal_code=text_of(of, "postalCode"),
        city=text_of(of, "city"),
        province=text_of(of, "stateProvinceRegion"),
        country=text_of(of, "country"),
        email=text_of(of, "e-mail"),
    )


def read_metadata(parent: etree._Element) -> tuple[MetadataPair, ...]:
    return tuple(
        (text_of(entry, "key"), text_of(entry, "value"))
        for entry in parent.findall("metadata/mapEntry")
    )
