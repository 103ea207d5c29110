"""Tells the keeper of a worker: its public key and what it runs. Repeated, since either side may restart."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from fangbang import __version__
from fangbang.core.canonical import content_hash
from fangbang.core.errors import FangbangError
from fangbang.lookup.config import NodeConfig
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
        sockets = [path for path in (self._config.keeper_socket, self._config.other_keeper) if path is not None]
        failed = [code for path in sockets if (code := self._refused(path, prepared))]
        if failed and not self._quiet:
            self._log("keeper does not answer", code=", ".join(sorted(set(failed))))
        self._quiet = bool(failed)
        return len(failed) < len(sockets)

    def _refused(self, path: Path, prepared: Sequence[Snapshot]) -> str:
        """The code of what one keeper said or of its silence; "" if it took the worker."""
        try:
            answer = register(path, self._worker, self._config.name, self._public, self.report(prepared))
        except FangbangError as error:
            return error.code
        return "" if answer.get("ok", "error" not in answer) else str(answer.get("code", "refused"))
