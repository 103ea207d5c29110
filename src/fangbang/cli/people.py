"""`fangbang people`: which documents are one person's. One member of staff proposes, another one decides."""

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from fangbang.cli.edge import Session
from fangbang.cli.staff import acting, as_option, key_options, office, proven, typed_lines
from fangbang.core.errors import FangbangError, Kind, Problem
from fangbang.project.stores import approve_of_people, book_store, document_vault, known_people

if TYPE_CHECKING:
    from fangbang.audit.rules import Actor
    from fangbang.people.rules import DocumentType

TWO_DOCUMENTS = Problem(
    "cli.two-documents",
    Kind.INPUT,
    zh="文件应有两行，每行：证件类型,证件号码",
    en="The file must have two lines, each: type of document, number",
)
ONE_RENAMED = Problem(
    "cli.one-renamed",
    Kind.INPUT,
    zh="文件应有一行：证件类型,证件号码,原姓名,现姓名",
    en="The file must have one line: type of document, number, former name, name now",
)
_BASIS = click.option(
    "--basis", required=True, help="依据：申请或文件编号 / What it rests on: an application's number."
)


@click.group()
def people() -> None:
    """考生身份：多个证件、改名、合并 / Who is who: several documents, changed names, merges.

    一人提议，另一人批准后才生效；系统只列出可能，从不自行认定。证件号码从文件或标准输入读取，不写在命令行上。 / One
    member of staff proposes, another one approves; until then nothing counts, and nothing is ever guessed. Numbers are
    read from a file or standard input, never from the command line.
    """


@people.command()
@click.argument("documents", type=click.File("rb"))
@_BASIS
@as_option
@click.pass_obj
def link(session: Session, documents: BinaryIO, basis: str, operator: str | None) -> None:
    """提议两个证件属于同一人 / Propose that two documents are one person's.

    DOCUMENTS：两行的文件（- 为标准输入），每行“证件类型,证件号码”。 / DOCUMENTS: a file of two lines (- is standard
    input), each "type,number".

    \b
    例 / Example:
      fangbang people link 证件.csv --basis 京考〔2026〕12号 --as li
    """
    layout = office(session)
    from fangbang.people import actions

    pair = _pair(typed_lines(documents))
    actor, keys = _importer(session, operator), document_vault(layout)
    asked = actions.propose_link(
        actor=actor, first=pair[0], second=pair[1], basis=basis, vault=keys, clock=session.clock
    )
    _tell_asked(session, asked.id)


@people.command()
@click.argument("kept")
@click.argument("merged")
@_BASIS
@as_option
@click.pass_obj
def merge(session: Session, kept: str, merged: str, basis: str, operator: str | None) -> None:
    """提议把第二个人并入第一个人 / Propose that the second person is the first one.

    \b
    例 / Example:
      fangbang people merge per-1… per-2… --basis 京考〔2026〕13号 --as li
    """
    office(session)
    from fangbang.people import actions

    actor = _importer(session, operator)
    asked = actions.propose_merge(actor=actor, kept=kept, merged=merged, basis=basis, clock=session.clock)
    _tell_asked(session, asked.id)


@people.command()
@click.argument("renamed", type=click.File("rb"))
@_BASIS
@as_option
@click.pass_obj
def rename(session: Session, renamed: BinaryIO, basis: str, operator: str | None) -> None:
    """提议更正或变更一人的姓名 / Propose that a document's holder is called otherwise: corrected, or changed by law.

    RENAMED：一行的文件（- 为标准输入）“证件类型,证件号码,原姓名,现姓名”。批准后：下一次计算起以现姓名发布和查询，成绩文
    件用哪个姓名都可以。 / RENAMED: a file of one line (- is standard input), "type,number,former name,name now". Once
    approved, results are told and found under the new name from the next run on; files of marks may have either.

    \b
    例 / Example:
      fangbang people rename 更名.csv --basis 更名〔2026〕3号 --as li
    """
    layout = office(session)
    from fangbang.people import actions

    document, before, after = _renamed(typed_lines(renamed))
    asked = actions.propose_name(
        actor=_importer(session, operator),
        document=document,
        before=before,
        after=after,
        basis=basis,
        vault=document_vault(layout),
        clock=session.clock,
    )
    _tell_asked(session, asked.id)


@people.command()
@click.argument("proposal")
@_BASIS
@as_option
@click.pass_obj
def undo(session: Session, proposal: str, basis: str, operator: str | None) -> None:
    """提议撤销已批准的关联、合并或改名 / Propose that an approved link, merge or change of name counts no longer.

    批准后，曾因此计入成绩的场次须重新计算（fangbang adjudicate outdated）。已批准的编号见 people show --decided。
    / Once
    approved, sittings whose last run counted passes through it are to be run again (fangbang adjudicate outdated).
    people show --decided lists what was approved.

    \b
    例 / Example:
      fangbang people undo lnk-… --basis 京考〔2026〕14号 --as li
    """
    office(session)
    from fangbang.people import actions

    actor = _importer(session, operator)
    asked = actions.propose_undo(actor=actor, proposal_id=proposal, basis=basis, clock=session.clock)
    _tell_asked(session, asked.id)


@people.command()
@click.argument("proposal")
@key_options
@as_option
@click.pass_obj
def approve(
    session: Session, proposal: str, key: Path | None, passphrase_file: Path | None, operator: str | None
) -> None:
    """以本人密钥签名批准他人的提议，自下一次计算起生效 / Approve a proposal that somebody else made, signed with
    your own key; it counts from the next run on.

    会因此改变的已冻结报告作废；受影响的场次须重新计算（fangbang adjudicate outdated）。 / Frozen reports that it would
    change are void; sittings where it counts are to be run again (fangbang adjudicate outdated).

    \b
    例 / Example:
      fangbang people approve lnk-… --as wang --key wang.pem
    """
    layout = office(session)
    from fangbang.people import queries
    from fangbang.project import deciding

    actor, asked = _decider(session, operator), queries.proposal(proposal)
    signed = deciding.of_people(asked, document_vault(layout))
    with proven(session, actor, key, passphrase_file, signed):
        decided = approve_of_people(layout, actor=actor, proposal_id=proposal, clock=session.clock)
    _tell_decided(session, decided, "已批准", "Approved")


@people.command()
@click.argument("proposal")
@as_option
@click.pass_obj
def refuse(session: Session, proposal: str, operator: str | None) -> None:
    """否决他人的提议 / Refuse a proposal that somebody else made.

    \b
    例 / Example:
      fangbang people refuse lnk-… --as wang
    """
    office(session)
    from fangbang.people import actions

    decided = actions.refuse(actor=_decider(session, operator), proposal_id=proposal, clock=session.clock)
    _tell_decided(session, decided, "已否决", "Refused")


@people.command()
@click.argument("person", required=False)
@click.option("--decided", is_flag=True, help="连同已决定的提议 / What was decided, too.")
@click.pass_obj
def show(session: Session, person: str | None, decided: bool) -> None:
    """显示一人的证件（已遮盖），或全部人员与待决提议 / Show a person's documents, masked; or everyone, and what waits.

    \b
    例 / Examples:
      fangbang people show
      fangbang people show per-…
      fangbang people show --decided
    """
    layout = office(session)
    from fangbang.people import queries

    ids = [person] if person else queries.persons()
    found = [queries.shown(one, document_vault(layout)) for one in ids]
    waiting = [] if person else [(type(one).__name__.lower(), one.id, one.asked_by) for one in queries.open_proposals()]
    past = [_decision(one) for one in queries.decided()] if decided else []
    value: dict[str, Any] = {
        "persons": [{"person": one.id, "documents": [list(item) for item in one.documents]} for one in found],
        "proposals": [{"kind": kind, "proposal": name, "asked_by": by} for kind, name, by in waiting],
    } | ({"decided": past} if decided else {})
    lines = [f"{one.id}  {'  '.join(f'{kind} {number}' for kind, number in one.documents)}" for one in found]
    lines += [f"? {kind:<10} {name}  {by}" for kind, name, by in waiting]
    lines += ["  ".join(one[key] for key in ("at", "kind", "proposal", "state", "basis", "by")) for one in past]
    session.result(value, zh="\n".join(lines) or "没有记录", en="\n".join(lines) or "Nothing recorded")


@people.command()
@click.argument("sittings", nargs=-1, required=True)
@click.pass_obj
def suggest(session: Session, sittings: tuple[str, ...]) -> None:
    """列出各场次报名中可能是同一人的证件，不作认定 / List documents that may be one person's; decides nothing.

    已批准的改名不再列出。 / Changes of name that were approved are not listed again.

    \b
    例 / Example:
      fangbang people suggest social-worker-2025 social-worker-2026
    """
    layout = office(session)
    import polars as pl

    from fangbang.intake import queries
    from fangbang.people.rules import mask_document, mask_name
    from fangbang.people.rules.suggestions import COLUMNS, REASONS, suggestions

    store = book_store(layout)
    books = [store.read(queries.registrations_book(sitting), COLUMNS) for sitting in sittings]
    names = known_people(layout)["names"]
    found = suggestions(pl.concat([pl.DataFrame(pl.from_arrow(book)) for book in books]), names)
    rows = [
        {
            "reason": row["reason"],
            "first": [row["doc_type"], mask_document(row["doc_number"]), mask_name(row["name"])],
            "second": [row["doc_type_2"], mask_document(row["doc_number_2"]), mask_name(row["name_2"])],
        }
        for row in found.iter_rows(named=True)
    ]
    lines = [" ".join((*row["first"], "~", *row["second"])) for row in rows]
    zh = "\n".join(f"{REASONS[row['reason']][0]}：{line}" for row, line in zip(rows, lines, strict=True))
    en = "\n".join(f"{REASONS[row['reason']][1]}: {line}" for row, line in zip(rows, lines, strict=True))
    session.result({"suggestions": rows}, zh=zh or "没有发现", en=en or "Nothing found")


def _decision(one: Any) -> dict[str, str]:
    """A decided proposal, without a number or a name."""
    told = {"kind": type(one).__name__.lower(), "proposal": one.id, "state": str(one.state), "basis": one.basis}
    return {**told, "at": one.decided_at.isoformat(), "asked_by": one.asked_by, "by": one.decided_by}


def _decider(session: Session, operator: str | None) -> "Actor":
    from fangbang.accounts.rules import Role

    return acting(session, operator, Role.IMPORTER, Role.APPROVER)


def _tell_decided(session: Session, decided: Any, zh: str, en: str) -> None:
    told = {"proposal": decided.id, "state": str(decided.state)}
    session.result(told, zh=f"{zh}：{decided.id}", en=f"{en}: {decided.id}")


def _importer(session: Session, operator: str | None) -> Any:
    from fangbang.accounts.rules import Role

    return acting(session, operator, Role.IMPORTER)


def _tell_asked(session: Session, name: str) -> None:
    session.result(
        {"proposal": name},
        zh=f"已提议 {name}，须由另一名工作人员批准",
        en=f"Proposed {name}; another member of staff has to approve it",
    )


def _pair(text: str) -> list[tuple["DocumentType", str]]:
    rows = _rows(text)
    if len(rows) != 2 or any(len(row) != 2 for row in rows):
        raise FangbangError(TWO_DOCUMENTS)
    return [_document(word, number) for word, number in rows]


def _renamed(text: str) -> tuple[tuple["DocumentType", str], str, str]:
    rows = _rows(text)
    if len(rows) != 1 or len(rows[0]) != 4:
        raise FangbangError(ONE_RENAMED)
    word, number, before, after = rows[0]
    return _document(word, number), before, after


def _rows(text: str) -> list[list[str]]:
    return [row for row in csv.reader(io.StringIO(text)) if any(cell.strip() for cell in row)]


def _document(word: str, number: str) -> tuple["DocumentType", str]:
    from fangbang.people.problems import DOCUMENT_TYPE
    from fangbang.people.rules import document_type

    kind = document_type(word)
    if kind is None:
        raise FangbangError(DOCUMENT_TYPE)
    return kind, number
