"""The public pages of an Ente."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
