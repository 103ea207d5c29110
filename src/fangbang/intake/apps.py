"""Django's handle of this stage."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    """The intake stage."""

    name = "fangbang.intake"
    label = "intake"
