"""`fangbang intake`: registration, marks and prior-pass files become books; bad rows go to quarantine."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fangbang.cli.edge import Session
from fangbang.cli.intake_profiles import chosen_profile, guess, profile
from fangbang.cli.staff import FILE, acting, as_option, catalogue, office, read, yes_option
from fangbang.project.stores import book_store

if TYPE_CHECKING:
    from fangbang.intake.actions import Intake, Progress

_STAGES = {"read": ("读取文件", "Reading the file"), "settle": ("核对并写入", "Joining and writing")}


@click.group()
def intake() -> None:
    """接收报名与成绩文件 / Take in registrations and marks.

    每一行或被接收，或进入隔离文件（原有各列，另加文件、工作表、行号、列、错误代码、说明）；改正后可把隔离文件再交一次。整批要么
    全部生效，要么毫无影响；同一文件交两次会被认出。 / Every row is either accepted or written to a quarantine file (its
    own columns, with file, sheet, row, column, code and explanation), which can be mended and handed in again. A batch
    is accepted whole or not at all; the same file handed in twice is recognised.

    退出码：0 全部接收，3 文件有误而整批退回，4 时机不对，5 无权或签名不可信，6 与清单不符。 / Exit codes: 0
    accepted, 3 the file is refused, 4 wrong moment, 5 not permitted or not trusted, 6 contradicts its manifest.
    """


_CORRECTS = click.Option(
    ["--corrects"],
    default="",
    metavar="NOTICE",
    help="按此文号更正已接收的成绩 / The notice by which this file corrects marks that were accepted.",
)


def _verb(kind: str, text: str) -> None:
    @intake.command(name=kind, help=text)
    @click.argument("sitting")
    @click.argument("file", type=FILE)
    @click.option("--manifest", type=FILE, help="阅卷中心签名的清单 / The marking centre's signed manifest.")
    @click.option(
        "--profile", help="列映射方案：文件（TOML）或已保存的名称 / A profile: a TOML file, or the name of a saved one."
    )
    @click.option(
        "--looked-at", is_flag=True, help="整体可疑之处已核实无误 / What looked wrong is right: I have looked."
    )
    @as_option
    @click.pass_obj
    def verb(
        session: Session,
        sitting: str,
        file: Path,
        manifest: Path | None,
        profile: str | None,
        looked_at: bool,
        operator: str | None,
        corrects: str = "",
    ) -> None:
        layout = office(session)
        from fangbang.accounts.rules import Role
        from fangbang.intake import actions

        with _progress(session) as progress:
            done = actions.accept_file(
                kind=kind,
                actor=acting(session, operator, Role.IMPORTER),
                sitting_id=sitting,
                path=file,
                store=book_store(layout),
                catalogue=catalogue(session),
                clock=session.clock,
                manifest=manifest,
                profile=chosen_profile(layout, profile) if profile else None,
                quarantine=layout.quarantine,
                progress=progress,
                looked_at=looked_at,
                limits=actions.Limits.from_settings(session.settings.values),
                corrects=corrects,
            )
        _tell(session, done)

    if kind == "marks":
        verb.params.append(_CORRECTS)


_verb(
    "registrations",
    "接收报名文件 / Take in a registrations file.\n\n"
    "\b\n列 / Columns:\n  准考证号 档案号 姓名 证件类型 证件号码 级别 报考级别 专业 省份 地市\n"
    "  报考科目（|） [科目准考证号（|）] [年度]\n\n"
    "\b\n例 / Example:\n  fangbang intake registrations social-worker-2026 报名.csv --as li",
)
_verb(
    "marks",
    "接收成绩文件，与报名按准考证号和证件号码双重核对 / "
    "Take in a marks file; joined with the registrations by ticket and document both.\n\n"
    "\b\n列 / Columns:\n  准考证号 证件号码 科目 成绩 [姓名] [缺考标记] [年度]\n\n"
    "\b\n例 / Example:\n  fangbang intake marks social-worker-2026 成绩.csv --manifest 清单.json --as li",
)
_verb(
    "prior-passes",
    "接收本系统启用前的合格与免试记录 / Take in passes and exemptions of years before this system.\n\n"
    "\b\n列 / Columns:\n  证件类型 证件号码 姓名 级别 科目 合格年度 [有效期至] [单独划线地区] [专业] [依据]\n\n"
    "\b\n例 / Example:\n  fangbang intake prior-passes social-worker-2026 往年.csv --as li",
)


intake.add_command(profile)
intake.add_command(guess)


def _key(key: str) -> str:
    """Hex digits, or the file that holds them."""
    return read(Path(key)).decode("ascii", errors="replace").strip() if Path(key).is_file() else key


@intake.command()
@click.argument("name")
@click.argument("key")
@as_option
@click.pass_obj
def centre(session: Session, name: str, key: str, operator: str | None) -> None:
    """登记阅卷中心的公钥 / Enrol a marking centre's public key.

    KEY：64 位十六进制的 Ed25519 公钥，或含有它的文件。此后只接受这些密钥签名的清单。 / KEY: an Ed25519 public key as
    64 hex digits, or a file that holds them. Manifests are believed only if an enrolled key signed them.

    \b
    例 / Example:
      fangbang intake centre 阅卷中心 centre.pub --as admin
    """
    office(session)
    from fangbang.accounts.rules import Role
    from fangbang.intake import actions

    text = _key(key)
    actor = acting(session, operator, Role.ADMINISTRATOR)
    enrolled = actions.enrol_centre(actor=actor, name=name, key=text, clock=session.clock)
    session.result(
        {"key": enrolled.key, "name": enrolled.name},
        zh=f"已登记 {enrolled.name} 的公钥 {enrolled.key[:16]}…",
        en=f"Enrolled the key {enrolled.key[:16]}… of {enrolled.name}",
    )


@intake.command("retire-centre")
@click.argument("key")
@click.option("--reason", required=True, help="理由 / Why: lost, replaced, exposed.")
@as_option
@yes_option
@click.pass_obj
def retire_centre(session: Session, key: str, reason: str, operator: str | None, yes: bool) -> None:
    """停用阅卷中心的一把公钥：它签名的清单从此不再算数。 / Retire a marking centre's key: its manifests count no
    longer.

    永不可恢复；此前接收的文件不变，并列出。 / For ever; what was taken in before stays, and is listed.

    \b
    例 / Example:
      fangbang intake retire-centre 4f2a… --reason 泄露 --as admin --yes
    """
    office(session)
    from fangbang.accounts.rules import Role
    from fangbang.intake import actions, queries

    text = _key(key)
    actor = acting(session, operator, Role.ADMINISTRATOR)
    name, believed = queries.centre(text), queries.signed_by(text)
    if yes:
        actions.retire_centre(actor=actor, key=text, reason=reason, clock=session.clock)
    taken_zh = f"\n以它的清单接收的批次：{' '.join(believed)}" if believed else ""
    taken_en = f"\nBatches taken in with its manifests: {' '.join(believed)}" if believed else ""
    zh, en = f"{name} 的公钥", f"the key of {name}"
    session.result(
        {"key": text, "name": name, "batches": believed, "dry": not yes},
        zh=(f"已停用 {zh}" if yes else f"将停用 {zh}；未执行：加 --yes 才会执行") + taken_zh,
        en=(f"Retired: {en}" if yes else f"To be retired: {en}. Nothing was done: add --yes to do it") + taken_en,
    )


@intake.command(name="list")
@click.argument("sitting")
@click.pass_obj
def list_batches(session: Session, sitting: str) -> None:
    """列出场次已接收的批次 / List the accepted batches of a sitting.

    \b
    例 / Example:
      fangbang intake list social-worker-2026
    """
    office(session)
    from fangbang.intake import queries

    queries.sitting(sitting)
    batches = queries.batches(sitting)
    rows = [
        f"{batch.kind:<14} {batch.number:>3}  {batch.file_name}  +{batch.rows} / -{batch.quarantined}  {batch.importer}"
        for batch in batches
    ]
    value = [
        {
            "batch": batch.id,
            "kind": str(batch.kind),
            "number": batch.number,
            "file": batch.file_name,
            "accepted": batch.rows,
            "quarantined": batch.quarantined,
            "importer": batch.importer,
            "book": batch.book,
        }
        for batch in batches
    ]
    session.result({"batches": value}, zh="\n".join(rows) or "尚无批次", en="\n".join(rows) or "No batches yet")


def _tell(session: Session, done: "Intake") -> None:
    batch = done.batch
    value: dict[str, Any] = {
        "batch": batch.id,
        "kind": str(batch.kind),
        "again": done.again,
        "file_rows": batch.file_rows,
        "accepted": done.accepted,
        "quarantined": done.quarantined,
        "quarantine": str(done.quarantine_path) if done.quarantine_path else None,
        "findings": batch.findings,
        "missing": batch.missing,
        "manifest": batch.signed is not None,
        "warnings": batch.warnings,
        "unread": list(done.unread),
        "book": batch.book,
    }
    session.result(value, zh="\n".join(_lines_zh(done)), en="\n".join(_lines_en(done)))


def _lines_zh(done: "Intake") -> Iterator[str]:
    from fangbang.intake.rules import ROW_PROBLEMS, WARNINGS

    batch = done.batch
    if done.again:
        yield f"此文件已于 {batch.at:%Y-%m-%d %H:%M} 作为批次 {batch.id} 接收，未重复接收"
    yield f"{batch.file_name}：{batch.file_rows} 行，接收 {done.accepted} 行，隔离 {done.quarantined} 行"
    for code, count in batch.findings.items():
        yield f"  {count:>8}  {code}  {ROW_PROBLEMS[code].zh}"
    if done.quarantine_path:
        yield f"隔离文件：{done.quarantine_path}（改正后可再次接收）"
    for subject, count in batch.missing.items():
        yield f"  {subject}：{count} 名报考者尚无成绩"
    for code, count in batch.warnings.items():
        yield f"提醒：{count} 行 {code}  {WARNINGS[code].zh}"
    if done.unread:
        yield f"未使用的列：{'、'.join(done.unread)}"
    yield "清单：签名与合计一致" if batch.signed else "清单：无"


def _lines_en(done: "Intake") -> Iterator[str]:
    from fangbang.intake.rules import ROW_PROBLEMS, WARNINGS

    batch = done.batch
    if done.again:
        yield f"This file was accepted at {batch.at:%Y-%m-%d %H:%M} as batch {batch.id}; nothing was done"
    yield f"{batch.file_name}: {batch.file_rows} rows, {done.accepted} accepted, {done.quarantined} quarantined"
    for code, count in batch.findings.items():
        yield f"  {count:>8}  {code}  {ROW_PROBLEMS[code].en}"
    if done.quarantine_path:
        yield f"Quarantine: {done.quarantine_path} (mend it and hand it in again)"
    for subject, count in batch.missing.items():
        yield f"  {subject}: {count} registered people have no mark yet"
    for code, count in batch.warnings.items():
        yield f"Warning: {count} rows  {code}  {WARNINGS[code].en}"
    if done.unread:
        yield f"Columns that were not used: {', '.join(done.unread)}"
    yield "Manifest: signature and totals agree" if batch.signed else "Manifest: none"


@contextmanager
def _progress(session: Session) -> Iterator["Progress | None"]:
    """Bars on a terminal, nothing elsewhere."""
    from rich.console import Console

    console = Console(stderr=True)
    if session.json or not console.is_terminal:
        yield None
        return
    from rich.progress import Progress as Bars

    with Bars(console=console, transient=True) as bars:
        yield _stepper(bars, session.language)


def _stepper(bars: Any, language: str) -> Callable[[str, int, int], None]:
    tasks: dict[str, Any] = {}

    def step(stage: str, done: int, of: int) -> None:
        if stage not in tasks:
            tasks[stage] = bars.add_task(_STAGES[stage][language == "en"], total=of)
        bars.update(tasks[stage], completed=done, total=of)

    return step
