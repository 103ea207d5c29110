"""What the keeper refuses, and why."""

from fangbang.core.errors import Kind, Problem

BAD_COMMAND = Problem(
    "keeper.bad-command",
    Kind.INPUT,
    zh="保管进程不认识这个命令:{reason}",
    en="The keeper cannot read this command: {reason}",
)
BAD_ORDER = Problem(
    "keeper.bad-order",
    Kind.INPUT,
    zh="封存指令不完整:{reason}",
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
    zh="发布 {release} 已是 {state},不能按另一份报告重新封存",
    en="Release {release} is {state}: it cannot be sealed again from another report",
)
OVERLAYS_LIVE = Problem(
    "keeper.overlays-live",
    Kind.STATE,
    zh="发布 {release} 之上还有补充发布 {overlays},不能另行封存;须先撤回,或作新的全量发布",
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
    "keeper.after-t", Kind.STATE, zh="放榜时刻已过,不能再改", en="The hour has passed: it cannot be moved any more"
)
TOO_EARLY = Problem(
    "keeper.too-early", Kind.REFUSED, zh="放榜时刻未到,密钥不能交出", en="The hour has not come: no key is handed out"
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
    zh="发布 {release} 已有两次更正,需要新的全量发布",
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
    zh="保管目录尚未建立,请先运行 fangbang keeper init",
    en="There is no keeper folder yet: run fangbang keeper init first",
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
    zh="开关的指令不是接着第 {serial} 号的:期间已有别的指令执行,请重新查看后再签",
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
