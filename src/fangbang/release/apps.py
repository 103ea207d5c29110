"""Django's handle of this stage, and its ear on what earlier stages do."""

from typing import Any

from django.apps import AppConfig


class ReleaseConfig(AppConfig):
    """The release stage."""

    name = "fangbang.release"
    label = "release"

    def ready(self) -> None:
        """An edit of a sitting's inputs voids the approvals of its releases, in the same transaction."""
        from fangbang.audit.actions import recorded

        recorded.connect(_on_recorded, dispatch_uid="release.void")


def _on_recorded(entry: Any, **_: object) -> None:
    from fangbang.release.actions import void_after

    void_after(entry=entry)
