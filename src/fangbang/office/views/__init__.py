"""One file of views a subject. Importing this package enters every route."""

from fangbang.office.views import account, enrolment, entrance, home, opening, releases, signing, staff, steps, system

__all__ = ["account", "enrolment", "entrance", "home", "opening", "releases", "signing", "staff", "steps", "system"]
