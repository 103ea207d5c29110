"""Django's name for the room."""

from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "fangbang.catalogue"
    label = "catalogue"
