"""Django's handle of this stage."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The audit stage."""

    name = "fangbang.audit"
    label = "audit"
