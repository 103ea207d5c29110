"""Django's handle of this stage."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """The desk stage."""

    name = "fangbang.desk"
    label = "desk"
