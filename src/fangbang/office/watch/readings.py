"""One node at one moment, out of the text of its `/metrics`."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from prometheus_client.parser import text_string_to_metric_families

from fangbang.core.errors import FangbangError, Kind, Problem

NO_METRICS = Problem(
    "office.no-metrics",
    Kind.UNAVAILABLE,
    zh="节点 {node} 的指标无法解读",
    en="The metrics of node {node} cannot be read",
)
_PREFIX = "fangbang_lookup_"


@dataclass(frozen=True, order=True)
class Held:
    """A snapshot that a node holds: ids and hashes in hex, `open` if it answers from it."""

    sitting: str
    snapshot: str
    header: str
    root: str
    open: bool = False


@dataclass(frozen=True)
class Reading:
    """What a node says. `answers`: state of the query → how often since the node started."""

    answers: Mapping[str, int]
    workers: int = 0
    board: int = 0
    """Counter of the board that its slowest worker follows."""
    board_age: float = 0.0
    """Seconds; infinite before it saw one."""
    switches: int = 0
    lag: float = 0.0
    """Seconds that a request waits for the loop."""
    waits: Mapping[str, float] = field(default_factory=dict)
    """Quantile → seconds that the node took to answer itself in the last minute."""
    errors: int = 0
    challenges: int = 0
    surcharge: int = 0
    alarms: tuple[str, ...] = ()
    held: tuple[Held, ...] = ()


def reading_of(node: str, text: str) -> Reading:
    """The reading in a scrape; UNAVAILABLE if this is no node's."""
    plain: dict[str, float] = {}
    answers: dict[str, int] = {}
    waits: dict[str, float] = {}
    alarms: list[str] = []
    ready: dict[tuple[str, str, str, str], float] = {}
    opened: dict[tuple[str, str, str, str], float] = {}
    try:
        for family in text_string_to_metric_families(text):
            name = family.name.removeprefix(_PREFIX)
            for _, labels, value, *_ in family.samples:
                if name == "answers":
                    answers[labels["state"]] = int(value)
                elif name == "probe_seconds":
                    waits[labels["quantile"]] = value
                elif name == "alarm":
                    alarms += [labels["kind"]] * bool(value)
                elif name in ("snapshot_workers", "snapshot_open"):
                    key = labels["sitting"], labels["snapshot"], labels["header"], labels["root"]
                    (ready if name == "snapshot_workers" else opened)[key] = value
                elif not labels:
                    plain[name] = value
        return Reading(
            answers=answers,
            workers=int(plain["workers"]),
            board=int(plain["board_counter"]),
            board_age=plain["board_age_seconds"],
            switches=int(plain["switches"]),
            lag=plain["loop_lag_seconds"],
            waits=waits,
            errors=int(plain["errors"]),
            challenges=int(plain["challenges"]),
            surcharge=int(plain["surcharge_bits"]),
            alarms=tuple(sorted(alarms)),
            held=tuple(sorted(Held(*key, open=opened.get(key, 0) > 0) for key in ready)),
        )
    except (ValueError, KeyError, OverflowError) as error:
        raise FangbangError(NO_METRICS, node=node) from error
