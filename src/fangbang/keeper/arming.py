"""Officers act together: each gives their part for one and the same act; with the last one needed it is done.

A production keeper starts disarmed. Until k officers have given their parts it answers nothing but who they are; then
it opens its keys and serves. Stopped or killed, it is disarmed again. The same way an armed keeper is told to go on
alone, to take the lead, to pair or to change its people: nobody's part is kept, each act needs k officers anew.
"""

import asyncio
import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from fangbang.core.canonical import canonical_json
from fangbang.core.clock import Clock
from fangbang.core.errors import FangbangError
from fangbang.keeper.answers import refusal
from fangbang.keeper.problems import BAD_COMMAND, DISARMED
from fangbang.keeper.quorum import Quorum, check_part
from fangbang.keeper.wrapped import Keyring

ARM = "arm"
GATHERED_FOR = timedelta(minutes=10)
"""Parts for an act are forgotten after this: officers act together, not one in spring and one in autumn."""


@dataclass
class Gathering:
    """Parts that came in, by act."""

    clock: Clock
    _given: dict[bytes, dict[str, tuple[bytes, datetime]]] = field(default_factory=dict)

    def add(self, quorum: Quorum, act: Mapping[str, Any], officer: str, part: bytes) -> dict[str, bytes] | None:
        """The parts, once enough different officers have given theirs; None before. REFUSED for a wrong part."""
        check_part(quorum, officer, part)
        now, key = self.clock.now(), canonical_json(dict(act))
        parts = {
            name: (known, at)
            for name, (known, at) in self._given.get(key, {}).items()
            if timedelta(0) <= now - at <= GATHERED_FOR and name in quorum.checks
        }
        parts[officer] = (part, now)
        self._given[key] = parts
        if len(parts) < quorum.needed:
            return None
        del self._given[key]
        return {name: known for name, (known, _) in parts.items()}

    def officers(self, act: Mapping[str, Any]) -> list[str]:
        """Who has given a part for this act so far."""
        return sorted(self._given.get(canonical_json(dict(act)), {}))


def read_part(request: Mapping[str, Any]) -> tuple[dict[str, Any], str, bytes]:
    """(act, officer, part) of a request; INPUT if it is none."""
    act, officer, part = request.get("act"), request.get("officer"), request.get("part")
    try:
        if not (isinstance(act, dict) and isinstance(act.get("do"), str) and isinstance(officer, str)):
            raise FangbangError(BAD_COMMAND, reason="act")
        canonical_json(act)
        return act, officer, bytes.fromhex(str(part))
    except (ValueError, TypeError, RecursionError):
        raise FangbangError(BAD_COMMAND, reason="part") from None


def told(quorum: Quorum, gathering: Gathering, act: Mapping[str, Any], done: bool) -> dict[str, Any]:
    """The answer to one officer."""
    given = [] if done else gathering.officers(act)
    return {"act": act["do"], "done": done, "given": given, "needed": quorum.needed}


class ArmingServer:
    """The keeper before it is armed: on the same socket, with nothing to give away."""

    def __init__(self, keyring: Keyring, path: Path, clock: Clock, log: Callable[..., None]) -> None:
        self._keyring, self._path, self._log = keyring, path, log
        self._gathering = Gathering(clock)
        self._armed: asyncio.Future[dict[str, bytes]] | None = None

    async def parts(self, ready: Callable[[], None] = lambda: None) -> dict[str, bytes]:
        """Serve until k officers gave their parts; those."""
        self._armed = asyncio.get_running_loop().create_future()
        self._path.unlink(missing_ok=True)
        previous = os.umask(0o177)
        try:
            server = await asyncio.start_unix_server(self._connection, self._path)
        finally:
            os.umask(previous)
        try:
            async with server:
                ready()
                found = await self._armed
                await asyncio.sleep(0)  # the last officer's answer is on its way
                return found
        finally:
            self._path.unlink(missing_ok=True)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found: dict[str, bytes] | None = None
        with suppress(ConnectionError, ValueError, asyncio.LimitOverrunError):
            while line := await reader.readline():
                answer, found = self._answer(line)
                writer.write(json.dumps(answer, ensure_ascii=False).encode() + b"\n")
                await writer.drain()
                if found is not None:
                    break
        if found is not None and self._armed is not None and not self._armed.done():
            self._armed.set_result(found)
        with suppress(ConnectionError):
            writer.close()

    def _answer(self, line: bytes) -> tuple[dict[str, Any], dict[str, bytes] | None]:
        try:
            request = msgspec.json.decode(line)
            command = request.get("command") if isinstance(request, dict) else None
            if command == "status":
                return {"ok": True, **self._status()}, None
            if command == "officers":
                return {"ok": True, "keyring": msgspec.to_builtins(self._keyring)}, None
            if command != "act":
                raise FangbangError(DISARMED)
            act, officer, part = read_part(request)
            if act != {"do": ARM}:
                raise FangbangError(DISARMED)
            found = self._gathering.add(self._keyring.officers, act, officer, part)
            self._log("officer gave a part", act=ARM)
            return {"ok": True, **told(self._keyring.officers, self._gathering, act, found is not None)}, found
        except (msgspec.DecodeError, RecursionError, FangbangError) as error:
            known = error if isinstance(error, FangbangError) else FangbangError(BAD_COMMAND, reason="JSON")
            return refusal(known), None

    def _status(self) -> dict[str, Any]:
        officers = self._keyring.officers
        return {
            "keeper": self._keyring.keeper,
            "custody": "production",
            "armed": False,
            "needed": officers.needed,
            "given": self._gathering.officers({"do": ARM}),
        }
