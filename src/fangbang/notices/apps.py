"""Django's name for the room."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "fangbang.notices"
    label = "notices"
