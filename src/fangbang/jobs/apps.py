"""Django's handle of this stage."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """The jobs stage."""

    name = "fangbang.jobs"
    label = "jobs"
