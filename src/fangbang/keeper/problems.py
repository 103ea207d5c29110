"""What the keeper refuses, and why."""

from fangbang.core.errors import Kind, Problem

BAD_COMMAND = Problem(
    "keeper.bad-command",
    Kind.INPUT,
    zh="保管进程不认识这个命令：{reason}",
    en="The keeper cannot read this command: {reason}",
)
BAD_ORDER = Problem(
    "keeper.bad-order",
    Kind.INPUT,
    zh="封存指令不完整：{reason}",
    en="The order to seal does not hold together: {reason}",
)
OTHER_CATALOGUE = Problem(
    "keeper.other-catalogue",
    Kind.REFUSED,
    zh="保管进程的考试目录与批准的报告不是同一版本",
    en="The keeper's catalogue is not the one of the approved report",
)
UNKNOWN_RELEASE = Problem(
    "keeper.unknown-release", Kind.STATE, zh="没有封存过发布 {release}", en="Release {release} was never sealed"
)
NOT_RESEALABLE = Problem(
    "keeper.not-resealable",
    Kind.STATE,
    zh="发布 {release} 已是 {state}，不能按另一份报告重新封存",
    en="Release {release} is {state}: it cannot be sealed again from another report",
)
OVERLAYS_LIVE = Problem(
    "keeper.overlays-live",
    Kind.STATE,
    zh="发布 {release} 之上还有补充发布 {overlays}，不能另行封存；须先撤回，或作新的全量发布",
    en="Overlays stand on release {release} ({overlays}): it cannot be sealed again; withdraw them, or make a new base",
)
OTHER_SNAPSHOT = Problem(
    "keeper.other-snapshot",
    Kind.INTEGRITY,
    zh="指令所写的快照不是发布 {release} 的快照",
    en="The order names a snapshot that is not the one of release {release}",
)
OLD_SCHEDULE = Problem(
    "keeper.old-schedule",
    Kind.REFUSED,
    zh="放榜时刻的指令序号 {serial} 已经用过",
    en="An hour with serial {serial} was taken before",
)
AFTER_T = Problem(
    "keeper.after-t", Kind.STATE, zh="放榜时刻已过，不能再改", en="The hour has passed: it cannot be moved any more"
)
TOO_EARLY = Problem(
    "keeper.too-early", Kind.REFUSED, zh="放榜时刻未到，密钥不能交出", en="The hour has not come: no key is handed out"
)
BASE_FIRST = Problem(
    "keeper.base-first",
    Kind.STATE,
    zh="更正发布不能早于它所更正的发布 {release}",
    en="An overlay cannot be published before {release}, which it corrects",
)
NEW_BASE_NEEDED = Problem(
    "keeper.new-base-needed",
    Kind.STATE,
    zh="发布 {release} 已有两次更正，需要新的全量发布",
    en="Release {release} has two overlays already: a new base is needed",
)
UNKNOWN_WORKER = Problem(
    "keeper.unknown-worker", Kind.STATE, zh="没有登记过这个查询进程", en="This worker is not registered"
)
ALREADY_RUNNING = Problem(
    "keeper.already-running", Kind.STATE, zh="保管进程已在运行", en="A keeper is running on this folder already"
)
NOT_INITIALISED = Problem(
    "keeper.not-initialised",
    Kind.STATE,
    zh="保管目录尚未建立，请先运行 fangbang keeper init",
    en="There is no keeper folder yet: run fangbang keeper init first",
)
SHADOW_IN_BOOK = Problem(
    "keeper.shadow-in-book",
    Kind.INTEGRITY,
    zh="结果数据中混有哨兵考生（判定时用于核对、并不存在的人），不能封存",
    en="Among the results stand shadow people, made to check a run and nobody's: this is not sealed",
)
SEAL_FAILED = Problem(
    "keeper.seal-failed", Kind.UNAVAILABLE, zh="封存进程中途退出", en="The sealing process ended before it was done"
)
OTHER_PAGES = Problem(
    "keeper.other-pages",
    Kind.REFUSED,
    zh="页面内容的指令不是接着第 {counter} 号的",
    en="The order for a page bundle does not follow counter {counter}",
)
OTHER_SWITCHES = Problem(
    "keeper.other-switches",
    Kind.REFUSED,
    zh="开关的指令不是接着第 {serial} 号的：期间已有别的指令执行，请重新查看后再签",
    en="The order does not follow number {serial}: a switch was moved meanwhile; look again before you sign",
)
BAD_STATE = Problem(
    "keeper.bad-state", Kind.INTEGRITY, zh="保管进程的状态文件无法解读", en="The keeper's state file cannot be read"
)
OLD_ORDER = Problem(
    "keeper.old-order",
    Kind.REFUSED,
    zh="发布 {release} 已按更新的报告封存，不能退回较早的报告",
    en="Release {release} was sealed from a newer report: an older one cannot take its place",
)
KEY_LOST = Problem(
    "keeper.key-lost",
    Kind.INTEGRITY,
    zh="发布 {release} 的密钥不在，须重新封存",
    en="The key of release {release} is gone: seal it again",
)
BAD_CARD = Problem(
    "keeper.bad-card",
    Kind.INPUT,
    zh="该文件不是有效的公开卡片（人员或保管进程）",
    en="The file is no valid public card of a person or a keeper",
)
BAD_QUORUM = Problem(
    "keeper.bad-quorum",
    Kind.INPUT,
    zh="人数不成立：至少须二人共同开启，总数不少于此、不超过 {most}，姓名与密钥各不相同",
    en="These people make no quorum: at least two open together, out of as many or more, at most {most}, "
    "each with a name and a key of their own",
)
NOT_A_MEMBER = Problem(
    "keeper.not-a-member", Kind.REFUSED, zh="{name} 不在开启人之列", en="{name} is not one of those who may open this"
)
PART_WRONG = Problem(
    "keeper.part-wrong",
    Kind.REFUSED,
    zh="{name} 的密钥或份额不对，或已被改动",
    en="The key or the part of {name} is wrong, or was tampered with",
)
QUORUM_SHORT = Problem(
    "keeper.quorum-short",
    Kind.REFUSED,
    zh="只有 {given} 人，须 {needed} 人共同开启",
    en="{given} of the {needed} people who are needed",
)
QUORUM_DAMAGED = Problem(
    "keeper.quorum-damaged",
    Kind.INTEGRITY,
    zh="这组人的加密副本已损坏或被改动",
    en="The copy for these people is damaged or was tampered with",
)
ALREADY_MADE = Problem(
    "keeper.already-made",
    Kind.STATE,
    zh="该目录已有正式保管的密钥环，不会覆盖",
    en="This folder holds a keyring of production custody already; it is not replaced",
)
BAD_KEYRING = Problem(
    "keeper.bad-keyring", Kind.INTEGRITY, zh="密钥环文件无法解读", en="The keyring file cannot be read"
)
SECRET_DAMAGED = Problem(
    "keeper.secret-damaged",
    Kind.INTEGRITY,
    zh="保管的 {name} 已损坏、被调换或属于另一密钥",
    en="What is kept as {name} is damaged, was exchanged or belongs to another key",
)
DISARMED = Problem(
    "keeper.disarmed",
    Kind.STATE,
    zh="保管进程尚未开启：须开启人先交出份额（fangbang keeper arm）",
    en="The keeper is not armed yet: officers give their parts first (fangbang keeper arm)",
)
WRONG_CUSTODY = Problem(
    "keeper.wrong-custody",
    Kind.STATE,
    zh="设置 FANGBANG_CUSTODY 与该目录不符：目录属于 {custody} 保管",
    en="Setting FANGBANG_CUSTODY does not fit this folder, which is one of {custody} custody",
)
MEMORY_NOT_KEPT = Problem(
    "keeper.memory-not-kept",
    Kind.STATE,
    zh="内存可能被换出到磁盘：须关闭交换，或允许锁定内存（LimitMEMLOCK=infinity）",
    en="Memory may be swapped out to a disk: turn swap off, or let memory be locked (LimitMEMLOCK=infinity)",
)
TOO_FEW_SOURCES = Problem(
    "keeper.too-few-sources",
    Kind.INPUT,
    zh="时间来源须至少 {fewest} 个，各不相同（FANGBANG_TIME_SOURCES）",
    en="There must be {fewest} or more different time sources (FANGBANG_TIME_SOURCES)",
)
BAD_SOURCE = Problem(
    "keeper.bad-source",
    Kind.INPUT,
    zh="时间来源 {source} 无法使用，须为 system 或 ntp://主机[:端口]",
    en="The time source {source} cannot be used: system, or ntp://host[:port]",
)
TIME_UNSURE = Problem(
    "keeper.time-unsure",
    Kind.UNAVAILABLE,
    zh="多数时间来源不一致（相差超过一秒）或无回应：暂不放榜",
    en="No majority of the time sources agrees within a second: nothing is posted",
)
NOT_PAIRED = Problem(
    "keeper.not-paired",
    Kind.STATE,
    zh="尚未与另一保管进程配对（fangbang keeper pair）",
    en="This keeper is not paired with the other one yet (fangbang keeper pair)",
)
STANDBY = Problem(
    "keeper.standby",
    Kind.STATE,
    zh="本保管进程是备用；指令须交给主用 {primary}，或由开启人改为主用（fangbang keeper lead）",
    en="This keeper is the standby: orders go to {primary}, or officers make this one lead (fangbang keeper lead)",
)
PEER_AWAY = Problem(
    "keeper.peer-away",
    Kind.UNAVAILABLE,
    zh="另一保管进程没有回应，未作任何决定；确认其停机后可由开启人改为单机（fangbang keeper alone）",
    en="The other keeper does not answer: nothing was decided. If it is down, officers let this one go on alone "
    "(fangbang keeper alone)",
)
UNCONFIRMED = Problem(
    "keeper.unconfirmed",
    Kind.UNAVAILABLE,
    zh="本保管进程已执行，另一保管进程尚未确认；请重复同一指令",
    en="Done here, but the other keeper has not confirmed it: give the same order again",
)
NOT_PUT_AWAY = Problem(
    "keeper.not-put-away",
    Kind.UNAVAILABLE,
    zh="发布 {release} 的查询已结束，但其快照未能移出公开目录：请检查磁盘空间与权限",
    en="The lookup of release {release} is over, but its snapshot could not be taken out of the public folder: look at "
    "the disk's space and rights",
)
NOT_ALONE = Problem(
    "keeper.not-alone",
    Kind.REFUSED,
    zh="另一保管进程仍有回应，不能改为单机",
    en="The other keeper still answers: this one does not go on alone",
)
OTHER_HOUR = Problem(
    "keeper.other-hour",
    Kind.INTEGRITY,
    zh="发布 {release} 已按另一时刻放榜，不接受改动",
    en="Release {release} was posted at another hour: the change is not taken",
)
JOURNAL_BROKEN = Problem(
    "keeper.journal-broken",
    Kind.INTEGRITY,
    zh="开启人的操作记录从第 {number} 条起被改动、删去或添加",
    en="The journal of officers' acts was changed, cut or added to, from entry {number} on",
)
NOT_IN_ESCROW = Problem(
    "keeper.not-in-escrow",
    Kind.INPUT,
    zh="托管目录中没有可用的副本",
    en="The escrow folder holds no copy that could be used",
)
