"""The doors of an Ente."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/", include("allauth.urls")),
    path("ufficio/", include("frontline.office.urls")),
    path("", include("frontline.portal.urls")),
]
