from tenants.models.ente import Domain, Ente
from tenants.models.membership import Membership
from tenants.models.user import User

__all__ = ["Domain", "Ente", "Membership", "User"]
