from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save()
        return user


class User(AbstractBaseUser):
    """A person who works: global, with no power of her own. Power is a Membership in an Ente."""

    id: int
    email = models.EmailField()
    name = models.TextField()
    is_active = models.BooleanField(default=True)
    is_platform_staff = models.BooleanField(default=False)
    date_joined = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["email"], name="user_email")]

    def __str__(self) -> str:
        return self.name

    # allauth asks these of any user; nobody has them here
    is_staff = False
    is_superuser = False

    def get_full_name(self) -> str:
        return self.name
