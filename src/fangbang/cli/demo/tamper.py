"""Tampers with what is public, on purpose, and shows who refuses. Every attempt must be refused by everyone asked."""

import json
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fangbang.cli.demo.check import sample
from fangbang.cli.demo.course import Course
from fangbang.cli.demo.office import APPROVERS
from fangbang.cli.demo.processes import wait_for
from fangbang.cli.demo.stage import NOTICE, Stage
from fangbang.cli.demo.watch import metric
from fangbang.core.canonical import canonical_json
from fangbang.core.clock import to_wire
from fangbang.snapshot.board import Board, ask_keeper, load_anchor, sign_board
from fangbang.snapshot.verdict import Verdict
from fangbang.snapshot.verifier import verify_folder

_SECONDS = 20.0


def tampered(course: Course, how: str) -> bool:
    """Seal, tamper, ask everyone; True if all refused."""
    course.to_the_vault()
    attempt = Attempt(course)
    {"bit": attempt.bit, "header": attempt.header, "early-key": attempt.early_key}[how]()
    return attempt.refused_by_all


class Attempt:
    """One tampering and what was said to it."""

    def __init__(self, course: Course) -> None:
        self.course = course
        self.stage: Stage = course.stage
        self.refused_by_all = True

    def told(self, zh: str, en: str, refused: bool, how: str) -> None:
        """Say who refused, or that nobody noticed."""
        self.refused_by_all &= refused
        who = en if self.course.session.language == "en" else zh
        self.course.say("refused" if refused else "accepted", who=who, how=how)

    # ---- the sealed snapshot ----

    def bit(self) -> None:
        """Flip one bit in the middle of the sealed records."""
        path = self.stage.snapshot / "records.bin"
        place = path.stat().st_size // 2
        with path.open("r+b") as stream:
            stream.seek(place)
            before = stream.read(1)[0]
            stream.seek(place)
            stream.write(bytes([before ^ 1]))
        self.course.say("tampering", what=f"{path.name} byte {place}: {before:02x} → {before ^ 1:02x}")
        self._ask_verifier()
        self._ask_node()

    def header(self) -> None:
        """Change the year in the public header."""
        path = self.stage.snapshot / "header.json"
        signed = json.loads(path.read_bytes())
        year = signed["header"]["year"]
        signed["header"]["year"] = year - 1
        path.write_bytes(canonical_json(signed))
        self.course.say("tampering", what=f"header.json year: {year} → {year - 1}")
        self._ask_verifier()
        self._ask_node()

    def _ask_verifier(self) -> None:
        trusted = load_anchor(self.stage.layout.public / "trust.json")
        report = verify_folder(self.stage.snapshot, trusted, str(self.stage.sealed["header"]))
        reasons = sorted({finding.reason.value for finding in report.findings})
        self.told("fangbang verify", "fangbang verify", report.outcome is Verdict.NOT_VALID, ", ".join(reasons))

    def _ask_node(self) -> None:
        """A node that takes the snapshot anew; then the hour comes, and nobody is told anything wrong."""
        stage = self.stage
        expected = sample(stage.answers, 1, stage.setup.plan.seed)[0]
        stage.restart_lookup()
        port = int(stage.address["metrics_port"])
        wait_for(lambda: metric(port, "fangbang_lookup_keys_refused_total") > 0, _SECONDS, stage.lookup)
        t = stage.clock.now().replace(microsecond=0) + NOTICE + timedelta(seconds=1)
        stage.office.schedule(stage.release, t)
        time.sleep(max(0.0, (t - stage.clock.now()).total_seconds()) + 2)
        client = stage.client()
        answer = client.ask(expected.ask)
        client.close()
        refused = answer["status"] == 503 and answer["state"] == "unavailable"
        self.told("查询节点（到点后）", "the node, after T", refused, f"{answer['status']} {answer['state']}")

    # ---- the hour ----

    def early_key(self) -> None:
        """Ask for the key before T in three ways: ask, set the hour alone, forge the board."""
        self.course.say("tampering", what="T − …")
        self._ask_keeper()
        self._one_signature()
        self._forged_board()

    def _keeper(self, **command: Any) -> dict[str, Any]:
        return ask_keeper(self.stage.layout.keeper_socket, command)

    def _ask_keeper(self) -> None:
        worker = self._keeper(command="status")["workers"][0]["worker"]
        answer = self._keeper(command="envelope", worker=worker, snapshot=self.stage.sealed["snapshot"])
        self.told("保管进程（索要密钥）", "the keeper, asked for the key", not answer["ok"], str(answer.get("code")))

    def _one_signature(self) -> None:
        """One approver's hour, handed to the keeper past the office."""
        from fangbang.accounts.rules import open_key
        from fangbang.release import queries
        from fangbang.release.rules import sign_schedule

        office, who = self.stage.office, APPROVERS[0]
        key = open_key(office.key_file(who).read_bytes(), office.passphrase)
        order = queries.next_schedule(self.stage.release, self.stage.clock.now() + timedelta(seconds=1))
        signed = [sign_schedule(key, order, who).to_json()]
        answer = self._keeper(command="schedule", schedule=order, approvals=signed)
        self.told("保管进程（只有一人签名）", "the keeper, one signature", not answer["ok"], str(answer.get("code")))

    def _forged_board(self) -> None:
        """A board that says “published”, well formed, signed by a key of our own."""
        stage, path = self.stage, self.stage.layout.public / "board.json"
        board = msgspec.convert(msgspec.json.decode(path.read_bytes())["board"], Board)
        now = to_wire(stage.clock.now())
        entry = board.sittings[stage.sitting]
        refs = tuple(msgspec.structs.replace(ref, t=now, published_at=now) for ref in entry.snapshots)
        forged = msgspec.structs.replace(
            board,
            counter=board.counter + 1000,
            sittings={stage.sitting: msgspec.structs.replace(entry, state="published", t=now, snapshots=refs)},
        )
        port = int(stage.address["metrics_port"])
        before = metric(port, "fangbang_lookup_boards_refused_total")
        _replace(path, sign_board(forged, Ed25519PrivateKey.generate()))
        time.sleep(1)
        refused = metric(port, "fangbang_lookup_boards_refused_total") > before
        client = stage.client()
        state = client.ask(sample(stage.answers, 1, stage.setup.plan.seed)[0].ask)["state"]
        client.close()
        refused = refused and state == "not-released"
        self.told("查询节点（伪造的公告板）", "the node, given a forged board", refused, state)


def _replace(path: Path, data: bytes) -> None:
    """As the keeper does it: whole or not at all."""
    temporary = path.with_name("forged.tmp")
    temporary.write_bytes(data)
    temporary.replace(path)
