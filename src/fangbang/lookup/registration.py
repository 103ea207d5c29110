"""Tells the keeper of a worker: its public key and what it runs. Repeated, since either side may restart."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from fangbang import __version__
from fangbang.core.canonical import content_hash
from fangbang.core.errors import FangbangError
from fangbang.lookup.config import NodeConfig
from fangbang.lookup.presence import Presence
from fangbang.snapshot.board import register
from fangbang.snapshot.reader import Snapshot


class Registrar:
    """Registers one worker with the keeper's socket."""

    def __init__(self, config: NodeConfig, worker: str, public: X25519PublicKey, log: Callable[..., Any]) -> None:
        self._config = config
        self._worker = worker
        self._public = public
        self._log = log
        self._quiet = False
        # Before the keeper hears of it: from now on its node sees whether it lives.
        self._presence = Presence(config.presence, worker)

    def report(self, prepared: Sequence[Snapshot]) -> dict[str, Any]:
        """What the release gate compares between nodes: snapshots, code and configuration."""
        budgets = self._config.budgets
        return {
            "code_version": __version__,
            "config_hash": content_hash({"budgets": {name: str(value) for name, value in vars(budgets).items()}}),
            "trust_hash": hashlib.sha256(self._config.trust.read_bytes()).hexdigest(),
            "snapshots": sorted(snapshot.header_sha256 for snapshot in prepared),
        }

    def register(self, prepared: Sequence[Snapshot]) -> bool:
        """One try with each keeper; False if none took it. Keepers that are silent are logged once."""
        public, name, report = self._public, self._config.name, self.report(prepared)
        failed = refusals(self._config, lambda path: register(path, self._worker, name, public, report))
        if failed and not self._quiet:
            self._log("keeper does not answer", code=", ".join(sorted(set(failed))))
        self._quiet = bool(failed)
        return len(failed) < len(keepers(self._config))


def keepers(config: NodeConfig) -> list[Path]:
    """The sockets of all keepers that this node knows."""
    return [path for path in (config.keeper_socket, config.other_keeper) if path is not None]


def refusals(config: NodeConfig, ask: Callable[[Path], Mapping[str, Any]]) -> list[str]:
    """Ask every keeper; the codes of those that said no, or nothing."""
    return [code for path in keepers(config) if (code := _refusal(path, ask))]


def _refusal(path: Path, ask: Callable[[Path], Mapping[str, Any]]) -> str:
    try:
        answer = ask(path)
    except FangbangError as error:
        return error.code
    return "" if answer.get("ok", "error" not in answer) else str(answer.get("code", "refused"))
