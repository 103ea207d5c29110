"""The verbs between gate and approvals: a province's word on its counts, and the national centre's on a missing one."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from fangbang.cli.edge import Session
from fangbang.cli.staff import acting, as_option, office, yes_option
from fangbang.core.errors import FangbangError

if TYPE_CHECKING:
    from fangbang.release.rules import ProvinceCounts


@click.command()
@click.argument("release_id", metavar="RELEASE")
@click.argument("province")
@click.option("--dispute", metavar="REASON", default="", help="人数有误及理由 / The counts are wrong, and why.")
@as_option
@yes_option
@click.pass_obj
def confirm(session: Session, release_id: str, province: str, dispute: str, operator: str | None, yes: bool) -> None:
    """由省级中心确认冻结报告中本省的人数；不加 --yes 只显示人数。 / A provincial centre confirms its counts in the
    frozen report; without --yes they are only shown.

    \b
    例 / Examples:
      fangbang release confirm rel-… 110000 --as ma
      fangbang release confirm rel-… 110000 --as ma --yes
      fangbang release confirm rel-… 110000 --dispute "缺考少计 12 人" --as ma --yes
    """
    office(session)

    from fangbang.accounts import queries as accounts
    from fangbang.accounts.problems import ROLE_MISSING
    from fangbang.accounts.rules import Permission, Role, Subject, may
    from fangbang.release import actions, queries
    from fangbang.release.problems import NOT_FROZEN
    from fangbang.release.rules import province_counts

    actor, view = acting(session, operator, Role.PROVINCIAL_CENTRE), queries.release(release_id)
    subject = Subject(view.sitting.rpartition("-")[0], frozenset({province}))
    if not may(accounts.member(actor.id), Permission.REGION_CONFIRMATION_GIVE, subject):
        raise FangbangError(ROLE_MISSING, operator=actor.id, role=f"{Role.PROVINCIAL_CENTRE} {province}")
    if view.report is None:
        raise FangbangError(NOT_FROZEN, release=release_id)
    counts = province_counts(view.report, province)
    if yes and dispute:
        actions.dispute_counts(
            actor=actor, release_id=release_id, province=province, reason=dispute, seen_report=view.report_hash,
            clock=session.clock,
        )  # fmt: skip
    elif yes:
        actions.confirm_counts(
            actor=actor, release_id=release_id, province=province, seen_report=view.report_hash, clock=session.clock
        )
    _tell(session, release_id, province, counts, dry=not yes)


@click.command()
@click.argument("release_id", metavar="RELEASE")
@click.argument("province")
@click.option("--reason", required=True, help="理由，记入审计 / The reason; it is recorded.")
@as_option
@yes_option
@click.pass_obj
def waive(session: Session, release_id: str, province: str, reason: str, operator: str | None, yes: bool) -> None:
    """省份未确认或有异议时说明理由放行；须两名审批人。 / Go on without a province's word, or against it, with a reason;
    two approvers are needed.

    \b
    例 / Example:
      fangbang release waive rel-… 540000 --reason "线路中断，已电话核对" --as wang --yes
    """
    office(session)

    from fangbang.accounts.rules import Role
    from fangbang.release import actions, queries
    from fangbang.release.problems import NOT_FROZEN
    from fangbang.release.rules import province_counts

    actor, view = acting(session, operator, Role.APPROVER), queries.release(release_id)
    if view.report is None:
        raise FangbangError(NOT_FROZEN, release=release_id)
    counts = province_counts(view.report, province)
    if yes:
        actions.waive_confirmation(
            actor=actor, release_id=release_id, province=province, reason=reason, seen_report=view.report_hash,
            clock=session.clock,
        )  # fmt: skip
    _tell(session, release_id, province, counts, dry=not yes)


def _tell(session: Session, release_id: str, province: str, counts: "ProvinceCounts", *, dry: bool) -> None:
    from fangbang.project.confirming import provinces_asked
    from fangbang.release import queries
    from fangbang.release.rules import confirmations_of

    view = queries.release(release_id)
    standing = confirmations_of(
        provinces_asked(view, session.settings.values["CONFIRMATIONS"]), queries.said(release_id)
    )
    levels: dict[str, Any] = {
        name: {
            "registered": item.registered,
            "outcomes": dict(item.outcomes),
            "subjects": [asdict(row) for row in item.subjects],
        }
        for name, item in counts.levels.items()
    }
    told = {
        "release": release_id,
        "report": view.report_hash,
        "province": province,
        "registered": counts.registered,
        "outcomes": dict(counts.outcomes),
        "levels": levels,
        "unsettled": list(standing.unsettled),
        "disputing": list(standing.disputing),
        "waived": list(standing.waived),
        "dry": dry,
    }
    spread = ", ".join(f"{name} {people}" for name, people in counts.outcomes.items())
    missing = ", ".join([*standing.disputing, *standing.unsettled]) or "-"
    note_zh, note_en = ("（未执行，加 --yes）", " (nothing done; add --yes)") if dry else ("", "")
    session.result(
        told,
        zh=f"{province}：报名 {counts.registered} 人；{spread}{note_zh}\n尚缺：{missing}",
        en=f"{province}: {counts.registered} registered; {spread}{note_en}\nMissing: {missing}",
    )
