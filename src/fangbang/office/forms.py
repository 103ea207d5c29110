"""Typed values of a form. A field that nobody asked for is refused: nothing can be set that a form does not offer."""

from typing import Any, TypeVar, get_origin, get_type_hints

import msgspec
from django.http import HttpRequest

from fangbang.core.errors import FangbangError
from fangbang.office.problems import BAD_FORM

Form = TypeVar("Form", bound=msgspec.Struct)

_CSRF = "csrfmiddlewaretoken"


def read(request: HttpRequest, form: type[Form]) -> Form:
    """The POSTed fields as `form` (its types convert; a list takes a field given many times); INPUT otherwise."""
    lists = {name for name, hint in get_type_hints(form).items() if get_origin(hint) is list}
    given: dict[str, Any] = {}
    for name in request.POST:
        if name == _CSRF:
            continue
        values = request.POST.getlist(name)
        if name not in form.__struct_fields__ or (name not in lists and len(values) != 1):
            raise FangbangError(BAD_FORM, what=name[:40])
        given[name] = values if name in lists else values[0]
    try:
        return msgspec.convert(given, form, strict=False)
    except msgspec.ValidationError as error:
        raise FangbangError(BAD_FORM, what=str(error).rpartition("`$.")[2].rstrip("`") or "form") from error
