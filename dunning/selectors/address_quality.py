"""How good a debtor's postal address is, with what the post did with the last letter."""

from dunning.models import AddressTask
from registry.models import Subject
from registry.rules.address_quality import AddressQuality, address_quality


def quality_of(subject: Subject) -> AddressQuality:
    """One statement."""
    returned = AddressTask.objects.filter(
        item__subject=subject, source=AddressTask.Source.RETURNED, settled_at__isnull=True
    )
    return address_quality(
        street=subject.street, civic=subject.civic, cap=subject.cap, city=subject.city, province=subject.province,
        country=subject.country, returned=returned.exists(),
    )  # fmt: skip
