"""Who proposed a bundle of public texts as a file: the audit log alone knows."""

from datetime import datetime

from fangbang.audit.queries import entries
from fangbang.release.rules import pages_subject


def pages_proposers(bundle: str, since: datetime) -> frozenset[str]:
    """The operators who proposed this bundle (its SHA-256) since a moment."""
    return frozenset(entry.actor.id for entry in entries(subject=pages_subject(bundle)) if entry.at >= since)
