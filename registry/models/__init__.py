from registry.models.consent import Consent, ContactCheck, Invitation
from registry.models.contact import Contact
from registry.models.paper_cost import PaperCost
from registry.models.subject import Subject

__all__ = ["Consent", "Contact", "ContactCheck", "Invitation", "PaperCost", "Subject"]
