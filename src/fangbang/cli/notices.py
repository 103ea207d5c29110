"""`fangbang notices`: the proposals that the office's pages make, listed and published from the command line."""

from pathlib import Path

import click

from fangbang.cli.edge import Session
from fangbang.cli.staff import acting, as_option, key_options, office, signing_key, yes_option
from fangbang.core.clock import to_wire
from fangbang.project import publishing


@click.group()
def notices() -> None:
    """公告与考试机构信息的审批 / Approve notices and whom to ask.

    由一人在网页撰写，另一人在此或网页签名公布。 / One person writes in the office's pages, another signs here or there.
    """


@notices.command("list")
@click.pass_obj
def list_(session: Session) -> None:
    """列出提案。 / List the proposals.

    \b
    例 / Example:
      fangbang notices list
    """
    office(session)

    from fangbang.notices import queries
    from fangbang.pages.bundle import Notice

    found = queries.proposals()
    told = [
        {
            "proposal": item.id,
            "kind": item.kind.value,
            "key": item.key,
            "region": item.region,
            "state": item.state.value,
            "author": item.author,
            "at": to_wire(item.at),
            "takes_down": item.content is None,
            "not_before": item.content.not_before if isinstance(item.content, Notice) else None,
            "until": item.content.until if isinstance(item.content, Notice) else None,
        }
        for item in found
    ]
    lines = "\n".join(f"{item.id}  {item.kind}  {item.key}  {item.state}  {item.author}" for item in found)
    session.result({"proposals": told}, zh=lines or "没有提案", en=lines or "No proposals")


@notices.command()
@click.argument("proposal_id", metavar="PROPOSAL")
@key_options
@as_option
@yes_option
@click.pass_obj
def publish(
    session: Session, proposal_id: str, key: Path | None, passphrase_file: Path | None, operator: str | None, yes: bool
) -> None:
    """签名公布一条提案；须不是作者本人。 / Sign and publish a proposal of somebody else.

    \b
    例 / Example:
      fangbang notices publish pro-… --as wang --key wang.pem --yes
    """
    layout = office(session)

    from fangbang.accounts.queries import trusted_keys
    from fangbang.accounts.rules import Role
    from fangbang.notices import queries
    from fangbang.pages.bundle import encode_bundle
    from fangbang.release.rules import sign_pages

    actor, proposal = acting(session, operator, Role.APPROVER), queries.proposal(proposal_id)
    order = publishing.order_for(layout, encode_bundle(publishing.bundle_with(layout, proposal)))
    if yes:
        publishing.publish_proposal(
            layout,
            actor=actor,
            proposal_id=proposal_id,
            order=order,
            approval=sign_pages(signing_key(session, key, passphrase_file), order, actor.id),
            trusted_keys=trusted_keys(),
            clock=session.clock,
        )
    told = {"proposal": proposal_id, "bundle": order["bundle"], "counter": order["counter"], "published": yes}
    session.result(told, zh=f"第 {order['counter']} 号 {'已公布' if yes else '（未执行）'}",
                   en=f"bundle {order['counter']} {'published' if yes else '(not done)'}")  # fmt: skip
