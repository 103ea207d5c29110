"""What a supervisor does beside its workers: draw, watch, exchange counts, tell of workers that are gone."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

from fangbang.core.clock import Clock
from fangbang.lookup.artist import Artist
from fangbang.lookup.config import NodeConfig
from fangbang.lookup.counters import Counters
from fangbang.lookup.counting import CountTable
from fangbang.lookup.departures import Departures
from fangbang.lookup.exchange import Exchange
from fangbang.lookup.held import held
from fangbang.lookup.images import ImagePool
from fangbang.lookup.metrics import NodeCollector
from fangbang.lookup.prober import Prober
from fangbang.lookup.watchman import Watchman


@contextmanager
def background(
    config: NodeConfig, clock: Clock, log: Callable[..., Any], counters: Counters, pool: ImagePool, prober: Prober
) -> Iterator[NodeCollector]:
    """Everything runs while the block does. Yields what the metrics are read from."""

    def now() -> float:
        return clock.now().timestamp()

    table = CountTable(config.limits_file, config.limit_slots)
    with ExitStack() as stack:
        artist = Artist(config.images_file, config.image_capacity, config.keys.images, log)
        watchman = Watchman(counters, table, config.thresholds, log)
        exchange = None
        if config.store:
            others = CountTable(config.others_file, config.limit_slots)
            exchange = Exchange(
                config.store.url, config.name, config.store.nodes, config.touched_socket, table, others, now, log
            )
        # The last to start is the first to stop, while nothing else of the node needs time to end.
        for part in (artist, watchman, exchange, prober, Departures(config, log)):
            if part is not None:
                part.start()
                stack.callback(part.stop)
        yield NodeCollector(
            counters, now, lambda: pool.ready, watchman.alarms, exchange, prober, partial(held, config.shared)
        )
