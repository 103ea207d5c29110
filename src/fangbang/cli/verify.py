"""`fangbang verify`: check what was published, trusting nobody."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from fangbang.cli.edge import Session
from fangbang.core.errors import FangbangError, Kind, Problem

if TYPE_CHECKING:
    from fangbang.snapshot.verdict import FolderReport

BAD_ANCHOR = Problem(
    "cli.bad-anchor",
    Kind.INPUT,
    zh="链头写法不对：{text}（应为 序号:散列值）",
    en="This is no head of the audit log: {text} (should be SEQ:HASH)",
)
BAD_HASH = Problem(
    "cli.bad-hash",
    Kind.INPUT,
    zh="--header 须为 64 位十六进制的 SHA-256",
    en="--header has to be a SHA-256: 64 hex digits",
)
_VERDICTS = {
    "valid": ("有效", "valid"),
    "not-valid": ("无效", "not valid"),
    "cannot-decide": ("无法判断", "cannot decide"),
}


@click.group()
def verify() -> None:
    """验证公开的数据，不信任任何人 / Verify what was published, trusting nobody."""


@verify.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--trust",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="信任锚：从别处得到的保管进程公钥 / Trust anchor: the keeper's public keys, from a source that you trust.",
)
@click.option("--header", "header_sha256", help="另行公布的快照头哈希 / SHA-256 of the header as it was announced.")
@click.option("--json", "own_json", is_flag=True, help="输出一个 JSON 对象 / One JSON object as the result.")
@click.pass_context
def snapshot(
    context: click.Context, folder: Path, trust: Path | None, header_sha256: str | None, own_json: bool
) -> None:
    """验证一个封存的快照 / Verify a sealed snapshot: signature, hashes, order, Merkle root, sizes, padding.

    不需要发布密钥，放榜前后都可以运行。退出码：0 有效，6 无效，7 无法判断。 / Needs no release key, works before and
    after the hour. Exit codes: 0 valid, 6 not valid, 7 cannot decide.

    \b
    例 / Examples:
      fangbang verify snapshot public/snapshots/0f3c… --trust trust.json
      fangbang verify snapshot public/snapshots/0f3c… --json
    """
    from fangbang.snapshot.board import load_anchor
    from fangbang.snapshot.verifier import verify_folder

    session: Session = context.find_object(Session) or Session()
    session.json = session.json or own_json
    announced = _announced(header_sha256) if header_sha256 is not None else None
    report = verify_folder(folder, load_anchor(trust) if trust else None, announced)
    result = msgspec.to_builtins(report)
    session.result(result, zh="\n".join(_lines(report, 0)), en="\n".join(_lines(report, 1)))
    if report.outcome.exit_code:
        context.exit(report.outcome.exit_code)


@verify.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--anchor",
    "anchors",
    multiple=True,
    metavar="SEQ:HASH",
    help="从别处得到的链头（如签名报告中的） / A head from elsewhere, such as a signed report. May be repeated.",
)
@click.pass_context
def audit(context: click.Context, file: Path, anchors: tuple[str, ...]) -> None:
    """验证导出的审计记录（JSON 行） / Verify an exported audit log (JSON lines): every hash, the chain, its head.

    只有部分记录的文件也可以验证，但其间有无缺漏无法判断。退出码：0 相符，6 不符。 / A file with only some entries is
    checked too, but whether something is left out between them cannot be told. Exit codes: 0 holds, 6 does not.

    \b
    例 / Examples:
      fangbang verify audit audit-20260820.jsonl
      fangbang verify audit audit-20260820.jsonl --anchor 412:9f2c…
    """
    from fangbang.audit.problems import CHAIN_BROKEN, NOT_AN_EXPORT
    from fangbang.audit.rules import Anchor, check_export

    session: Session = context.find_object(Session) or Session()
    wanted = [Anchor(*head_of(text)) for text in anchors]
    try:
        with file.open(encoding="utf-8") as lines:
            report = check_export(lines, wanted)
    except ValueError as error:
        raise FangbangError(NOT_AN_EXPORT) from error
    if report.findings:
        first = report.findings[0]
        raise FangbangError(CHAIN_BROKEN, count=len(report.findings), seq=first.seq, what=first.what)
    session.result(
        {"entries": report.entries, "whole": report.whole, "head": report.head.hash, "anchors": len(wanted)},
        zh=f"{report.entries} 条记录相符" + (f"，完整，链头 {report.head.hash}" if report.whole else "（部分记录）"),
        en=f"{report.entries} entries hold" + (f", whole, head {report.head.hash}" if report.whole else " (a part)"),
    )


def _announced(text: str) -> str:
    """A header's hash as somebody copied it from a notice: in groups, in capitals; BAD_HASH if it is none."""
    digest = "".join(text.split()).lower()
    if not re.fullmatch("[0-9a-f]{64}", digest):
        raise FangbangError(BAD_HASH)
    return digest


def head_of(text: str) -> tuple[int, str]:
    """The head of an audit log as somebody noted it, SEQ:HASH; or BAD_ANCHOR."""
    seq, _, digest = text.partition(":")
    if not (re.fullmatch("[0-9]{1,18}", seq) and digest):
        raise FangbangError(BAD_ANCHOR, text=text[:80])
    return int(seq), digest


def _lines(report: "FolderReport", language: int) -> list[str]:
    from fangbang.snapshot.verdict import REASON_TEXTS

    lines = [_VERDICTS[report.outcome.value][language]]
    if report.snapshot_id:
        names = (("快照", "snapshot"), ("场次", "sitting"), ("快照头", "header"), ("根", "root"), ("签名者", "signer"))
        values = (report.snapshot_id, report.sitting, report.header_sha256, report.merkle_root, report.signer)
        colon = ": " if language else "："
        lines += [f"  {name[language]}{colon}{value}" for name, value in zip(names, values, strict=True)]
    for finding in report.findings:
        place = "" if finding.place is None else f" #{finding.place}"
        lines.append(f"  [{finding.reason.value}] {finding.file}{place}: {REASON_TEXTS[finding.reason][language]}")
    return lines
