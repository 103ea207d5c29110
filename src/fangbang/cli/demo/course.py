"""The two courses of the demonstration: told to a person at a terminal, or checked without anybody."""

import json
import signal
import time
from collections.abc import Sequence
from datetime import timedelta
from types import FrameType
from typing import Any

from fangbang.cli.demo.check import Comparison, Expected, sample
from fangbang.cli.demo.client import Crowd, Prepared
from fangbang.cli.demo.front import Second
from fangbang.cli.demo.office import APPROVERS, STAFF
from fangbang.cli.demo.practice import GOOD_MARKS, GOOD_REGISTRATIONS, RED, WRONG
from fangbang.cli.demo.stage import AFTER_VIEW, LATEST, Stage, hour_text
from fangbang.cli.demo.story import line
from fangbang.cli.edge import Session
from fangbang.core.clock import to_wire
from fangbang.exams.cities import region_name
from fangbang.exams.vocabulary import CredentialKind
from fangbang.pages.texts import texts
from fangbang.simulate.canaries import KEY, TICKET, Findings
from fangbang.simulate.mistakes import expected_quarantine
from fangbang.simulate.writer import Written

_NEAR = timedelta(seconds=5)
"""Nearer than this to T, the answer to a query may be of before or of after."""
SHOWN = 3
"""People of the second sitting who are named."""
CROWD = 40
"""Candidates whose answers are looked for in memory after T, when nobody else has asked."""


class Course:
    """Runs a stage and says what happens; collects the facts for `--check`."""

    def __init__(self, stage: Stage, session: Session, quiet: bool = False) -> None:
        self.stage = stage
        self.session = session
        self.facts: dict[str, Any] = {}
        self._quiet = quiet

    def say(self, key: str, **params: Any) -> None:
        """One line of the story; to stderr when the last line of stdout must be JSON."""
        self.session.say(zh=line(key, "zh", **params), en=line(key, "en", **params))

    def to_the_vault(self) -> None:
        """From nothing to a sealed, distributed snapshot: the story's lines 1 to 5."""
        stage = self.stage
        self.say("start", home=stage.setup.home)
        stage.open_doors()
        self.say("served", url=stage.url)
        self._tell_files(stage.write_files())
        self._tell_calculators()
        stage.approve()
        self.facts["approvals"] = len(stage.approvers)
        self.say("approvals", approvers=stage.approver_names())
        stage.seal()
        self.facts["root"] = stage.sealed["root"]
        self.say("sealed", entries=stage.entries(), root=stage.sealed["root"][:32] + "…")
        stage.distribute()
        found = stage.scan()
        self.facts["canaries_before"] = found.total
        self.facts["unsearched"] = len(found.unreadable)
        self.say(
            "before",
            megabytes=round(found.bytes_read / 1e6),
            canaries=len(stage.canaries.tickets),
            found=found.total,
        )
        self._tell_unsearched(found)

    def _tell_files(self, written: Written) -> None:
        stage = self.stage
        stage.take_in()
        batches = stage.office.batches
        quarantined = sum(batch["quarantined"] for batch in batches)
        self.facts |= {
            "files": len(batches),
            "rows": sum(batch["file_rows"] for batch in batches),
            "planted": len(written.mistakes),
            "quarantined": quarantined,
            "quarantined_expected": sum(expected_quarantine(written.mistakes).values()),
            "history": stage.run["counts"]["history"],
        }
        exact = quarantined == self.facts["quarantined_expected"]
        told = {name: self.facts[name] for name in ("files", "rows", "quarantined", "planted", "history")}
        self.say("files", **told, caught=self.facts["planted"] if exact else "?")

    def _tell_calculators(self) -> None:
        run = self.stage.run
        self.facts |= {
            "candidates": run["candidates"],
            "compared": run["compared"],
            "disagreements": run["disagreements"],
        }
        self.say("calculators", compared=run["compared"], disagreements=run["disagreements"])

    def _tell_unsearched(self, found: Findings) -> None:
        if found.unreadable:
            self.say("unsearched", processes=", ".join(found.unreadable))

    def tell_after(self, answers: Sequence[dict[str, Any]]) -> None:
        """The story's last line: the same scan, and the answers, which are published now."""
        found, served = self.stage.scan(), Findings()
        bodies = [json.dumps(answer, ensure_ascii=False).encode() for answer in answers]
        self.stage.scanner.scan_stream(bodies, "answers", served)
        everywhere = found.found.get(TICKET, set()) | served.found.get(TICKET, set())
        self.facts["canaries_after"] = len(everywhere)
        self.facts["canaries_after_by_kind"] = found.counts()
        self.say("after", asked=len(answers), found=len(everywhere))
        self._tell_unsearched(found)

    # ---- for a person ----

    def told(self) -> None:
        """The whole course with a person who opens the page, until Ctrl-C."""
        stage = self.stage
        self.to_the_vault()
        stage.schedule()
        stage.await_office()
        self._tell_what_to_try()
        self._tell_office()
        self._tell_second(stage.prepare_second())
        stage.await_view()
        t = stage.schedule()
        self.say("scheduled", approvers=stage.approver_names(), t=hour_text(t))
        stage.await_hour(t)
        asked = self.ask(self.prepare(sample(stage.answers, CROWD, stage.setup.plan.seed)))
        self.tell_after(asked)
        stage.verbs("release", "status")
        self.say("published", t=hour_text(t))
        while True:
            for child in stage.children.running:
                child.check()
            time.sleep(0.5)

    def _tell_what_to_try(self) -> None:
        stage, language = self.stage, self.session.language
        latest = hour_text(stage.started + LATEST)
        self.say("address", url=stage.url)
        self.say("hour", after=int(AFTER_VIEW.total_seconds()), latest=latest)
        self.say("people")
        for person in stage.people:
            self.say("person", label=person.label.get(language), fields="  ".join(person.fields))
        self.say("prove", snapshot=stage.snapshot, trust=stage.layout.public / "trust.json")
        self.say("break")
        self.say("audit", home=stage.setup.home)

    def _tell_office(self) -> None:
        """Where the office is, and who is let in with what."""
        stage, language = self.stage, self.session.language
        words = texts(language, "fangbang.office")
        self.say("office", url=stage.front.url, password=stage.office.passphrase)
        for member in STAFF:
            region = f" {region_name(member.region, language)}" if member.region else ""
            role, secret = words(f"role.{member.role}"), stage.front.secret_of(member)
            self.say("member", id=member.id, name=member.name, role=role, region=region, secret=secret)
        self.say("codes", home=stage.setup.home)
        self.say("keys", files="  ".join(str(stage.office.key_file(item)) for item in APPROVERS))

    def _tell_second(self, second: Second | None) -> None:
        if second is not None:
            good = f"{GOOD_REGISTRATIONS}, {GOOD_MARKS}"
            self.say("second", name=second.name.get(self.session.language), sitting=second.sitting, good=good)
            self.say("practice", wrong=WRONG, red=RED)
            for person in second.people[:SHOWN]:
                self.say("person", label=person.label.get(self.session.language), fields="  ".join(person.fields))

    # ---- without anybody ----

    def checked(self, number: int) -> dict[str, Any]:
        """The whole course headless; `number` candidates besides the six are asked for and compared."""
        stage, plan = self.stage, self.stage.setup.plan
        self.to_the_vault()
        stage.await_office()
        self.facts["office"] = stage.front.visited_by_all()
        self.say("offices", count=len(self.facts["office"]))
        second = stage.prepare_second()
        self.facts["second"] = second and {
            "sitting": second.sitting,
            "files": second.files,
        }
        client = stage.client()
        expected = sample(stage.answers, number, plan.seed, [person.ticket for person in stage.people])
        early = client.query(self.prepare(expected[:1])[0])  # no hour is set yet: this cannot come too late
        stage.schedule()
        client.get("/", accept="text/html")
        stage.await_view()
        t = stage.schedule()
        self.say("scheduled", approvers=stage.approver_names(), t=hour_text(t))
        prepared = self.prepare(expected)
        if stage.clock.now() < t - _NEAR:
            early = client.query(prepared[0])
        stage.await_hour(t)
        self.say("checking", asked=len(expected))
        compared = self._compare(expected, prepared)
        people = self._compare_people()
        queried, mismatches = compared.queried + people.queried, compared.mismatches + people.mismatches
        self.say("checked", queried=queried, mismatches=mismatches)
        state = stage.verbs("release", "status", stage.sitting)["releases"][0]["state"]
        chain = stage.verbs("audit", "verify")
        edits = stage.verbs("audit", "check")["edits"]
        verified = stage.verbs(
            "verify", "snapshot", str(stage.snapshot), "--trust", str(stage.layout.public / "trust.json")
        )
        self.facts |= {
            "early_state": early["state"],
            "released": state,
            "t": to_wire(t),
            "queried": queried,
            "mismatches": mismatches,
            "first_mismatches": compared.first + people.first,
            "verified": verified["outcome"],
            "audit": {**chain, "edits": edits},
            "seconds": {**stage.times},
        }
        return self.verdict()

    def prepare(self, expected: Sequence[Expected]) -> list[Prepared]:
        """The work for many queries, done ahead."""
        stage = self.stage
        crowd = Crowd(stage.shown_host, int(stage.address["port"]), stage.sitting)
        return crowd.prepare([item.ask for item in expected])

    def ask(self, prepared: Sequence[Prepared]) -> list[dict[str, Any]]:
        """Many queries from many addresses."""
        stage = self.stage
        return Crowd(stage.shown_host, int(stage.address["port"]), stage.sitting).ask(prepared)

    def _compare(self, expected: Sequence[Expected], prepared: Sequence[Prepared]) -> Comparison:
        compared, answers = Comparison(), self.ask(prepared)
        for item, answer in zip(expected, answers, strict=True):
            compared.add(item.row, answer)
        self.tell_after(answers)
        return compared

    def _compare_people(self) -> Comparison:
        """The six, each by the credential that the page offers."""
        from fangbang.cli.demo.client import Ask

        stage, compared = self.stage, Comparison()
        key = {item.row["ticket"]: item.row for item in sample(stage.answers, 0, 0, [p.ticket for p in stage.people])}
        client = stage.client()
        for person in stage.people:
            compared.add(key[person.ticket], client.ask(Ask(CredentialKind(person.kind).value, person.fields)))
        client.close()
        return compared

    def verdict(self) -> dict[str, Any]:
        """All facts, with `ok` first: every promise of the story kept."""
        facts = self.facts
        ok = (
            facts["disagreements"] == 0
            and facts["quarantined"] == facts["quarantined_expected"]
            and facts["compared"] == facts["candidates"]
            and facts["approvals"] == 2
            and facts["canaries_before"] == 0
            and facts["unsearched"] == 0
            and facts["office"] == [member.id for member in STAFF]
            and len(facts["second"]["files"]) == 4
            and facts["early_state"] == "not-released"
            and facts["canaries_after"] > 0
            and facts["canaries_after_by_kind"][KEY] > 0
            and facts["mismatches"] == 0
            and facts["queried"] > len(self.stage.people) > 0
            and facts["released"] == "published"
            and facts["verified"] == "valid"
        )
        return {"ok": ok, **facts}


def quit_on_signals() -> None:
    """SIGTERM ends the demonstration as Ctrl-C does; and so does SIGINT where a shell's `&` had it ignored."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
