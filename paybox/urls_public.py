"""The doors of the platform."""

from django.urls import URLPattern, URLResolver, include, path

from dunning.inbound.twilio import status_callback

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/", include("allauth.urls")),
    path("", include("frontline.platform.urls")),
    path("dunning/twilio/<slug:schema>/", status_callback, name="twilio_status"),
]
