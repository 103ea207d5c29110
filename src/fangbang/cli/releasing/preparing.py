"""The verbs before sealing: freeze, show, approve, override."""

from pathlib import Path

import click

from fangbang.cli.edge import Session
from fangbang.cli.releasing.telling import tell
from fangbang.cli.staff import (
    acting,
    as_option,
    catalogue,
    key_options,
    office,
    signing_key,
    yes_option,
)
from fangbang.core.errors import FangbangError
from fangbang.project import preparing
from fangbang.project.confirming import provinces_asked


@click.command()
@click.argument("sitting")
@click.option("--run", "run_id", help="采用哪次判定；缺省为最近一次 / Which run; the last one if absent.")
@click.option("--province", "provinces", multiple=True, help="只含此省份（六位代码），可重复 / Only this province.")
@click.option("--level", "levels", multiple=True, help="只含此级别，可重复 / Only this level.")
@click.option(
    "--overlay", metavar="BASE", default="", help="作为已公布的 BASE 的补充 / As an overlay of a published base."
)
@as_option
@click.pass_obj
def freeze(
    session: Session,
    sitting: str,
    run_id: str | None,
    provinces: tuple[str, ...],
    levels: tuple[str, ...],
    overlay: str,
    operator: str | None,
) -> None:
    """核对全部数据并冻结待签名的报告 / Check everything and freeze the report to be signed.

    数据未变时再次执行，不影响已有签名。 / Run again on the same data, it keeps the signatures.

    \b
    例 / Examples:
      fangbang release freeze social-worker-2026 --as zhang
      fangbang release freeze social-worker-2026 --overlay rel-… --as zhang
    """
    layout = office(session)

    from fangbang.accounts.rules import Role
    from fangbang.release import actions, queries
    from fangbang.release.rules import ReleaseKind, Scope

    actor = acting(session, operator, Role.ADJUDICATOR)
    scope, kind = Scope(provinces, levels), ReleaseKind.OVERLAY if overlay else ReleaseKind.BASE
    facts = preparing.gather(layout, catalogue(session), sitting, run_id)
    found = queries.unsealed(sitting, scope, kind) or actions.open_release(
        actor=actor,
        sitting_id=sitting,
        scope=scope,
        kind=kind,
        base_id=overlay,
        provincial=facts.provincial,
        clock=session.clock,
    )
    actions.freeze(actor=actor, release_id=found, facts=facts, clock=session.clock)
    tell(session, queries.release(found))


@click.command()
@click.argument("release_id", metavar="RELEASE")
@click.pass_obj
def show(session: Session, release_id: str) -> None:
    """显示发布的状态、报告与签名；--json 输出报告全文。 / Show a release; with --json the whole report.

    \b
    例 / Example:
      fangbang release show rel-…
    """
    office(session)

    from fangbang.release import queries

    tell(session, queries.release(release_id), whole=True)


@click.command()
@click.argument("release_id", metavar="RELEASE")
@click.option(
    "--report", "expected", default="", help="报告的散列值（可只写开头） / The report's hash, or its beginning."
)
@key_options
@as_option
@yes_option
@click.pass_obj
def approve(
    session: Session,
    release_id: str,
    expected: str,
    key: Path | None,
    passphrase_file: Path | None,
    operator: str | None,
    yes: bool,
) -> None:
    """以本人密钥签名批准冻结的报告 / Sign the frozen report with your own key.

    须两人，且均未导入过数据。先用 show 看清报告，并与另一名审批人核对散列值。 / Two people sign, neither of them an
    importer. Look at it with show first, and compare its hash with the other approver.

    \b
    例 / Example:
      fangbang release approve rel-… --report 3f9a --as wang --key wang.pem --yes
    """
    office(session)

    from fangbang.accounts.queries import trusted_keys
    from fangbang.accounts.rules import Role
    from fangbang.release import actions, queries
    from fangbang.release.problems import WRONG_REPORT
    from fangbang.release.rules import report_hash, sign_report

    actor = acting(session, operator, Role.APPROVER)
    report = queries.frozen_report(release_id)
    signed = report_hash(report)
    if not signed.startswith(expected):
        raise FangbangError(WRONG_REPORT, signed=expected, frozen=signed[:16])
    if yes:
        approval = sign_report(signing_key(session, key, passphrase_file), report, actor.id)
        actions.approve(
            actor=actor,
            release_id=release_id,
            signed_report=signed,
            approval=approval,
            trusted_keys=trusted_keys(),
            asked=provinces_asked(queries.release(release_id), session.settings.values["CONFIRMATIONS"]),
            clock=session.clock,
        )
    tell(session, queries.release(release_id), dry=not yes)


@click.command()
@click.argument("release_id", metavar="RELEASE")
@click.argument("check")
@click.option("--reason", required=True, help="理由，进入报告 / The reason; it stands in the report.")
@key_options
@as_option
@yes_option
@click.pass_obj
def override(
    session: Session,
    release_id: str,
    check: str,
    reason: str,
    key: Path | None,
    passphrase_file: Path | None,
    operator: str | None,
    yes: bool,
) -> None:
    """对一项未通过的检查签名放行并说明理由 / Override one red check, with a reason.

    须两名审批人；已有的批准作废。 / Two approvers are needed; earlier approvals are void.

    \b
    例 / Example:
      fangbang release override rel-… joins --reason "…" --as wang --key wang.pem --yes
    """
    office(session)

    from fangbang.accounts.queries import trusted_keys
    from fangbang.accounts.rules import Role
    from fangbang.release import actions, queries
    from fangbang.release.rules import sign_override

    actor = acting(session, operator, Role.APPROVER)
    report = queries.frozen_report(release_id)
    if yes:
        signed = sign_override(signing_key(session, key, passphrase_file), report, check, reason, actor.id)
        actions.override(actor=actor, override=signed, trusted_keys=trusted_keys(), clock=session.clock)
    tell(session, queries.release(release_id), dry=not yes)
