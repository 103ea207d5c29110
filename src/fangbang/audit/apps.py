"""Django's handle of this stage, and what happens around a change of tables."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class AuditConfig(AppConfig):
    """The audit stage."""

    name = "fangbang.audit"
    label = "audit"

    def ready(self) -> None:
        pre_migrate.connect(_before_migration, sender=self, dispatch_uid="audit-seals")
        post_migrate.connect(_after_migration, sender=self, dispatch_uid="audit-seals")


def _before_migration(using: str, plan: Any = (), **_: Any) -> None:
    from django.db import connections

    from fangbang.audit.upgrading import before_migration

    before_migration(connections[using], plan)


def _after_migration(using: str, plan: Any = (), **_: Any) -> None:
    from django.db import connections

    from fangbang.audit.upgrading import after_migration

    after_migration(connections[using], plan)
