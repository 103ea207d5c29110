"""What can be wrong with the audit log."""

from fangbang.core.errors import Kind, Problem

CHAIN_BROKEN = Problem(
    "audit.chain-broken",
    Kind.INTEGRITY,
    zh="审计日志被改动:{count} 处不符,第一处在第 {seq} 条({what})",
    en="The audit log was tampered with: {count} findings, the first at entry {seq} ({what})",
)
HEAD_MISSING = Problem(
    "audit.head-missing",
    Kind.INTEGRITY,
    zh="审计日志的链头不见了,拒绝继续记录",
    en="The head of the audit log is missing; nothing more is recorded",
)
