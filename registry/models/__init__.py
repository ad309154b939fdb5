from registry.models.contact import Contact
from registry.models.subject import Subject

__all__ = ["Contact", "Subject"]
