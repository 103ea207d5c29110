"""One file of jobs a subject, as with `views`. Importing this package enters every kind."""

from fangbang.office.jobs import exporting, intaking, lining, releasing

__all__ = ["exporting", "intaking", "lining", "releasing"]
