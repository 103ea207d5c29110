"""Django's handle of this stage."""

from django.apps import AppConfig


class AdjudicationConfig(AppConfig):
    """The adjudication stage."""

    name = "fangbang.adjudication"
    label = "adjudication"
