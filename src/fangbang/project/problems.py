"""What can be wrong with an installation."""

from fangbang.core.errors import Kind, Problem

SQLITE_TOO_OLD = Problem(
    "project.sqlite-too-old",
    Kind.UNAVAILABLE,
    zh="SQLite {version} 版本过旧，可能损坏数据库；需要 {least} 或更新版本",
    en="SQLite {version} can corrupt a database; {least} or later is needed",
)
BAD_DATABASE_URL = Problem(
    "project.bad-database-url",
    Kind.INPUT,
    zh="设置 FANGBANG_DATABASE 不是可用的数据库地址（支持 sqlite: 与 postgresql:）",
    en="FANGBANG_DATABASE is no usable database URL (sqlite: and postgresql: are supported)",
)
BODY_TOO_LARGE = Problem(
    "project.body-too-large",
    Kind.INPUT,
    zh="没有接收：一次至多 {most} 字节。上传文件时，页面打开超过 12 小时或文件超过上限就会如此："
    "请重新打开场次的页面，再选文件；启用脚本时分块上传，可从中断处继续；更大的文件放入投放目录，或用命令行接收",
    en="Nothing was taken: at most {most} bytes at once. A file meets this when its page was opened more than 12 hours "
    "ago, or when it is larger than uploads may be: open the sitting's page anew and choose it again; with scripts it "
    "comes in pieces and goes on after an interruption; a larger one goes into the drop folder or by the command line",
)
DATABASE_AWAY = Problem(
    "project.database-away",
    Kind.UNAVAILABLE,
    zh="数据库没有应答，或中途断开；本次是否已执行无法确定：恢复后先查看，再重做",
    en="The database does not answer, or broke off. Whether this was carried out is not certain: once it is back, look "
    "first, then do it again",
)
DATABASE_BROKE_OFF = Problem(
    "project.database-broke-off",
    Kind.UNAVAILABLE,
    zh="数据库中止了这一步（{state}），这一步没有执行；稍后重做。若一再出现，请系统管理员查看数据库日志",
    en="The database broke this step off ({state}): nothing of it was done. Do it again in a moment; if it comes again "
    "and again, have the administrator read the database's log",
)
DEMO_CUSTODY_ONLY = Problem(
    "project.demo-custody-only",
    Kind.INPUT,
    zh="FANGBANG_OFFICE_DEMO 只能用于演示保管（FANGBANG_CUSTODY=demo）",
    en="FANGBANG_OFFICE_DEMO is for demo custody (FANGBANG_CUSTODY=demo) only",
)
BAD_RETENTION = Problem(
    "project.bad-retention",
    Kind.INPUT,
    zh="数据保管期限表无法使用：{what}",
    en="The retention schedule cannot be used: {what}",
)
NOT_ASKED = Problem(
    "project.not-asked",
    Kind.REFUSED,
    zh="须先由另一名管理员在七天内提出（fangbang retention ask），期限表此后也不得改动",
    en="Another administrator asks first (fangbang retention ask), within seven days and for this very schedule",
)
NOT_ENDED = Problem(
    "project.not-ended",
    Kind.UNAVAILABLE,
    zh="部分到期数据没有清理，其余已完成：{what}。排除原因后再执行一次",
    en="Some of what is over its time could not be ended, all the rest was: {what}. Mend the cause and do it again",
)
NOT_INITIALISED = Problem(
    "project.not-initialised",
    Kind.STATE,
    zh="目录 {home} 还没有初始化：先运行 fangbang init",
    en="{home} is not initialised: run fangbang init first",
)
