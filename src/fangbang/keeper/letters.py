"""What workers get: who may register, and the envelopes that only they can open.

One worker's bad key or one release's lost key must not keep the others from theirs at T.
"""

import base64
import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from fangbang.core.errors import FangbangError
from fangbang.keeper.custody import Custody
from fangbang.keeper.problems import BAD_COMMAND
from fangbang.keeper.sealing import Secrets, sentinels
from fangbang.keeper.state import Sealed, Worker
from fangbang.snapshot.board import KeyLetter, seal_envelope

_NAME = re.compile(r"[!-~]{1,100}")
_EMPTY_LETTER = KeyLetter("00" * 16, "", "", ())


def worker_of(request: Mapping[str, Any], seen_at: str) -> Worker:
    """The worker that a request registers. Its name is printable ASCII, and a letter to its key can be sealed."""
    try:
        entry = msgspec.convert({**request, "seen_at": seen_at, "left": False}, Worker)
        # What cannot be written (a lone surrogate) must not come into the state: no later save would succeed.
        msgspec.json.encode(entry)
        if not (_NAME.fullmatch(entry.worker) and _NAME.fullmatch(entry.node)):
            raise FangbangError(BAD_COMMAND, reason="register")
        # A point of low order is a well-formed key that no letter can be sealed to.
        seal_envelope(_EMPTY_LETTER, entry.worker, _public(entry))
    except (msgspec.ValidationError, ValueError, InvalidTag) as error:
        raise FangbangError(BAD_COMMAND, reason="register") from error
    return entry


def _public(worker: Worker) -> X25519PublicKey:
    return X25519PublicKey.from_public_bytes(bytes.fromhex(worker.public_key))


class Letters:
    """Envelopes by worker and release. HPKE is randomised: one that was made stays until the worker's key changes."""

    def __init__(self, custody: Custody) -> None:
        self._custody = custody
        self._made: dict[tuple[str, str, str], str] = {}

    def envelope(self, worker: Worker, item: Sealed) -> str:
        """Base64. Raises if the keys of the release are lost."""
        key = (worker.worker, worker.public_key, item.snapshot_id)
        if key not in self._made:
            secrets = Secrets(
                self._custody.get(f"release-{item.snapshot_id}"),
                bytes.fromhex(item.snapshot_id),
                self._custody.get(f"pepper-{item.sitting}"),
                item.sitting,
            )
            letter = KeyLetter(item.snapshot_id, secrets.release_key.hex(), secrets.pepper.hex(), sentinels(secrets))
            self._made[key] = base64.b64encode(seal_envelope(letter, worker.worker, _public(worker))).decode()
        return self._made[key]

    def all(
        self, workers: Iterable[Worker], published: list[Sealed]
    ) -> tuple[dict[str, dict[str, str]], dict[str, str]]:
        """(worker → snapshot → envelope, what failed → its problem's code)."""
        envelopes: dict[str, dict[str, str]] = {}
        failed: dict[str, str] = {}
        for worker in workers:
            envelopes[worker.worker] = {}
            for item in published:
                try:
                    envelopes[worker.worker][item.snapshot_id] = self.envelope(worker, item)
                except FangbangError as error:
                    failed[item.release] = error.code
                except ValueError:
                    failed[worker.worker] = BAD_COMMAND.code
        return envelopes, failed
