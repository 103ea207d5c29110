"""Routes of the office process: none yet."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
