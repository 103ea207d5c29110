"""What the office knows of the query nodes, for its own pages and for whoever starts it."""

from functools import cache

from django.conf import settings

from fangbang.office.watch.collector import Collector, addresses_of


@cache
def watching() -> Collector:
    """The collector of this process, gathering since somebody first asked for it."""
    made = Collector(addresses_of(settings.NODES))
    made.start()
    return made
