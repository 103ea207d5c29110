"""Who proposed a bundle of public texts as a file: the audit log alone knows."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fangbang.audit.queries import entries
from fangbang.audit.rules import Entry, decode_details
from fangbang.release.rules import pages_subject


def pages_proposers(order: Mapping[str, Any], replaces: str, since: datetime) -> frozenset[str]:
    """The operators who proposed since a moment that this order be carried out in place of the bundle `replaces`. Once
    it is, another counter follows, and the proposal is over; and so it is once anything else was published."""
    wanted = {"counter": order["counter"], "replaces": replaces}

    def fits(entry: Entry) -> bool:
        told = decode_details(entry.details)
        return entry.at >= since and {name: told.get(name) for name in wanted} == wanted

    return frozenset(entry.actor.id for entry in entries(subject=pages_subject(order["bundle"])) if fits(entry))
