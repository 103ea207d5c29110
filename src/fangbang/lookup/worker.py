"""One worker of a node: it follows the board, and answers what the door hands it."""

import asyncio
import os
import random
import secrets
from base64 import b64encode
from collections.abc import Callable, Coroutine
from functools import cached_property, partial
from itertools import cycle
from typing import Any

import structlog
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from fangbang.core.clock import Clock
from fangbang.exams.catalogue import load_catalogue
from fangbang.lookup.answers import STATUS, State, plain
from fangbang.lookup.bundles import Bundles
from fangbang.lookup.cards import Sittings
from fangbang.lookup.challenge import Salts
from fangbang.lookup.challenges import ROOT, VOICE_ROOT, Challenges, way_back
from fangbang.lookup.config import NodeConfig
from fangbang.lookup.counters import Counter, Counters, Gauge
from fangbang.lookup.counting import CountTable
from fangbang.lookup.door.hops import Hops
from fangbang.lookup.door.wire import Request, Response
from fangbang.lookup.express import Express
from fangbang.lookup.forms import Asker, FormQueries
from fangbang.lookup.held import HeldNotes
from fangbang.lookup.hotpath import OpenSitting, Query
from fangbang.lookup.images import ImagePool
from fangbang.lookup.limits import Limits
from fangbang.lookup.openings import SCORE, Waiting, tables
from fangbang.lookup.public import PublicPages
from fangbang.lookup.records import AccessRecords
from fangbang.lookup.registration import Registrar
from fangbang.lookup.replies import ANSWER, HTML, PERSONAL, Headers, Reply
from fangbang.lookup.requests import Wish, form_of, is_foreign, wish_of
from fangbang.lookup.riddles import Riddles, node_tag
from fangbang.lookup.touched import name_keys
from fangbang.lookup.watcher import HighestCounter, Watcher
from fangbang.pages.contacts import load_contacts
from fangbang.pages.demo import load_demo
from fangbang.pages.site import Site
from fangbang.snapshot.board import load_anchor

TICK = 0.1
FLUSH_SECONDS = 1.0
_READ = ("GET", "HEAD")
_RETRY_SECONDS = range(2, 11)
"""Spread, so that those who are turned away do not all come back together."""
_NOWHERE_HEAD, _BROKEN_HEAD, _SALT_HEAD = range(len(State), len(State) + 3)
_RETRY_HEADS = range(_SALT_HEAD + 1, _SALT_HEAD + 1 + len(_RETRY_SECONDS))
_LANGUAGE_COOKIE = "lang={}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly"
_SIZE_COOKIE = "size={}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly"


class Worker:
    """Everything one worker holds: its key pair, the board, opened sittings, limits, pages."""

    def __init__(
        self,
        config: NodeConfig,
        clock: Clock,
        leave: Callable[[], None] = lambda: None,
        keep_private: Callable[[], bool] = lambda: True,
    ) -> None:
        """`leave` asks for another worker in this one's place; `keep_private` is called when keys may have come."""
        self.config = config
        self.clock = clock
        self.log = structlog.get_logger("fangbang.lookup").bind(node=config.name, pid=os.getpid())
        counters = Counters(config.counters_file)
        self.counts = counters.claim()
        table = CountTable(config.limits_file, config.limit_slots)
        others = CountTable(config.others_file, config.limit_slots) if config.store else None
        self.limits = Limits(table, config.budgets, config.keys.limits, others)
        self.salts = Salts(config.keys.salts)
        pool = ImagePool(config.images_file, config.image_capacity, config.keys.images)
        self.riddles = Riddles(pool, config.keys.images, node_tag(config.name))
        self.challenges = Challenges(self.salts, self.limits, self.riddles, config.name)
        worker_id = f"{config.name}/{b64encode(secrets.token_bytes(9), b'-_').decode()}"
        private = X25519PrivateKey.generate()
        self.records = AccessRecords(config.state / "access", worker_id.rpartition("/")[2])
        self.sittings = Sittings(load_catalogue(config.exams))
        trusted = load_anchor(config.trust)
        self.watcher = Watcher(
            public=config.public,
            worker=worker_id,
            private=private,
            trusted=trusted,
            highest=HighestCounter(config.state),
            kinds_of=lambda entry: frozenset(self.sittings.kinds(entry)),
            clock=clock,
            log=self.log.info,
        )
        self.registrar = Registrar(config, worker_id, private.public_key(), self.log.info)
        self.site = Site(load_demo(config.demo) if config.demo else None, load_contacts(config.exams))
        highest = HighestCounter(config.state, "pages")
        self.bundles = Bundles(config.public, trusted, highest, clock, self.log.info)
        self.pages = PublicPages(self.site, self.sittings, self.watcher, self.bundles)
        self.forms = FormQueries(self.pages, self.riddles, config.keys.images, self.counts, config.name)
        self.hops = Hops(config.trusted_proxies)
        self.queries: dict[bytes, Query] = {}
        self.waiting: Waiting = {}
        self.held, self.shedding = HeldNotes(config.shared, os.getpid()), False
        self._leave, self._keep_private = leave, keep_private
        self._leaving = self._told_of_swap = False
        self._retries = cycle(random.sample(_RETRY_HEADS, len(_RETRY_HEADS)))
        self._tasks: list[asyncio.Task[None]] = []
        self._set_now()

    # ---- life ----

    def start(self) -> None:
        """Follow the board, by tasks of the running loop."""
        loop = asyncio.get_running_loop()
        for job in (self._follow, self._measure, self._flush, self._register, self._prepare):
            self._tasks.append(loop.create_task(self._forever(job)))

    def stop(self) -> None:
        """Stop following; the last access records are written."""
        for task in self._tasks:
            task.cancel()
        self.records.close()

    @property
    def settled(self) -> bool:
        """Whether this worker answers whatever the board says is to be answered."""
        watcher = self.watcher
        if watcher.board is None or not watcher.answering:
            return False
        published = watcher.answered(watcher.board)
        return published <= watcher.open.keys()

    async def _forever(self, job: Callable[[], Coroutine[Any, Any, float]]) -> None:
        """Run a job again and again; it says how long to pause. A failure is logged and counted, never silent."""
        while True:
            pause = 1.0
            try:
                pause = await job()
            except Exception as error:  # noqa: BLE001 — a job that ended silently would leave old answers standing
                self.counts[Counter.ERRORS] += 1
                self.log.error("job failed", job=job.__name__, error=type(error).__name__)
                if job == self._follow:
                    # Who cannot follow the board cannot know of a withdrawal: no answer until it can again.
                    self.queries, self.waiting = {}, {}
            await asyncio.sleep(pause)

    def _set_now(self) -> int:
        now = self._now = int(self.clock.now().timestamp())
        self.limits.tick(now)
        for query in self.queries.values():
            query.now = now
        return now

    async def _follow(self) -> float:
        """Look at the board; rebuild what depends on it."""
        watcher = self.watcher
        told = self.bundles.step()
        if watcher.step() or not self.waiting:
            self._rebuild()
        elif told:
            self.pages.refresh()
        if watcher.held_withdrawn_keys and not self._leaving:
            self._leaving = True
            self.log.info("worker ends to erase keys")
            self._leave()
        self.held.tell(watcher.prepared, watcher.open)
        counts = self.counts
        counts[Counter.BOARDS], counts[Counter.BOARDS_REFUSED] = watcher.accepted, watcher.refused
        counts[Counter.KEYS_REFUSED], counts[Counter.BUNDLES_REFUSED] = watcher.keys_refused, self.bundles.refused
        counts[Gauge.PAGES_COUNTER] = self.bundles.counter
        counts[Gauge.SITTINGS_OPEN], counts[Gauge.SNAPSHOTS_READY] = len(watcher.open), len(watcher.prepared)
        if watcher.board:
            counts[Gauge.BOARD_COUNTER], counts[Gauge.SWITCHES] = watcher.board.counter, watcher.board.switch_serial
            counts[Gauge.BOARD_ISSUED] = int((self.clock.now() - watcher.board.age(self.clock.now())).timestamp())
        return self.config.poll_seconds * random.uniform(0.5, 1.0)

    def _rebuild(self) -> None:
        watcher = self.watcher
        now = int(self.clock.now().timestamp())
        self.queries, self.waiting, force = {}, {}, watcher.force
        self.limits.extra, self.forms.riddles_off = force.extra_bits, force.riddles_off
        self.challenges.closed = force.static is not None
        if watcher.answering and watcher.board:

            def made(opened: OpenSitting) -> Query:
                return Express(opened, self.salts, self.limits, self.records.buffer, now)

            self.queries, self.waiting = tables(watcher.board, watcher.open, force, made, self.clock.now())
        self.pages.refresh()
        if not self._keep_private() and not self._told_of_swap:
            self._told_of_swap = True
            self.log.warning("memory may be swapped out", needs="RLIMIT_MEMLOCK")

    async def _prepare(self) -> float:
        """Open and hash new snapshots in a thread, long before their hour."""
        for ref in self.watcher.missing():
            snapshot = await asyncio.get_running_loop().run_in_executor(None, self.watcher.prepare, ref)
            if snapshot is None:
                return 2.0
            self.watcher.prepared[ref.id] = snapshot
        return 0.2

    async def _register(self) -> float:
        told = dict(self.watcher.prepared)
        call = partial(self.registrar.register, list(told.values()))
        done = await asyncio.get_running_loop().run_in_executor(None, call)
        # Between registrations a lost envelope, or a snapshot that the keeper does not know of, is noticed soon.
        for _ in range(15 if done else 1):
            await asyncio.sleep(1)
            if self.watcher.waits_for_key() or self.watcher.prepared != told:
                return 0.5
        return 0.0

    async def _measure(self) -> float:
        """The loop's lag: how late a timer comes is how long a request waits before any work is done for it."""
        loop = asyncio.get_running_loop()
        start = loop.time()
        await asyncio.sleep(TICK)
        lag = loop.time() - start - TICK
        self.counts[Gauge.LAG_MICROSECONDS] = max(0, int(lag * 1e6))
        self.shedding = lag > self.config.overload_seconds or (self.shedding and lag > self.config.overload_seconds / 4)
        self._set_now()
        return 0.0

    async def _flush(self) -> float:
        self._tell_limits()
        batch = self.records.take()
        if batch:
            written = await asyncio.get_running_loop().run_in_executor(None, self.records.append, batch)
            self.counts[Counter.RECORDS] += written
        return FLUSH_SECONDS

    def _tell_limits(self) -> None:
        """What the supervisor watches and exchanges, once a second."""
        limits, counts = self.limits, self.counts
        counts[Counter.PERSONS_WORN] += limits.worn
        counts[Counter.SEQUENCE] += limits.sequences.steps
        counts[Counter.PREFIX_FULL] += limits.full
        counts[Gauge.FULLEST_PERMILLE], limits.fullest = limits.fullest, 0
        limits.worn = limits.sequences.steps = limits.full = 0
        if limits.touched:
            limits.touched = name_keys(self.config.touched_socket, limits.touched)

    @cached_property
    def heads(self) -> tuple[tuple[int, Headers], ...]:
        """Heads of the query's answers; those of the states come first, each at its number."""
        challenge = [*ANSWER, way_back(self.config.name)]
        return (
            *((STATUS[state], challenge if state is State.CHALLENGE else ANSWER) for state in State),
            (404, ANSWER),
            (500, ANSWER),
            (200, challenge),
            *((503, [*ANSWER, ("retry-after", str(seconds))]) for seconds in _RETRY_SECONDS),
        )

    # ---- requests: what the door asks (`door.connection.App`) ----

    def suits(self, request: Request) -> bool:
        """What a proxy says of the client is taken out of a frame before; where it still stands, look closely."""
        return not (self.config.trusted_proxies and "x-forwarded-for" in request.headers)

    def hot(self, path: bytes, value: bytes | None, client: str) -> tuple[int, bytes]:
        """The score query, or (None) the wish for a challenge: the place of its head in `heads`, and the body."""
        if self.shedding:
            self.counts[State.OVERLOAD] += 1
            return next(self._retries), self.pages.overload_json
        if value is None:
            return _SALT_HEAD, self._salt(client).body
        query = self.queries.get(path)
        if query is None:
            return self._not_open(path)
        try:
            answered = query.answer(value, client)
        except Exception as error:  # noqa: BLE001 — the edge: counted, and nothing of the request is logged
            return _BROKEN_HEAD, self._broken(error, "/score/")
        self.counts[answered[0]] += 1
        return answered

    def answer(self, request: Request) -> Response:
        """Everything but the hot request; nothing in it waits."""
        try:
            query = request.headers.get("fangbang-query") if request.method == "POST" else None
            if query is not None:
                number, body = self.hot(request.path.encode(), query.encode("latin-1"), self.hops.client_of(request))
                return Response(*self.heads[number], body)
            return self._shed(request) if self.shedding else self._other(request)
        except Exception as error:  # noqa: BLE001 — as above
            return Response(
                500, ANSWER, self._broken(error, "/score/" if request.path.startswith("/score/") else "other")
            )

    def _broken(self, error: Exception, path: str) -> bytes:
        """`path` is never what was asked for: people type their numbers into addresses, too."""
        self.counts[Counter.ERRORS] += 1
        self.log.error("request failed", error=type(error).__name__, path=path)
        return plain(State.UNAVAILABLE)

    def _shed(self, request: Request) -> Response:
        """Overload, decided before any work: retry after 2 to 10 seconds, spread.

        What lies ready costs no more than that: the page keeps its style, and whoever balances the load sees a node
        that lives."""
        packed = "gzip" in request.headers.get("accept-encoding", "")
        ready = self.pages.lying_ready(request.path, packed) if request.method in _READ else None
        if ready is not None:
            return _response(ready)
        self.counts[State.OVERLOAD] += 1
        status, headers = self.heads[next(self._retries)]
        if "html" in request.headers.get("accept", ""):
            english = request.headers.get("accept-language", "").startswith("en")
            reply, retry = self.pages.overload["en" if english else "zh"], headers[-1]
            # A form is not sent again by itself: a refresh would ask for its empty page.
            again = [("refresh", retry[1])] if request.method == "GET" else []
            return Response(status, [*reply.headers, retry, *again], reply.body)
        return Response(status, headers, self.pages.overload_json)

    def _not_open(self, path: bytes) -> tuple[int, bytes]:
        """One identical answer for everybody, decided before anything of the query is read."""
        waiting = self.waiting.get(path)
        if waiting is None:
            if not path.startswith(SCORE) or self.watcher.answering:
                self.counts[State.NOT_FOUND] += 1
                return _NOWHERE_HEAD, b"{}"
            waiting = State.UNAVAILABLE, plain(State.UNAVAILABLE)
        self.counts[waiting[0]] += 1
        return waiting

    def _other(self, request: Request) -> Response:
        if request.method == "POST":
            return self._post(request)
        if request.method not in _READ:
            return Response(405, [*ANSWER, ("allow", "GET, HEAD, POST")], b"")
        wish = wish_of(request)
        reply = _sized(self._get(request, wish), wish)
        headers, body = reply.headers, reply.body
        if wish.gzip and reply.packed:
            headers, body = reply.packed_headers, reply.packed
        if wish.chosen:
            headers = [*headers, ("set-cookie", _LANGUAGE_COOKIE.format(wish.language))]
        if "size" in wish.query:
            headers = [*headers, ("set-cookie", _SIZE_COOKIE.format("large" if wish.large else "normal"))]
        return Response(reply.status, headers, body)

    def _get(self, request: Request, wish: Wish) -> Reply:
        path, counts = request.path, self.counts
        reply = self.pages.static(path)
        if reply is not None:
            counts[Counter.STATIC] += 1
            return reply
        if path == ROOT:
            return self._salt(self.hops.client_of(request))
        if path in ("/board", "/healthz", "/status"):
            return self.pages.standing(path, wish, self.clock.now())
        if path.startswith(ROOT):
            counts[Counter.VOICES] += path.startswith(VOICE_ROOT)
            asked, now = request.headers.get("range", ""), int(self.clock.now().timestamp())
            return self.challenges.get(path, now, asked) or self.pages.missing(wish)
        counts[Counter.PAGES] += 1
        return self.pages.get(path, wish)

    def _salt(self, client: str) -> Reply:
        self.counts[Counter.CHALLENGES] += 1
        return self.challenges.salt(client, self._now)

    def _post(self, request: Request) -> Response:
        """A form. Before T the page is the same for everybody and the body is not read."""
        wish, path = wish_of(request), request.path.encode()
        query = self.queries.get(path)
        if query is None:
            if wish.json or path not in self.waiting:
                number, body = self._not_open(path)
                return Response(*self.heads[number], body)
            self.counts[self.waiting[path][0]] += 1
            return _response(_sized(self.pages.get(request.path, wish), wish))
        if is_foreign(request):
            # The page as anybody gets it: whoever means it fills in our form.
            return Response(403, PERSONAL, _sized(self.pages.get(request.path, wish), wish).body)
        typed = form_of(request)
        if typed is None:
            self.counts[State.MALFORMED] += 1
            return Response(400, ANSWER, plain(State.MALFORMED, field="query"))
        asker = Asker(self.hops.client_of(request), wish.language, request.headers.get("cookie", ""))
        state, reply = self.forms.answer(query, typed, asker)
        self.counts[state] += 1
        return _response(_sized(reply, wish))


def _sized(reply: Reply, wish: Wish) -> Reply:
    """The reply in the size that the reader chose; only pages come in two."""
    return reply.large if wish.large and HTML in reply.headers else reply


def _response(reply: Reply) -> Response:
    return Response(reply.status, reply.headers, reply.body)
