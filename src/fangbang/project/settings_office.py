"""Django settings of the office process: the decision tables and the web application for staff.

Everything that differs between installations comes from `fangbang.core.settings`.
"""

import importlib.util
from pathlib import Path
from urllib.parse import urlsplit

from fangbang.accounts.rules import SignInPolicy
from fangbang.core.settings import load_settings
from fangbang.desk.rules import limit_of
from fangbang.project import sqlite
from fangbang.project.databases import database
from fangbang.project.demonstration import demo_file
from fangbang.project.layout import Layout
from fangbang.project.secrets import seal_key, session_secret

sqlite.install()

_settings = load_settings()
_OFFICE = _settings.home / "office"

# In pipeline order. A stage that is not built into this installation is left out.
_STAGES = (
    "fangbang.catalogue",
    "fangbang.people",
    "fangbang.intake",
    "fangbang.adjudication",
    "fangbang.release",
    "fangbang.jobs",
    "fangbang.desk",
    "fangbang.notices",
    "fangbang.audit",
    "fangbang.accounts",
)


def _has_models(stage: str) -> bool:
    return importlib.util.find_spec(stage) is not None and importlib.util.find_spec(f"{stage}.models") is not None


INSTALLED_APPS = [stage for stage in _STAGES if _has_models(stage)]
DATABASES = {"default": database(_settings.values["DATABASE"], _OFFICE)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SECRET_KEY = session_secret(_OFFICE)
SEAL_KEY = seal_key(_OFFICE)
DEBUG = False
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
LANGUAGE_CODE = "zh-hans" if _settings.language == "zh" else "en"
# --- the web application ---
ROOT_URLCONF = "fangbang.office.urls"
JOBS = "fangbang.office.jobs"
"""Importing this module enters every kind of job."""

MIDDLEWARE = [
    "fangbang.office.middleware.Around",
    "django.middleware.security.SecurityMiddleware",
    "fangbang.office.middleware.Visitor",
    "django.middleware.csrf.CsrfViewMiddleware",
]
LAYOUT = Layout(_settings.home)
NODES = _settings.values["NODES"]
CUSTODY = _settings.values["CUSTODY"]
DEMO = demo_file(_settings.values)
CONFIRMATIONS = _settings.values["CONFIRMATIONS"]
EXAMS = Path(_settings.values["EXAMS"]) if _settings.values["EXAMS"] else None
RETENTION = Path(_settings.values["RETENTION"]) if _settings.values["RETENTION"] else None
ORIGIN = _settings.values["OFFICE_ORIGIN"].rstrip("/")
SECURE_ORIGIN = ORIGIN.startswith("https://")
"""Browsers reach the office by TLS. Without an origin it is for this machine alone, by http."""
ALLOWED_HOSTS = [urlsplit(ORIGIN).hostname or ""] if ORIGIN else ["localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [ORIGIN] if ORIGIN else []
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE_ORIGIN else "office-csrf"
CSRF_COOKIE_SECURE = SECURE_ORIGIN
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_AGE = None  # gone with the browser's session
CSRF_FAILURE_VIEW = "fangbang.office.middleware.forged"
SECURE_HSTS_SECONDS = 63_072_000 if SECURE_ORIGIN else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = False  # other services may share the authority's domain
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_REFERRER_POLICY = "same-origin"  # CSRF checks the Origin, or over TLS the Referer
DATA_UPLOAD_MAX_MEMORY_SIZE = 1 << 20
FILE_UPLOAD_PERMISSIONS = 0o600
INTAKE = {name: value for name, value in _settings.values.items() if name.startswith("INTAKE_")}
DROP = Path(INTAKE["INTAKE_DROP"]) if INTAKE["INTAKE_DROP"] else LAYOUT.drop
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
APPEND_SLASH = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
SEARCHES_AN_HOUR = limit_of(_settings.values)
SIGN_IN_POLICY = SignInPolicy.from_settings(_settings.values)
WATCH_SECONDS = _settings.number("OFFICE_WATCH_SECONDS", least=1, most=40)
SMALLEST_CELL = _settings.number("SMALLEST_CELL", least=1)
_refused = _settings.values["OFFICE_REFUSED_PASSWORDS"]
REFUSED_PASSWORDS = Path(_refused) if _refused else None
# The command line says what went wrong; Django's own handlers would print bound parameters of failed queries.
LOGGING_CONFIG = None
