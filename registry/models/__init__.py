from registry.models.address_proposal import AddressProposal
from registry.models.consent import Consent, ContactCheck, Invitation
from registry.models.contact import Contact
from registry.models.contact_proposal import ContactProposal
from registry.models.paper_cost import PaperCost
from registry.models.subject import Subject

__all__ = [
    "AddressProposal",
    "Consent",
    "Contact",
    "ContactCheck",
    "ContactProposal",
    "Invitation",
    "PaperCost",
    "Subject",
]
