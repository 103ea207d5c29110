"""The office's cookies: the session's and the known device's. HttpOnly, SameSite=Strict; over TLS `Secure` and with the
`__Host-` prefix, which browsers bind to this host and the whole site."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse

_DEVICE_AGE = timedelta(days=400)
"""The longest that browsers keep a cookie."""


def session_token(request: HttpRequest) -> str:
    return request.COOKIES.get(_name("session"), "")


def device_token(request: HttpRequest) -> str:
    return request.COOKIES.get(_name("device"), "")


def give_session(response: HttpResponse, token: str) -> None:
    """Until the browser closes, or the session's limits end it."""
    _give(response, _name("session"), token, None)


def give_device(response: HttpResponse, token: str) -> None:
    _give(response, _name("device"), token, int(_DEVICE_AGE.total_seconds()))


def take_session(response: HttpResponse) -> None:
    response.delete_cookie(_name("session"), path="/", samesite="Strict")


def _name(kind: str) -> str:
    return f"__Host-{kind}" if settings.SECURE_ORIGIN else f"office-{kind}"


def _give(response: HttpResponse, name: str, value: str, age: int | None) -> None:
    response.set_cookie(
        name, value, max_age=age, path="/", secure=settings.SECURE_ORIGIN, httponly=True, samesite="Strict"
    )
