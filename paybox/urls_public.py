"""The doors of the platform."""

from django.urls import URLPattern, URLResolver, include, path

from dunning.inbound.email_events import mailgun_events
from dunning.inbound.twilio import status_callback
from pagopa.inbound.pa_for_node import pa_for_node

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/", include("allauth.urls")),
    path("", include("frontline.platform.urls")),
    path("pagopa/paForNode", pa_for_node, name="pa_for_node"),
    path("dunning/mailgun/", mailgun_events, name="mailgun_events"),
    path("dunning/twilio/<slug:schema>/", status_callback, name="twilio_status"),
]
