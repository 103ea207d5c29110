"""The one way to start Django: commands and processes call `configure` first, and import models after it."""

import os

import django
from django.apps import apps

from fangbang.core.errors import FangbangError
from fangbang.core.settings import Settings, load_settings
from fangbang.project import sqlite
from fangbang.project.problems import NOT_INITIALISED

SETTINGS_MODULE = "fangbang.project.settings_office"


def configure(settings: Settings | None = None) -> Settings:
    """Start Django for the office with these settings (default: this process's environment).

    The settings are handed on through the environment, since Django reads them when its settings module is imported.
    A second call is a no-op: one process has one office.
    """
    settings = settings or load_settings()
    sqlite.install()
    if not apps.ready:
        os.environ.update({f"FANGBANG_{name}": value for name, value in settings.values.items() if value})
        os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS_MODULE
        django.setup()
    return settings


def open_office(settings: Settings | None = None) -> Settings:
    """`configure`, and refuse with STATE if `fangbang init` has not been run here."""
    settings = settings or load_settings()
    if not (settings.home / "office").is_dir():
        raise FangbangError(NOT_INITIALISED, home=settings.home)
    return configure(settings)


def migrate() -> None:
    """Bring the database's tables up to this version of the code."""
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
