"""A production set-up of a small Django service: no debug, persistent connections, the middleware it needs."""

import os
from urllib.parse import parse_qs, urlsplit

_postgres = urlsplit(os.environ["BENCH_POSTGRES"])

DEBUG = False
SECRET_KEY = "only of the bench"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "bench.peers.django_app.urls"
INSTALLED_APPS = ["bench.peers.django_app"]
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware", "django.middleware.common.CommonMiddleware"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
USE_I18N = False
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _postgres.path.lstrip("/"),
        "USER": _postgres.username,
        "HOST": parse_qs(_postgres.query)["host"][0],
        "CONN_MAX_AGE": None,
    }
}
REDIS_SOCKET = os.environ["BENCH_REDIS"]
