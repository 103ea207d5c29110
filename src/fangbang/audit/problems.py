"""What can be wrong with the audit log."""

from fangbang.core.errors import Kind, Problem

CHAIN_BROKEN = Problem(
    "audit.chain-broken",
    Kind.INTEGRITY,
    zh="审计日志被改动：{count} 处不符，第一处在第 {seq} 条（{what}）",
    en="The audit log was tampered with: {count} findings, the first at entry {seq} ({what})",
)
HEAD_MISSING = Problem(
    "audit.head-missing",
    Kind.INTEGRITY,
    zh="审计日志的链头不见了，拒绝继续记录",
    en="The head of the audit log is missing; nothing more is recorded",
)
ROW_EDITED = Problem(
    "audit.row-edited",
    Kind.INTEGRITY,
    zh="数据表 {table} 的第 {row} 行被绕过系统改动过，拒绝在其上继续操作。请报告审计员，并运行 fangbang audit check",
    en="Row {row} of table {table} was edited behind the application's back; nothing is built on it. Tell the auditor "
    "and run fangbang audit check",
)
TALLY_BROKEN = Problem(
    "audit.tally-broken",
    Kind.INTEGRITY,
    zh="数据库的总封记缺失，或与本机的封记密钥不符，拒绝继续写入",
    en="The tally of the database's seals is missing or does not fit this machine's seal key; nothing more is written",
)
TAMPERED = Problem(
    "audit.tampered",
    Kind.INTEGRITY,
    zh="发现 {count} 处绕过系统的改动，第一处：数据表 {table}，行 {row}（{what}）",
    en="{count} edits behind the application's back, the first: table {table}, row {row} ({what})",
)
NOT_AN_EXPORT = Problem(
    "audit.not-an-export",
    Kind.INPUT,
    zh="这不是导出的审计记录（JSON 行），或链头写法不对（序号:散列值）",
    en="This is no exported audit log (JSON lines), or an anchor is not SEQ:HASH",
)
