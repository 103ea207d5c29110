"""Every address of the office declares a permission; an undeclared one is found, and is not served."""

from collections.abc import Iterator

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory, override_settings
from django.urls import URLPattern, URLResolver, get_resolver, path

from fangbang.accounts.rules import OF_ROLE, Permission
from fangbang.office.middleware import Visitor
from fangbang.office.routes import Route, route


def leaves(resolver: URLResolver) -> Iterator[URLPattern]:
    for item in resolver.url_patterns:
        if isinstance(item, URLResolver):
            yield from leaves(item)
        else:
            yield item


def undeclared(resolver: URLResolver) -> list[str]:
    return [
        str(item.pattern) for item in leaves(resolver) if not isinstance(getattr(item.callback, "route", None), Route)
    ]


def hidden(request: HttpRequest) -> HttpResponse:
    return HttpResponse("secret")


urlpatterns = [path("hidden", hidden)]


def test_every_route_declares_a_permission() -> None:
    resolver = get_resolver("fangbang.office.urls")

    assert len(list(leaves(resolver))) > 15
    assert undeclared(resolver) == []


@override_settings(ROOT_URLCONF=__name__)
def test_the_detector_sees_an_undeclared_route() -> None:
    assert undeclared(get_resolver(__name__)) == ["hidden"]


def test_an_undeclared_route_is_not_served(db: None) -> None:
    answer = Visitor(hidden).process_view(RequestFactory().get("/hidden"), hidden, (), {})

    assert answer is not None
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("permission", "listing"),
    [
        (Permission.REGION_RELEASE_READ, False),
        (Permission.NATION_STAFF_READ, True),
        (Permission.OWN_ACCOUNT_MANAGE, True),
    ],
)
def test_a_thing_in_a_region_cannot_be_declared_without_looking_at_it(permission: Permission, listing: bool) -> None:
    with pytest.raises(ValueError, match="subject"):
        route("extra", "extra", permission, listing=listing)


def test_permissions_stand_in_the_order_of_the_alphabet() -> None:
    assert [item.name for item in Permission] == sorted(item.name for item in Permission)
    assert [item.value for item in Permission] == [item.name.lower().replace("_", ":") for item in Permission]


def test_every_permission_of_the_table_is_given_to_somebody() -> None:
    given = set().union(*OF_ROLE.values())

    assert {item for item in Permission if item.scope in ("nation", "region")} == given
