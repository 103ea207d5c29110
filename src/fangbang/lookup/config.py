"""What a worker is told by its supervisor: paths, budgets and the node's own keys. Travels by pipe, never by disk."""

import secrets
from dataclasses import dataclass, field
from pathlib import Path

from fangbang.lookup.alarms import Thresholds
from fangbang.lookup.limits import Budgets

LIMIT_SLOTS = 1 << 20


@dataclass(frozen=True)
class NodeKeys:
    """Random keys of one node's lifetime (32 bytes each): salts, limits, images."""

    salts: bytes
    limits: bytes
    images: bytes

    @staticmethod
    def draw(limits: bytes = b"") -> "NodeKeys":
        """Fresh keys; `limits` (32 bytes) is given where nodes share their counts."""
        return NodeKeys(secrets.token_bytes(32), limits or secrets.token_bytes(32), secrets.token_bytes(32))

    def __repr__(self) -> str:
        return "NodeKeys(…)"


@dataclass(frozen=True)
class Store:
    """Where nodes exchange counts: a Redis-protocol URL (it may hold a password), and how many nodes there are."""

    url: str
    nodes: int

    def __repr__(self) -> str:
        return "Store(…)"


@dataclass(frozen=True)
class NodeConfig:
    """One lookup node. `state` is kept over restarts (highest counter, access records); `shared` is not."""

    name: str
    public: Path
    keeper_socket: Path
    trust: Path
    state: Path
    shared: Path
    workers: int
    keys: NodeKeys
    budgets: Budgets = field(default_factory=Budgets)
    thresholds: Thresholds = field(default_factory=Thresholds)
    store: Store | None = None
    other_keeper: Path | None = None
    """The second keeper's socket, where there are two."""
    exams: Path | None = None
    demo: Path | None = None
    trusted_proxies: tuple[str, ...] = ()
    image_capacity: int = 50_000
    poll_seconds: float = 0.2
    overload_seconds: float = 0.75
    limit_slots: int = LIMIT_SLOTS

    @property
    def presence(self) -> Path:
        """Where each worker's sign of life lies: kept, since a node that lost its power tells of its dead at its next
        start."""
        return self.state / "presence"

    @property
    def counters_file(self) -> Path:
        return self.shared / "counters"

    @property
    def limits_file(self) -> Path:
        return self.shared / "limits"

    @property
    def others_file(self) -> Path:
        """What other nodes counted."""
        return self.shared / "others"

    @property
    def touched_socket(self) -> Path:
        """Where workers name the keys they touched."""
        return self.shared / "touched"

    @property
    def images_file(self) -> Path:
        return self.shared / "images"
