"""The keeper itself, without sockets and without waiting: every verb is a method, time comes from one clock.

Durability: a decision is on disk before anything follows from it; the board's counter is on disk before a board with
that counter exists, so no counter ever stands on two different boards. Every verb may be repeated.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from fangbang.core.clock import Clock, from_wire, to_wire
from fangbang.core.errors import FangbangError
from fangbang.core.files import write_durably
from fangbang.keeper import planning
from fangbang.keeper.agreement import certain, sources_of
from fangbang.keeper.answers import sealed_answer
from fangbang.keeper.archive import Archive
from fangbang.keeper.bulletin import board_at, resumed
from fangbang.keeper.closing import answered, closed, closing_of, ended
from fangbang.keeper.custody import Custody, DemoCustody, signing_key
from fangbang.keeper.folders import KeeperFolders
from fangbang.keeper.journal import Journal
from fangbang.keeper.letters import Letters, worker_of
from fangbang.keeper.pages import next_pages, place_bundle, swap_pointer
from fangbang.keeper.problems import (
    AFTER_T,
    BAD_ORDER,
    BASE_FIRST,
    KEY_LOST,
    NOT_INITIALISED,
    NOT_RESEALABLE,
    OLD_SCHEDULE,
    OTHER_SNAPSHOT,
    TIME_UNSURE,
    TOO_EARLY,
    UNKNOWN_RELEASE,
    UNKNOWN_WORKER,
)
from fangbang.keeper.roster import departed, entered, newcomers, present
from fangbang.keeper.sealer import SealJob
from fangbang.keeper.state import KeeperState, Notice, Sealed, State, Worker, save_state
from fangbang.keeper.switches import next_switches
from fangbang.keeper.terms import Terms
from fangbang.release.rules import TrustedKey, check_approvals, check_schedule, check_withdrawal, load_trust
from fangbang.snapshot.board import sign_board

REISSUE = timedelta(seconds=5)
"""A board is issued anew at the latest after this time, and at once when it changes."""
MOVABLE_UNTIL = timedelta(seconds=2)
"""Of two keepers, whose clocks may differ by a second, none moves an hour that is nearer than this."""
_TERMS = Terms()


class Keeper:
    """Holds the state of one keeper folder. One instance at a time: the server holds the folder's lock."""

    def __init__(
        self,
        folders: KeeperFolders,
        clock: Clock,
        workers: int = 2,
        custody: Custody | None = None,
        terms: Terms = _TERMS,
    ) -> None:
        """`custody`: an armed one of production, else the demo's; `terms`: from the settings."""
        if custody is None and not (folders.keys / "signing.key").exists():
            raise FangbangError(NOT_INITIALISED)
        self.folders = folders
        self.clock = clock
        self._workers, self._terms = workers, terms
        self._custody = custody or DemoCustody(folders.keys)
        self._signing = signing_key(self._custody)
        self.state: State = resumed(folders, self._custody, self._signing)
        self._issued: datetime | None = None
        self._letters, self._archive = Letters(self._custody), Archive(folders.snapshots, folders.closed)
        self.moved: Callable[[], None] = lambda: None  # the server's: look anew when something is due
        self.troubles: dict[str, str] = {}
        """Releases and workers that the newest board could not serve → the problem's code."""

    # Sealing

    def begin_seal(self, order: Mapping[str, Any]) -> SealJob | dict[str, Any]:
        """Hold an order to the rules, draw the keys; the job to run, or the answer if it is sealed already.

        No key is drawn before two approvers' signatures under the report are checked.
        """
        report, approvals = planning.parts(order, "report", "approvals")
        if not isinstance(approvals, list):
            raise FangbangError(BAD_ORDER, reason="approvals")
        check_approvals(report, approvals, self._trusted())
        plan = planning.plan_seal(self.state, report, approvals, self._terms.least)
        known = self.state.releases.get(plan.release)
        if known is not None and known.header_sha256 and known.inputs == plan.inputs:
            return sealed_answer(known)
        if known is None or known.inputs != plan.inputs:
            self._remember(plan)
        if known is not None and known.inputs != plan.inputs:
            # After the new plan is durable: a crash between the two must not leave a sealed release without its key.
            self._custody.erase(f"release-{known.snapshot_id}")
        release_key = self._custody.draw(f"release-{plan.snapshot_id}")
        pepper = self._custody.draw(f"pepper-{plan.sitting}")
        base = self.state.releases.get(plan.base)
        below = self.state.releases.get(plan.parent)
        return SealJob(
            report=report,
            approvals=approvals,
            books_folder=str(self.folders.books),
            book_keys=str(self.folders.book_keys),
            exams_folder=self.folders.exams_folder,
            target=str(self.folders.snapshots),
            snapshot_id=plan.snapshot_id,
            release_key=release_key.hex(),
            pepper=pepper.hex(),
            signing_key=self._custody.get("signing").hex(),
            base_snapshot=base.snapshot_id if base else None,
            below=below.outcomes if below else "",
            workers=self._workers,
            least=self._terms.least,
        )

    def finish_seal(self, job: SealJob, answer: Mapping[str, Any]) -> dict[str, Any]:
        """Enter a finished seal and show its header on the board."""
        release = job.report["release"]
        known = self._release(release)
        if known.snapshot_id != job.snapshot_id:
            raise FangbangError(OTHER_SNAPSHOT, release=release)
        if known.state is not KeeperState.SEALING:
            # Withdrawn while the sealing process ran: it stays withdrawn.
            raise FangbangError(NOT_RESEALABLE, release=release, state=known.state.value)
        name = answer["exam"]
        known = msgspec.structs.replace(
            known,
            state=KeeperState.SEALED,
            header_sha256=answer["header"],
            merkle_root=answer["root"],
            exam=Notice(name["zh"], name["en"]),
        )
        self._decide(known)
        self.issue_board()
        return {**sealed_answer(known), "seconds": answer["seconds"], "phases": answer["phases"]}

    # The hour

    def schedule(self, schedule: Mapping[str, Any], approvals: Sequence[Any]) -> dict[str, Any]:
        """Set or move T. Two approvers signed it, none an importer; only before T; each serial once."""
        known = self._named(schedule)
        t = to_wire(check_schedule(schedule, approvals, self._trusted(), importers=known.importers))
        if schedule["header"] != known.header_sha256:
            raise FangbangError(OTHER_SNAPSHOT, release=known.release)
        if (schedule["serial"], t) == (known.serial, known.t):
            return {"release": known.release, "t": t}
        if known.state not in (KeeperState.SEALED, KeeperState.SCHEDULED) or self._passed(known, self._margin):
            raise FangbangError(AFTER_T)
        if schedule["serial"] <= known.serial:
            raise FangbangError(OLD_SCHEDULE, serial=schedule["serial"])
        self._check_order_in_time(known, t)
        if not self._custody.holds(f"release-{known.snapshot_id}") or not self._custody.holds(
            f"pepper-{known.sitting}"
        ):
            raise FangbangError(KEY_LOST, release=known.release)
        ends, serial = closing_of(t, known.kind, self._terms.days), schedule["serial"]
        self._decide(msgspec.structs.replace(known, state=KeeperState.SCHEDULED, t=t, serial=serial, closes_at=ends))
        self.tick()
        self.issue_board()
        return {"release": known.release, "t": t}

    def _check_order_in_time(self, known: Sealed, t: str) -> None:
        """What a release corrects comes before it."""
        for other in self.state.releases.values():
            pending = other.release == known.parent and other.state is not KeeperState.PUBLISHED
            if pending and (other.t is None or other.t > t):
                raise FangbangError(BASE_FIRST, release=other.release)
            above = other.parent == known.release and other.state.shown
            if above and other.t is not None and other.t < t:
                raise FangbangError(BASE_FIRST, release=known.release)

    def _passed(self, known: Sealed, margin: timedelta = timedelta(0)) -> bool:
        return known.t is not None and self.clock.now() >= from_wire(known.t) - margin

    @property
    def _margin(self) -> timedelta:
        """Where two keepers post, an hour is not moved when the other's clock may have reached it already."""
        return MOVABLE_UNTIL if self.state.lead else timedelta(0)

    def withdraw(self, order: Mapping[str, Any], approvals: Sequence[Any]) -> dict[str, Any]:
        """Take a snapshot, and the overlays above it, off the board with its envelopes; the notice stands instead."""
        known = self._named(order)
        check_withdrawal(order, approvals, self._trusted())
        notice = Notice(order["notice"]["zh"], order["notice"]["en"])
        standing = [
            item for item in planning.with_overlays(self.state, known) if item.state is not KeeperState.WITHDRAWN
        ]
        self._decide(*(msgspec.structs.replace(item, state=KeeperState.WITHDRAWN, notice=notice) for item in standing))
        self.issue_board()
        return {"release": known.release, "state": KeeperState.WITHDRAWN.value}

    # The public texts

    def publish_pages(self, order: Mapping[str, Any], approvals: Sequence[Any], content: bytes) -> dict[str, Any]:
        """Show another page bundle. The newest order again finishes what a crash left undone."""
        known = next_pages(self.state.pages, order, approvals, content, self._trusted(), self.clock.now())
        place_bundle(self.folders.public, known, content)
        if known != self.state.pages:
            self.state.pages = known
            self._decide()
        swap_pointer(self.folders.public, known, self._signing)
        return msgspec.to_builtins(known)  # type: ignore[no-any-return]

    # Switches

    def switch(self, order: Mapping[str, Any], approvals: Sequence[Any]) -> dict[str, Any]:
        """Move a switch on every node, or keep the first signature of an order that takes two."""
        before = self.state.switches
        self.state.switches, missing = next_switches(before, order, approvals, self._trusted(), self.clock.now())
        if self.state.switches.serial != before.serial:
            self._decide()
        else:
            self._save()
        if not missing:
            self.issue_board()
        return {"serial": self.state.switches.serial, "missing": missing}

    # Nodes

    def register(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Enter a worker and its public key; after T its envelopes are on the board when this returns."""
        now = self.clock.now()
        entry = worker_of(request, to_wire(now))
        self.meet(entered(self.state.workers, entry, now))
        return {"worker": entry.worker}

    def leave(self, worker: str) -> dict[str, Any]:
        """Strike a worker out, whose node saw its process end. Durable when this returns; may be repeated."""
        before = self.state.workers
        self.state.workers = departed(before, worker, self.clock.now())
        if self.state.workers != before:
            self._save()
        return {"worker": worker}

    def meet(self, workers: Mapping[str, Worker]) -> None:
        """Workers as they, or another keeper, told of them; a new key gets its envelopes at once."""
        before, self.state.workers = self.state.workers, dict(workers)
        if newcomers(before, workers):
            self.issue_board()

    def envelope(self, worker: str, snapshot_id: str) -> dict[str, Any]:
        """The envelope that the board holds for a worker; refused before T whoever asks."""
        self.tick()
        published = [item for item in answered(self.state, self.clock.now()) if item.snapshot_id == snapshot_id]
        if not published:
            raise FangbangError(TOO_EARLY)
        if all(worker != item.worker for item in present(self.state.workers)):
            raise FangbangError(UNKNOWN_WORKER)
        return {"envelope": self._letters.envelope(self.state.workers[worker], published[0])}

    # Time

    def tick(self) -> None:
        """Post what is due, and issue the board anew if it changed or grew old. Call often; nothing happens twice."""
        now, sure = self.clock.now(), certain(self.clock)
        self.state.releases |= ended(self.state, now) if sure else {}
        due = self._due() if sure else []
        for item in sorted(due, key=lambda item: (item.t or "", item.order)):
            # A newer base that fell due in the same pulse may have taken its place.
            if self.state.releases[item.release].state is KeeperState.SCHEDULED:
                self._post(item, now)
        if due:
            self._save()
        if due or self._issued is None or not timedelta(0) <= now - self._issued < REISSUE:
            self.issue_board()

    def _due(self) -> list[Sealed]:
        return [
            item for item in self.state.releases.values() if item.state is KeeperState.SCHEDULED and self._passed(item)
        ]

    def _post(self, item: Sealed, now: datetime) -> None:
        self.state.posted += 1
        for older in planning.superseded_by(self.state, item):
            self.state.releases[older.release] = msgspec.structs.replace(older, state=KeeperState.SUPERSEDED)
        self.state.releases[item.release] = msgspec.structs.replace(
            item, state=KeeperState.PUBLISHED, published_at=item.t, posted_at=to_wire(now)
        )

    def next_tick(self) -> timedelta:
        """How long nothing will be due."""
        now = self.clock.now()
        hours = [
            from_wire(item.t) for item in self.state.releases.values() if item.state is KeeperState.SCHEDULED and item.t
        ]
        # Without a majority of the sources nothing is due, however late it is; a majority wakes the pulse.
        waits = [REISSUE, *(hour - now for hour in hours if hour > now or certain(self.clock))]
        return max(timedelta(0), min(waits))

    def issue_board(self) -> None:
        """Sign and publish the board under the next counter."""
        now = self.clock.now()
        envelopes, self.troubles = self._letters.all(present(self.state.workers), answered(self.state, now))
        if not (sure := certain(self.clock)):  # a clock that is months ahead must not take what is live away
            self.troubles["time"] = TIME_UNSURE.code
        kept, failed = self._archive.put_away(closed(self.state, now) if sure else [])
        self.troubles |= failed
        self.state.counter += 1
        self._save()
        board = board_at(self.state, now, envelopes, kept)
        write_durably(self.folders.board_of(self.name), sign_board(board, self._signing))
        self._issued = now

    # Two keepers

    @property
    def name(self) -> str:
        """Tells two keepers apart; empty where there is one."""
        return self._custody.keeper

    def take_over(self, state: State) -> None:
        """Go on with a state that both keepers know, whose hours may be nearer. Keys it does not name are erased."""
        gone = {item.snapshot_id for item in self.state.releases.values()} - {
            item.snapshot_id for item in state.releases.values()
        }
        self.state = state
        self._save()
        for snapshot in sorted(gone):
            self._custody.erase(f"release-{snapshot}")
        self.tick()
        self.issue_board()
        self.moved()

    def note(self, act: str, officers: Sequence[str]) -> None:
        """Enter what officers did into this keeper's journal."""
        key = self._custody.state_key
        if key is not None:
            journal = Journal(self.folders.journal, key)
            self.state.acts = journal.add(to_wire(self.clock.now()), act, officers, self.state.acts)
            self._save()

    def acts(self) -> list[dict[str, Any]]:
        """The journal's entries; INTEGRITY if it was touched."""
        key = self._custody.state_key
        found = Journal(self.folders.journal, key).entries(self.state.acts) if key is not None else []
        return [msgspec.to_builtins(item) for item in found]

    # What stands

    def status(self) -> dict[str, Any]:
        """What may be told to anyone on the socket: no key, no count."""
        hidden = ("inputs", "importers", "outcomes")
        releases = [msgspec.to_builtins(item) for item in self.state.releases.values()]
        return {
            "counter": self.state.counter,
            "custody": self._custody.label,
            "armed": True,
            "time_sources": len(sources := sources_of(self.clock)),
            "time": {"certain": certain(self.clock), "sources": sources},
            "now": to_wire(self.clock.now()),
            "pages": msgspec.to_builtins(self.state.pages),
            "switches": msgspec.to_builtins(self.state.switches),
            "releases": [{name: value for name, value in item.items() if name not in hidden} for item in releases],
            "troubles": dict(self.troubles),
            "workers": [msgspec.to_builtins(worker) for worker in present(self.state.workers)],
        }

    def _release(self, release: object) -> Sealed:
        known = self.state.releases.get(release) if isinstance(release, str) else None
        if known is None:
            raise FangbangError(UNKNOWN_RELEASE, release=release)
        return known

    def _named(self, order: Mapping[str, Any]) -> Sealed:
        """The release that an order names, if its snapshot and sitting are the release's."""
        known = self._release(order.get("release"))
        if (order.get("snapshot"), order.get("sitting")) != (known.snapshot_id, known.sitting):
            raise FangbangError(OTHER_SNAPSHOT, release=known.release)
        return known

    def _trusted(self) -> dict[str, TrustedKey]:
        return load_trust(self.folders.trust.read_bytes() if self.folders.trust.exists() else b"")

    def _remember(self, item: Sealed) -> None:
        self.state.releases[item.release] = item
        self._save()

    def _decide(self, *items: Sealed) -> None:
        """Carry out one order: what it changes, under the next number."""
        self.state.releases.update({item.release: item for item in items})
        self.state.decisions += 1
        self._save()

    def _save(self) -> None:
        save_state(self.folders.state, self.state, self._custody.state_key)
