"""Addresses of the office: nothing but the declared routes."""

from fangbang.office import jobs, views
from fangbang.office.routes import urlpatterns as declared

__all__ = ["handler404", "handler500", "jobs", "urlpatterns", "views"]

urlpatterns = declared()
handler404 = "fangbang.office.middleware.not_found"
handler500 = "fangbang.office.middleware.crashed"
