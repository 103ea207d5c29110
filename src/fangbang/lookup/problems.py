"""What can go wrong around the query's process; the query's own answers are `answers.State`."""

from fangbang.core.errors import Kind, Problem

SENTINEL = Problem(
    "lookup.sentinel",
    Kind.INTEGRITY,
    zh="快照 {snapshot} 的哨兵查询没有得到预期的结果",
    en="A sentinel query of snapshot {snapshot} did not give the expected result",
)
WRONG_SITTING = Problem(
    "lookup.wrong-sitting",
    Kind.INTEGRITY,
    zh="快照 {snapshot} 属于另一场考试或年度",
    en="Snapshot {snapshot} belongs to another examination or year",
)
ROLLBACK = Problem(
    "lookup.rollback",
    Kind.INTEGRITY,
    zh="公告板的序号 {counter} 低于已见过的 {highest}",
    en="The board's counter {counter} is below {highest}, which was seen before",
)
PAGES_ROLLBACK = Problem(
    "lookup.pages-rollback",
    Kind.INTEGRITY,
    zh="页面内容的序号 {counter} 低于已见过的 {highest}",
    en="The page bundle's counter {counter} is below {highest}, which was seen before",
)
TOO_EARLY = Problem(
    "lookup.too-early",
    Kind.REFUSED,
    zh="快照 {snapshot} 的密钥早于发布时刻到达，已拒绝",
    en="The key of snapshot {snapshot} came before its hour and is refused",
)
ADDRESS_TAKEN = Problem(
    "lookup.address-taken",
    Kind.UNAVAILABLE,
    zh="地址 {host} 的端口 {port} 已被别的程序占用：换一个端口，或先结束那个程序",
    en="Port {port} of {host} is in use by another program: choose another port, or end that program",
)
BAD_OPTION = Problem(
    "lookup.bad-option",
    Kind.INPUT,
    zh="选项 {name} 无法使用：{reason}",
    en="Option {name} cannot be used: {reason}",
)
WORKERS_END = Problem(
    "lookup.workers-end",
    Kind.REFUSED,
    zh="查询工作进程一启动就退出，原因见日志",
    en="The workers end as soon as they are started; the log says why",
)
