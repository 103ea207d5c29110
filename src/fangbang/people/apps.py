"""Django's handle of this stage."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """The people stage."""

    name = "fangbang.people"
    label = "people"
