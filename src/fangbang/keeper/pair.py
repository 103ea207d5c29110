"""Two keepers, either of which posts at T.

One leads: it takes orders, and answers one only when the other has it too, with the keys. What follows from orders and
time, both do by themselves, so that at T nothing has to be noticed, elected or handed over: whoever lives posts. A
withdrawal is taken by either at once. If the other is gone, officers let the leading one go on alone, or make the
standby lead; a keeper that comes back takes up what it missed.
"""

import asyncio
import hashlib
import json
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from fangbang.core.canonical import length_prefixed
from fangbang.core.clock import Clock, to_wire
from fangbang.core.errors import FangbangError
from fangbang.core.files import write_durably
from fangbang.keeper import link
from fangbang.keeper.answers import refusal
from fangbang.keeper.arming import ARM, Gathering, read_part, told
from fangbang.keeper.link import Card
from fangbang.keeper.merging import digest, merged, rank, secrets_of
from fangbang.keeper.problems import BAD_COMMAND, NOT_ALONE, NOT_PAIRED, PEER_AWAY, STANDBY, UNCONFIRMED
from fangbang.keeper.quorum import Person, unwrap
from fangbang.keeper.roster import newest
from fangbang.keeper.service import Keeper
from fangbang.keeper.state import State, Worker
from fangbang.keeper.wrapped import WrappedCustody
from fangbang.snapshot.board import anchor_document

Answer = dict[str, Any]
ORDERS = ("seal", "schedule", "pages")
CLOSING = ("withdraw", "switch")
"""What closes something may not wait for the other keeper: either takes it."""
GREET_EVERY = 1.0
"""Seconds between two greetings."""


class Pair:
    """One keeper's side. `before` and `after` stand around every command of its socket (`server.Partner`)."""

    def __init__(
        self,
        keeper: Keeper,
        custody: WrappedCustody,
        clock: Clock,
        log: Callable[..., None],
        listen: tuple[str, int] | None = None,
    ) -> None:
        self._keeper, self._custody, self._log, self._listen = keeper, custody, log, listen
        self._gathering = Gathering(clock)
        self._changed = asyncio.Event()
        self._speaking = asyncio.Lock()
        self._known: Card | None = None
        self._clock = clock
        self._armed_by: Answer | None = None
        self._context: ssl.SSLContext | None = None
        self.in_step = False
        """Whether the last greeting was answered and both know the same."""
        self.commands: dict[str, Callable[[Answer], Awaitable[Answer]]] = {
            "officers": self._officers,
            "act": self._act,
            "acts": self._acts,
        }

    def armed(self, officers: Sequence[str]) -> None:
        """Enter who armed this process."""
        self._armed_by = {"officers": list(officers), "at": to_wire(self._clock.now())}
        self._keeper.note(ARM, officers)

    @property
    def _home(self) -> Path:
        return self._keeper.folders.home

    @property
    def peer(self) -> Card | None:
        """The other keeper, as officers confirmed it."""
        return msgspec.json.decode(self._custody.read("peer"), type=Card) if self._custody.holds("peer") else None

    # Around the socket's commands

    async def before(self, command: str) -> None:
        """Refuse an order that the other keeper could not be told of: nothing is decided then."""
        if command not in ORDERS:
            return
        state = self._keeper.state
        if not state.lead:
            raise FangbangError(NOT_PAIRED)
        if state.lead != self._keeper.name:
            raise FangbangError(STANDBY, primary=state.lead)
        if not state.alone:
            await self.sync()

    async def after(self, command: str, answer: Answer) -> None:
        """Have the other keeper know what was done, before anybody is told that it is done."""
        if command == "status":
            answer["pair"] = self._told()
        if command not in (*ORDERS, *CLOSING):
            return
        try:
            await self.sync()
        except FangbangError as error:
            if error.problem is not PEER_AWAY:
                raise
            if command not in CLOSING and not self._keeper.state.alone:
                raise FangbangError(UNCONFIRMED) from error
        answer["other_keeper"] = self.in_step

    def _told(self) -> Answer:
        peer, state = self.peer, self._keeper.state
        return {
            "keeper": self._keeper.name,
            "lead": state.lead,
            "alone": state.alone,
            "term": state.term,
            "decisions": state.decisions,
            "posted": state.posted,
            "peer": peer.keeper if peer else "",
            "in_step": self.in_step,
            "armed_by": self._armed_by,
        }

    # Officers' acts

    async def _officers(self, request: Answer) -> Answer:
        return {"keyring": msgspec.to_builtins(self._custody.keyring)}

    async def _acts(self, request: Answer) -> Answer:
        return {"acts": self._keeper.acts()}

    async def _act(self, request: Answer) -> Answer:
        act, officer, part = read_part(request)
        acts: dict[str, Callable[[Mapping[str, Any]], Awaitable[None]]] = {
            "pair": self._pair,
            "alone": self._go_alone,
            "lead": self._take_the_lead,
            "appoint": self._appoint,
        }
        if act["do"] not in acts:
            raise FangbangError(BAD_COMMAND, reason="act")
        quorum = self._custody.keyring.officers
        parts = self._gathering.add(quorum, act, officer, part)
        self._log("officer gave a part", act=act["do"])
        if parts is not None:
            unwrap(quorum, parts)
            await acts[act["do"]](act)
            self._keeper.note(_named(act), list(parts))
            self._log("officers' act done", act=act["do"])
        return told(quorum, self._gathering, act, parts is not None)

    async def _pair(self, act: Mapping[str, Any]) -> None:
        """Believe one other keeper; the public anchor names both from now on."""
        card = link.card_from(act.get("card"))
        if card.keeper == self._keeper.name:
            raise FangbangError(BAD_COMMAND, reason="card")
        own = msgspec.json.decode((self._home / link.CARD_FILE).read_bytes(), type=Card)
        self._custody.write("peer", msgspec.json.encode(card))
        both = sorted((own, card), key=lambda item: item.keeper)
        write_durably(self._keeper.folders.anchor, anchor_document(*(item.public for item in both)))
        if not self._keeper.state.lead:
            self._keeper.take_over(msgspec.structs.replace(self._keeper.state, lead="a"))
        self.in_step = False
        self._changed.set()

    async def _go_alone(self, act: Mapping[str, Any]) -> None:
        state = self._keeper.state
        if state.lead not in ("", self._keeper.name):
            raise FangbangError(STANDBY, primary=state.lead)
        if await self._reached():
            raise FangbangError(NOT_ALONE)
        self._turn(self._keeper.state, lead=self._keeper.name, alone=True)

    async def _take_the_lead(self, act: Mapping[str, Any]) -> None:
        if self._keeper.state.lead == self._keeper.name:
            return
        await self._reached()
        state = self._keeper.state
        self._turn(state, lead=self._keeper.name, term=state.term + 1, alone=True)
        await self._reached()

    async def _appoint(self, act: Mapping[str, Any]) -> None:
        try:
            officers = msgspec.convert(act.get("officers"), list[Person])
            custodians = msgspec.convert(act.get("custodians"), list[Person])
            needed = msgspec.convert(act.get("needed"), int)
        except msgspec.ValidationError as error:
            raise FangbangError(BAD_COMMAND, reason="appoint") from error
        self._custody.appoint(officers, needed, custodians)

    def _turn(self, state: State, **changes: object) -> None:
        self._keeper.take_over(msgspec.structs.replace(state, decisions=state.decisions + 1, **changes))

    async def _reached(self) -> bool:
        """Whether the other keeper answers; both know the same then."""
        if self.peer is None:
            return False
        try:
            await self.sync()
        except FangbangError as error:
            if error.problem is not PEER_AWAY:
                raise
            return False
        return True

    # The line

    async def run(self, failed: Callable[[OSError], None]) -> None:
        """Listen, and greet the other keeper, until cancelled. `failed` hears of a write that failed."""
        while True:
            self._changed.clear()
            peer = self.peer
            if peer is None:
                await self._changed.wait()
                continue
            secured = link.context(self._home, self._custody, peer, server=True)
            async with await self._listening(secured, failed):
                while not self._changed.is_set():
                    await self._greet(failed)
                    with suppress(TimeoutError):
                        async with asyncio.timeout(GREET_EVERY):
                            await self._changed.wait()

    async def _listening(self, secured: ssl.SSLContext, failed: Callable[[OSError], None]) -> asyncio.Server:
        async def heard(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(ConnectionError, ValueError, asyncio.LimitOverrunError):
                while line := await reader.readline():
                    try:
                        answer = self._answer(line)
                    except OSError as error:
                        failed(error)
                        return
                    writer.write(json.dumps(answer, ensure_ascii=False).encode() + b"\n")
                    await writer.drain()
            with suppress(ConnectionError):
                writer.close()

        host, port = self._listen or ("127.0.0.1", 0)
        return await asyncio.start_server(heard, host, port, ssl=secured, limit=link.LONGEST_LINE)

    async def _greet(self, failed: Callable[[OSError], None]) -> None:
        was = self.in_step
        try:
            await self.sync()
        except FangbangError as error:
            if was:
                self._log("other keeper does not answer", code=error.code)
        except OSError as error:
            failed(error)
        else:
            if not was:
                self._log("in step with the other keeper")

    async def sync(self) -> None:
        """Know what the other knows, and have it know what this one knows. UNAVAILABLE if it does not answer."""
        async with self._speaking:
            self.in_step = False
            peer = self.peer
            if peer is None:
                raise FangbangError(PEER_AWAY)
            secured = self._secured(peer)
            theirs = await link.ask(peer, secured, {"command": "greet", **self._greeting()})
            if not self._same(theirs):
                exchange = {"command": "exchange", **self._all_but(theirs["holds"])}
                self._take(await link.ask(peer, secured, exchange))
            self._meet(theirs)
            self.in_step = True
            if self._keeper.state.alone and self._keeper.state.lead == self._keeper.name:
                self._keeper.take_over(msgspec.structs.replace(self._keeper.state, alone=False))

    def _secured(self, peer: Card) -> ssl.SSLContext:
        """Made once for each other keeper: it opens the line's key."""
        if self._known != peer or self._context is None:
            self._known, self._context = peer, link.context(self._home, self._custody, peer, server=False)
        return self._context

    def _answer(self, line: bytes) -> Answer:
        try:
            request = json.loads(line)
            if request["command"] == "greet":
                self._meet(request)
                return {"ok": True, **self._greeting()}
            if request["command"] == "exchange":
                self._take(request)
                return {"ok": True, **self._all_but(request["holds"])}
            raise FangbangError(BAD_COMMAND, reason="link")
        except FangbangError as error:
            return refusal(error)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, msgspec.MsgspecError):
            return refusal(FangbangError(BAD_COMMAND, reason="link"))

    def _greeting(self) -> Answer:
        workers = [msgspec.to_builtins(worker) for worker in self._keeper.state.workers.values()]
        return {"digest": digest(self._keeper.state), "holds": self._holds(), "workers": workers}

    def _holds(self) -> dict[str, str]:
        """Which secrets this keeper has, each by a hash (they are 256 random bits)."""
        return {name: _mark(name, self._custody.get(name)) for name in self._needed()}

    def _needed(self) -> list[str]:
        return sorted(name for name in secrets_of(self._keeper.state) if self._custody.holds(name))

    def _same(self, theirs: Answer) -> bool:
        return bool(theirs["digest"] == digest(self._keeper.state) and theirs["holds"] == self._holds())

    def _all_but(self, holds: Mapping[str, str]) -> Answer:
        """The whole state, and the secrets that the other has not, or has otherwise."""
        own = self._holds()
        secrets = {name: self._custody.get(name).hex() for name, mark in own.items() if holds.get(name) != mark}
        return {"state": msgspec.to_builtins(self._keeper.state), "holds": own, "secrets": secrets}

    def _take(self, heard: Answer) -> None:
        """Go on with what both know. Keys are kept before the state that needs them."""
        theirs = msgspec.convert(heard["state"], State)
        after = merged(self._keeper.state, theirs)
        follows = rank(theirs) > rank(self._keeper.state)
        wanted = secrets_of(after)
        for name, secret in heard["secrets"].items():
            if name in wanted and (follows or not self._custody.holds(name)):
                self._custody.put(name, bytes.fromhex(secret))
        if after != self._keeper.state:
            self._keeper.take_over(after)

    def _meet(self, theirs: Answer) -> None:
        workers = msgspec.convert(theirs["workers"], list[Worker])
        self._keeper.meet(newest(self._keeper.state.workers.values(), workers))


def _named(act: Mapping[str, Any]) -> str:
    """An act for the journal: with whose card it was done."""
    if act["do"] == "pair":
        return f"pair {link.card_from(act.get('card')).fingerprint}"
    if act["do"] == "appoint":
        cards = msgspec.convert([*act["officers"], *act["custodians"]], list[Person])
        return f"appoint {act['needed']} of {' '.join(f'{item.name}:{item.fingerprint}' for item in cards)}"
    return str(act["do"])


def _mark(name: str, secret: bytes) -> str:
    return hashlib.sha256(length_prefixed([b"fangbang-link/1", name.encode(), secret])).hexdigest()[:32]
