"""The node's metrics, read from shared memory by the supervisor and served on a port of their own."""

from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from fangbang.lookup.alarms import Alarms
from fangbang.lookup.answers import State
from fangbang.lookup.counters import Counter, Counters, Gauge
from fangbang.lookup.exchange import Exchange
from fangbang.lookup.held import Held
from fangbang.lookup.prober import Prober

_COUNTERS = {
    Counter.PAGES: ("fangbang_lookup_pages", "Pages served"),
    Counter.STATIC: ("fangbang_lookup_static", "Static files served"),
    Counter.CHALLENGES: ("fangbang_lookup_challenges", "Proof-of-work salts issued on their own"),
    Counter.IMAGES: ("fangbang_lookup_images", "Riddles issued (an image, a voice)"),
    Counter.VOICES: ("fangbang_lookup_voices", "Voices of riddles asked for"),
    Counter.RIDDLES_RIGHT: ("fangbang_lookup_riddles_right", "Riddles solved"),
    Counter.RIDDLES_WRONG: ("fangbang_lookup_riddles_wrong", "Riddles answered wrongly, late or twice"),
    Counter.ERRORS: ("fangbang_lookup_errors", "Requests that failed unexpectedly"),
    Counter.RECORDS: ("fangbang_lookup_access_records", "Access records written"),
    Counter.BOARDS: ("fangbang_lookup_boards", "Boards accepted"),
    Counter.BOARDS_REFUSED: ("fangbang_lookup_boards_refused", "Boards refused: signature, form or counter"),
    Counter.BUNDLES_REFUSED: (
        "fangbang_lookup_bundles_refused",
        "Page bundles refused: signature, counter, hash or form",
    ),
    Counter.KEYS_REFUSED: ("fangbang_lookup_keys_refused", "Keys refused: early, wrong, or a check failed"),
}
_GAUGES = {
    Gauge.BOARD_COUNTER: ("fangbang_lookup_board_counter", "Lowest board counter among the workers"),
    Gauge.SWITCHES: ("fangbang_lookup_switches", "Lowest number of the orders that moved a switch among the workers"),
    Gauge.PAGES_COUNTER: ("fangbang_lookup_pages_counter", "Lowest counter of the page bundle among the workers"),
    Gauge.SITTINGS_OPEN: ("fangbang_lookup_sittings_open", "Fewest sittings open among the workers"),
    Gauge.SNAPSHOTS_READY: ("fangbang_lookup_snapshots_ready", "Fewest verified snapshots among the workers"),
}


class NodeCollector(Collector):
    """Sums the workers' rows at each scrape."""

    def __init__(
        self,
        counters: Counters,
        now: Callable[[], float],
        images: Callable[[], int],
        alarms: Alarms,
        exchange: Exchange | None = None,
        prober: Prober | None = None,
        held: Callable[[list[int]], Mapping[Held, tuple[int, int]]] = lambda _: {},
    ) -> None:
        """`images` tells how many are ready to be shown, `held` what workers (by process id) hold."""
        self._counters = counters
        self._now = now
        self._images = images
        self._alarms = alarms
        self._exchange = exchange
        self._prober = prober
        self._held = held

    def collect(self) -> Iterator[Metric]:
        rows, living = self._counters.rows(), self._counters.living()
        answers = CounterMetricFamily("fangbang_lookup_answers", "Answers of the query by state", labels=["state"])
        for state in State:
            answers.add_metric([state.word], sum(row[state] for row in rows))
        yield answers
        for column, (name, text) in _COUNTERS.items():
            yield CounterMetricFamily(name, text, value=sum(row[column] for row in rows))
        yield GaugeMetricFamily("fangbang_lookup_workers", "Workers that run", value=len(living))
        for gauge, (name, text) in _GAUGES.items():
            yield GaugeMetricFamily(name, text, value=min((row[gauge] for row in living), default=0))
        issued = min((row[Gauge.BOARD_ISSUED] for row in living), default=0)
        age = self._now() - issued if issued else float("inf")
        yield GaugeMetricFamily("fangbang_lookup_board_age_seconds", "Age of the oldest board in use", value=age)
        yield GaugeMetricFamily("fangbang_lookup_images_ready", "Images ready to be shown", value=self._images())
        lag = max((row[Gauge.LAG_MICROSECONDS] for row in living), default=0) / 1e6
        yield GaugeMetricFamily("fangbang_lookup_loop_lag_seconds", "Longest event-loop lag seen lately", value=lag)
        yield from self._warnings()
        yield from _snapshots(self._held([row[Gauge.PID] for row in living]))
        if self._prober is not None:
            yield from _probed(self._prober)
        if self._exchange is not None:
            yield from _exchanged(self._exchange)

    def _warnings(self) -> Iterator[Metric]:
        alarms = self._alarms
        standing = GaugeMetricFamily("fangbang_lookup_alarm", "Whether an alarm stands", labels=["kind"])
        raised = CounterMetricFamily("fangbang_lookup_alarms", "Alarms raised", labels=["kind"])
        figures = GaugeMetricFamily("fangbang_lookup_watched", "What alarms are judged by", labels=["figure"])
        for kind, times in alarms.raised.items():
            standing.add_metric([kind], kind in alarms.standing)
            raised.add_metric([kind], times)
        for name, value in alarms.figures.items():
            figures.add_metric([name], value)
        yield from (standing, raised, figures)
        text = "Bits that every query pays on top"
        yield GaugeMetricFamily("fangbang_lookup_surcharge_bits", text, value=alarms.surcharge)


def _snapshots(held: Mapping[Held, tuple[int, int]]) -> Iterator[Metric]:
    labels = ["sitting", "snapshot", "header", "root"]
    ready = GaugeMetricFamily("fangbang_lookup_snapshot_workers", "Workers that verified a snapshot", labels=labels)
    answering = GaugeMetricFamily("fangbang_lookup_snapshot_open", "Workers that answer from a snapshot", labels=labels)
    for item, (holding, opened) in held.items():
        values = [item.sitting, item.snapshot, item.header, item.root]
        ready.add_metric(values, holding)
        answering.add_metric(values, opened)
    yield from (ready, answering)


def _probed(prober: Prober) -> Iterator[Metric]:
    text = "How long the node took to answer itself, over the last minute"
    took = GaugeMetricFamily("fangbang_lookup_probe_seconds", text, labels=["quantile"])
    for part, seconds in prober.quantiles((0.5, 0.99)).items():
        took.add_metric([str(part)], seconds)
    yield took
    yield CounterMetricFamily("fangbang_lookup_probe_failures", "Times it did not answer", value=prober.failures)


def _exchanged(exchange: Exchange) -> Iterator[Metric]:
    text = "Whether the store of shared limits answers"
    yield GaugeMetricFamily("fangbang_lookup_limits_store_up", text, value=exchange.is_up)
    text = "Exchanges of counts that failed"
    yield CounterMetricFamily("fangbang_lookup_limits_store_failures", text, value=exchange.failures)
    text = "Nodes that share the limits"
    yield GaugeMetricFamily("fangbang_lookup_limits_nodes", text, value=exchange.nodes)


def registry(collector: NodeCollector) -> CollectorRegistry:
    """A registry with this node's collector only."""
    made = CollectorRegistry()
    made.register(collector)
    return made
