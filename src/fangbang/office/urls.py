"""Addresses of the office: nothing but the declared routes."""

from fangbang.office import views
from fangbang.office.routes import urlpatterns as declared

__all__ = ["handler404", "handler500", "urlpatterns", "views"]

urlpatterns = declared()
handler404 = "fangbang.office.middleware.not_found"
handler500 = "fangbang.office.middleware.crashed"
