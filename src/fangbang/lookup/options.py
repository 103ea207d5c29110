"""Budgets, thresholds and the shared store of a node, from the settings."""

from collections.abc import Sequence
from hashlib import sha256
from ipaddress import ip_network
from pathlib import Path

import redis

from fangbang.core.errors import FangbangError
from fangbang.core.settings import BAD_SETTING, Settings
from fangbang.lookup.alarms import Thresholds
from fangbang.lookup.config import Store
from fangbang.lookup.limits import Budgets

_MANY = 1_000_000_000
_KEY_BYTES = 32


def budgets(settings: Settings, bits: int | None, persons: int | None, wide: Sequence[str]) -> Budgets:
    """What one window allows; options of the command line go before settings."""
    bits = settings.number("LIMIT_BITS", most=20) if bits is None else bits
    persons = settings.number("LIMIT_PERSONS", least=1, most=_MANY) if persons is None else persons
    failures = settings.number("LIMIT_FAILURES", least=1, most=_MANY)
    return Budgets(
        bits=bits,
        top_bits=max(bits, settings.number("LIMIT_TOP_BITS", most=24)),
        prefix_persons_soft=max(1, persons // 10),
        prefix_persons_hard=persons,
        prefix_failures=max(1, failures // 5),
        prefix_failures_hard=failures,
        person_failures=settings.number("LIMIT_PERSON_FAILURES", least=1, most=_MANY),
        pair_failures=settings.number("LIMIT_PAIR_FAILURES", least=1, most=_MANY),
        network_factor=settings.number("LIMIT_NETWORK_FACTOR", least=1, most=1 << 16),
        wide=tuple(wide) or _networks(settings),
        wide_factor=settings.number("LIMIT_WIDE_FACTOR", least=1, most=1 << 16),
    )


def _networks(settings: Settings) -> tuple[str, ...]:
    try:
        named = [part.strip() for part in settings.values["LIMIT_WIDE_NETWORKS"].split(",") if part.strip()]
        return tuple(str(ip_network(name)) for name in named)
    except ValueError:
        choices = "10.0.0.0/8,2001:db8::/32"
        raise FangbangError(BAD_SETTING, name="FANGBANG_LIMIT_WIDE_NETWORKS", choices=choices) from None


def thresholds(settings: Settings) -> Thresholds:
    """When alarms sound."""
    return Thresholds(
        failures=settings.number("ALARM_FAILURES", least=1),
        failure_percent=settings.number("ALARM_FAILURE_PERCENT", least=1, most=100),
        persons=settings.number("ALARM_PERSONS", least=1),
        sequence=settings.number("ALARM_SEQUENCE", least=1),
        refusals=settings.number("ALARM_REFUSALS", least=1),
    )


def shared_limits(settings: Settings) -> tuple[Store | None, bytes]:
    """(the store or None, the key that all nodes share or nothing). One without the other is an error."""
    url, file = settings.values["LIMITS_STORE"], settings.values["LIMITS_KEY_FILE"]
    nodes = settings.number("LIMITS_NODES", least=1, most=255)
    if not url:
        return None, b""
    try:
        redis.Redis.from_url(url).close()
    except ValueError:
        choices = "redis://…, rediss://…, unix://…"
        raise FangbangError(BAD_SETTING, name="FANGBANG_LIMITS_STORE", choices=choices) from None
    try:
        secret = Path(file).read_bytes() if file else b""
    except OSError:
        secret = b""
    if len(secret) < _KEY_BYTES:
        raise FangbangError(BAD_SETTING, name="FANGBANG_LIMITS_KEY_FILE", choices="≥ 32 bytes")
    return Store(url, nodes), sha256(b"fangbang limits" + secret).digest()
