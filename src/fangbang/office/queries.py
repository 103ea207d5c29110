"""What the office knows of the query nodes and the keepers, for its own pages and for whoever starts it."""

from functools import cache
from pathlib import Path

from django.conf import settings

from fangbang.office.watch.asking import KeeperWatch
from fangbang.office.watch.collector import Collector, addresses_of
from fangbang.project.keeping import keeper_sockets


@cache
def watching() -> Collector:
    """The collector of this process, gathering since somebody first asked for it."""
    made = Collector(addresses_of(settings.NODES))
    made.start()
    return made


def watching_keepers() -> KeeperWatch:
    """The watch over the keepers that the settings name."""
    return _keepers(tuple(keeper_sockets(settings.LAYOUT)))


@cache
def _keepers(sockets: tuple[Path, ...]) -> KeeperWatch:
    return KeeperWatch(sockets)
