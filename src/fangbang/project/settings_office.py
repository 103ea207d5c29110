"""Django settings of the office process: the decision tables, no web surface yet.

Everything that differs between installations comes from `fangbang.core.settings`.
"""

import importlib.util

from fangbang.core.settings import load_settings
from fangbang.project import sqlite
from fangbang.project.databases import database
from fangbang.project.secrets import session_secret

sqlite.install()

_settings = load_settings()
_OFFICE = _settings.home / "office"

# In pipeline order. A stage that is not built into this installation is left out.
_STAGES = (
    "fangbang.people",
    "fangbang.intake",
    "fangbang.adjudication",
    "fangbang.release",
    "fangbang.audit",
    "fangbang.accounts",
)


def _has_models(stage: str) -> bool:
    return importlib.util.find_spec(stage) is not None and importlib.util.find_spec(f"{stage}.models") is not None


INSTALLED_APPS = [stage for stage in _STAGES if _has_models(stage)]
DATABASES = {"default": database(_settings.values["DATABASE"], _OFFICE)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SECRET_KEY = session_secret(_OFFICE)
DEBUG = False
ALLOWED_HOSTS: list[str] = []
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
LANGUAGE_CODE = "zh-hans" if _settings.language == "zh" else "en"
ROOT_URLCONF = "fangbang.project.urls_office"
# The command line says what went wrong; Django's own handlers would print bound parameters of failed queries.
LOGGING_CONFIG = None
