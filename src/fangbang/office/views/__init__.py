"""One file of views a subject. Importing this package enters every route."""

from fangbang.office.views import account, enrolment, entrance, home, releases, signing, staff, system

__all__ = ["account", "enrolment", "entrance", "home", "releases", "signing", "staff", "system"]
