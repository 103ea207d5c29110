"""Run as a process of its own: an office with something on every page of it. Prints what a test needs.

`python -m tests.office.seeding_house KEYS` before the office is served; `... --running RELEASE JOB` beside it.
"""

import json
import sys
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from fangbang.project.boot import open_office
from tests.office.seeding import seed

STAFF = {
    "han": ("韩梅", "importer", ""),
    "ma": ("马丽", "provincial-centre", "110000"),
    "li": ("李娜", "provincial-centre", "510000"),
    "qian": ("钱进", "adjudicator", ""),
    "sun": ("孙丽", "auditor", ""),
    "zhang": ("张伟", "adjudicator", ""),
}


def staff() -> dict[str, str]:
    """Everybody's session, and ones of somebody who is being entered (`new`, `newer`: with a password) and of
    one halfway in (`half`)."""
    from django.db import transaction

    from fangbang.accounts import actions
    from fangbang.accounts.actions.entering import open_session
    from fangbang.accounts.models import Operator
    from fangbang.accounts.rules import Place, Stage
    from fangbang.audit.rules import SYSTEM
    from fangbang.core.clock import SystemClock
    from tests.office.desk import PASSWORD

    clock, sessions = SystemClock(), {}
    for who, (name, role, region) in STAFF.items():
        actions.add_operator(actor=SYSTEM, operator_id=who, name=name, roles=[role], region=region, clock=clock)
    for row in Operator.objects.all():
        with transaction.atomic():
            sessions[row.pk], _ = open_session(row, Stage.FULL, Place("127.0.0.1"), "Test", clock)
    for who, stage in (("new", Stage.ENROLLING), ("newer", Stage.ENROLLING), ("half", Stage.HALFWAY)):
        with transaction.atomic():
            wang = Operator.objects.get(pk="wang")
            sessions[who], begun = open_session(wang, stage, Place("127.0.0.1"), "Test", clock)
            if who == "newer":
                actions.choose_password(session_id=begun.pk, password=PASSWORD, clock=clock)
    return sessions


def releases(home: Path) -> dict[str, str]:
    """Published results with books behind them, a red gate, published statistics, one that waits for its hour."""
    from django.db import transaction

    from fangbang.core.clock import ManualClock, SystemClock
    from fangbang.release.rules import ReleaseState
    from tests.desk.scene import scene
    from tests.office.marks import facts_of, frozen, published, put_into
    from tests.release.counted import COUNTED

    clock = SystemClock()
    with transaction.atomic():
        made = scene(home, ManualClock(clock.now()))
        base = made.publish({"outcome": "qualified"}, {"outcome": "qualified"}, {"outcome": "qualified"})
        overlay = made.release(made.outcomes({"mark": "71.5"}), state=ReleaseState.ADJUDICATED, base=base)
    waits = frozen(clock, facts_of(2024))
    put_into(waits, ReleaseState.DISTRIBUTED, clock)
    return {
        "counted": frozen(clock, replace(COUNTED, sitting="social-worker-2023")),
        "withdrawable": base,
        "overlay": overlay,
        "red": frozen(clock, facts_of(2027, red=True)),
        "shown": published(clock, facts_of(2025)),
        "waits": waits,
    }


def people(overlay: str) -> dict[str, str]:
    """What is asked for about persons and lists: a preview, a list that was made and one that lapsed, withholdings."""
    from django.conf import settings

    from fangbang.accounts.rules import Role, Staff
    from fangbang.adjudication.models import Withholding, WithholdingRequest
    from fangbang.audit.rules import Actor
    from fangbang.core.clock import SystemClock
    from fangbang.desk import actions
    from fangbang.desk.models import Export
    from fangbang.desk.queries import candidate_of, desk_vault
    from fangbang.project.stores import book_store
    from tests.desk.scene import SICHUAN, SITTING, WANG

    now = SystemClock().now()
    asked = {"asked_by": "li", "asked_name": "李娜", "asked_at": now}
    told: dict[str, Any] = {"sitting_id": SITTING, "region": SICHUAN, "content": "check", "format": "csv"}
    for name in ("made", "lapsed", "asked"):
        Export.objects.create(pk=f"exp-{name}", purpose="考后核查", **told, **asked)
    lapsed = {"made_at": now - timedelta(days=2), "rows": 2, "sha256": "ab" * 32}
    Export.objects.filter(pk="exp-lapsed").update(**lapsed)
    store, wang = book_store(settings.LAYOUT), Actor("wang", "王芳")
    candidate = candidate_of(store, Staff("wang", "王芳", frozenset({Role.APPROVER})), overlay, WANG["ticket"])
    preview = actions.ask_preview(
        actor=wang, release_id=overlay, candidate=candidate, reason="更正 2026-3", vault=desk_vault(store),
        clock=SystemClock(),
    )  # fmt: skip
    by = {"sitting_id": SITTING, "ticket": WANG["ticket"], "region": "110000", "reason": "雷同认定 2026-3"}
    Withholding.objects.create(pk="wh-1", basis="人社部令第31号第六条", by="wang", by_name="王芳", at=now, **by)
    WithholdingRequest.objects.create(
        pk="wr-1", kind="lift", basis="复核决定", asked_by="wang", asked_name="王芳", asked_at=now, **by
    )
    return {"preview": preview, "request": "wr-1"}


def notices() -> dict[str, str]:
    """Somebody's notice that waits, and a centre's telephone."""
    from fangbang.audit.rules import Actor
    from fangbang.core.clock import SystemClock
    from fangbang.exams.model import Text
    from fangbang.notices import actions
    from fangbang.notices.rules import ProposalKind
    from fangbang.pages.bundle import Bundle, Desk, Notice

    both = Text("查询首日请错峰访问", "Please come outside the busy hours")
    notice = Notice(id="busy-day", title=both, body=(both, both), not_before="2026-08-20T10:00:00.000000Z")
    centre = Desk(region="510000", name=Text("四川省考试中心", "Sichuan centre"), as_of="2026-08-01", source="来函")
    made = {}
    for kind, key, region, content in (
        (ProposalKind.NOTICE, "busy-day", "", notice),
        (ProposalKind.CENTRE, "510000", "510000", centre),
    ):
        made[kind.value] = actions.propose(
            actor=Actor("zhao", "赵敏"), kind=kind, key=key, region=region, content=content, reason="查询首日",
            bundle=Bundle(), clock=SystemClock(),
        )  # fmt: skip
    return made


def rules() -> dict[str, str]:
    """A changed file of an exam's rules, proposed by the editor."""
    from django.conf import settings

    from fangbang.audit.rules import Actor
    from fangbang.catalogue import actions
    from fangbang.core.clock import SystemClock
    from fangbang.exams.changing import Given, in_force

    data = in_force(settings.EXAMS)["trial"].data.replace("主级".encode(), "主要级别".encode())
    change = actions.propose(
        actor=Actor("lin", "林晓"), folder=settings.EXAMS, file=Given("trial.toml", data), reason="级别改名",
        clock=SystemClock(),
    )  # fmt: skip
    return {"change": change}


def files(home: Path) -> dict[str, str]:
    """Two files of an importer: tried, with a bad row; taken in. A line with a preview, and one without."""
    from django.conf import settings

    from fangbang.adjudication import actions as lines
    from fangbang.audit.rules import Actor
    from fangbang.core.clock import ManualClock, SystemClock
    from fangbang.exams.catalogue import load_catalogue
    from fangbang.intake import actions, queries
    from fangbang.jobs import queries as jobs
    from fangbang.office.jobs.intaking import limits
    from fangbang.project.stores import book_store, exam_catalogue
    from tests.adjudication.office import take_in
    from tests.adjudication.test_previewing import PEOPLE
    from tests.intake.files import registration, write_rows

    clock, han, zhang = SystemClock(), Actor("han", "韩梅"), Actor("zhang", "张伟")
    actions.open_sitting(actor=han, exam_id="social-worker", year=2028, catalogue=load_catalogue(), clock=clock)
    made = {}
    for name, first in (("tried", 1), ("taken", 11)):
        rows = [registration(first), registration(first + 1), registration(first + 2, 省份="?")]
        upload = made[name] = actions.take_whole(
            actor=han, sitting_id="social-worker-2028", name=f"报名-{name}.csv", folder=settings.LAYOUT.uploads,
            path=write_rows(home / f"{name}.csv", rows), limits=limits(), clock=clock,
        )  # fmt: skip
        made[f"{name}-job"] = work(han, "look", upload, {"sheets": []})
        look = queries.upload(upload).look
        profile = actions.default_profile("registrations")
        assert look is not None, upload
        actions.map_upload(actor=han, upload_id=upload, profile=profile, folder=settings.LAYOUT.uploads, clock=clock)
        work(han, "try", upload, {"looked_at": False, "corrects": ""})
    work(han, "take", made["taken"], {})
    made["batch"] = str(queries.upload(made["taken"]).batch)
    trial = take_in(book_store(settings.LAYOUT), ManualClock(clock.now()), 2026, PEOPLE)
    for name, sitting, level, subject in (
        ("line", trial, "main", "a"),
        ("line-failed", "social-worker-2028", "middle", "policy"),
    ):
        made[name] = lines.propose_line(
            actor=zhang, sitting_id=sitting, level=level, subjects=[subject], provinces=[], value=Decimal(55),
            regional=False, document_number="人社厅发〔2026〕1号", replace=False,
            catalogue=exam_catalogue(settings.EXAMS), clock=clock,
        )  # fmt: skip
        made[f"{name}-job"] = work(zhang, "preview-line", made[name], {})
    assert jobs.job(made["line-failed-job"]).problem, "its sitting has no marks"
    return made


def work(actor: Any, kind: str, subject: str, arguments: dict[str, Any]) -> str:
    """Ask for a job and do it here; its id."""
    from fangbang.core.clock import SystemClock
    from fangbang.jobs import actions
    from fangbang.jobs.actions.taking import take_next
    from fangbang.project.working import perform

    clock = SystemClock()
    made = actions.ask(actor=actor, kind=kind, subject=subject, arguments=arguments, clock=clock)
    taken = take_next(clock)
    assert taken is not None, kind
    perform(taken, clock)
    return made


def asked_for() -> str:
    """A job that waits for the office's companion: a list of passers."""
    from fangbang.audit.rules import Actor
    from fangbang.core.clock import SystemClock
    from fangbang.jobs import actions

    li, clock = Actor("li", "李娜"), SystemClock()
    return actions.ask(actor=li, kind="export", subject="exp-made", arguments={}, clock=clock)


def running(release: str, waiting: str) -> str:
    """Once the companion has done the job that waited for it: another one, in the middle for ever, since nobody does
    it. Had it stood there before, the companion would have found it interrupted."""
    open_office()

    from django.db import transaction

    from fangbang.cli.demo.processes import wait_for
    from fangbang.core.clock import SystemClock
    from fangbang.jobs import queries
    from fangbang.jobs.models import Job

    wait_for(lambda: not queries.job(waiting).state.open, 60)
    now = SystemClock().now()
    with transaction.atomic():
        Job.objects.create(
            pk="job-running", kind="adjudicate", subject=release, arguments="{}", actor="zhang", actor_name="张伟",
            state="running", tries=1, done=42_000, total=100_000, asked_at=now, started_at=now,
        )  # fmt: skip
    return queries.job(waiting).problem


def main(keys: Path) -> dict[str, Any]:
    """What is seeded, in an order in which one thing can stand on the other."""
    home = open_office().home

    from fangbang.office import jobs

    assert jobs  # importing them enters the kinds
    seeded = seed(keys)
    sessions = staff()
    things = releases(home)
    things |= {**people(things["overlay"]), **notices(), **rules(), **files(home)}
    things["export-job"] = asked_for()
    return {**seeded, "sessions": sessions, "things": things}


if __name__ == "__main__":
    print(json.dumps(running(*sys.argv[2:]) if sys.argv[1] == "--running" else main(Path(sys.argv[1]))))
