"""One file of jobs a subject, as with `views`. Importing this package enters every kind."""

from fangbang.office.jobs import releasing

__all__ = ["releasing"]
