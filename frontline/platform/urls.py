"""The pages of the platform."""

from django.urls import path

from frontline.platform import home

app_name = "platform"
urlpatterns = [
    path("", home.home, name="home"),
]
