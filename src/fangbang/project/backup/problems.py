"""What can go wrong with a backup."""

from fangbang.core.errors import Kind, Problem

BAD_RECIPIENT = Problem(
    "backup.bad-recipient",
    Kind.INPUT,
    zh="这不是 age 公钥（age1…）：{text}",
    en="This is no age public key (age1…): {text}",
)
BAD_IDENTITY = Problem(
    "backup.bad-identity",
    Kind.INPUT,
    zh="文件 {file} 里没有可用的 age 私钥（AGE-SECRET-KEY-…）",
    en="The file {file} holds no usable age private key (AGE-SECRET-KEY-…)",
)
SAME_RECIPIENT = Problem(
    "backup.same-recipient",
    Kind.INPUT,
    zh="数据与密钥须加密给不同的公钥：否则一把私钥就能打开全部",
    en="Data and keys are encrypted to different public keys: otherwise one private key opens everything",
)
KEY_IN_HOME = Problem(
    "backup.key-in-home",
    Kind.INPUT,
    zh="私钥不能放在数据目录 {home} 之内：另选一处，最好是另一台机器",
    en="The private key must not lie inside {home}: choose another place, best on another machine",
)
EXISTS = Problem("backup.exists", Kind.STATE, zh="{file} 已存在，不覆盖", en="{file} exists and is not overwritten")
WRONG_IDENTITY = Problem(
    "backup.wrong-identity",
    Kind.REFUSED,
    zh="{file} 不是加密给这把私钥的",
    en="{file} is not encrypted to this private key",
)
DAMAGED = Problem(
    "backup.damaged",
    Kind.INTEGRITY,
    zh="备份 {file} 已损坏或不完整（{what}），不予恢复",
    en="The backup {file} is damaged or not whole ({what}); it is not restored",
)
NOT_A_PAIR = Problem(
    "backup.not-a-pair",
    Kind.INPUT,
    zh="数据与密钥不是同一次备份的两个文件",
    en="The two files are not data and keys of one backup",
)
OTHER_DATABASE = Problem(
    "backup.other-database",
    Kind.INPUT,
    zh="备份取自 {was}，而现在的设置是 {now}：恢复到同一种数据库",
    en="The backup is of {was}, the settings say {now}: restore to the same kind of database",
)
UNKNOWN_TABLES = Problem(
    "backup.newer-program",
    Kind.INPUT,
    zh="备份来自更新的版本 {program}：用该版本或更新的版本恢复",
    en="The backup comes from the newer version {program}: restore it with that version or a later one",
)
NOT_EMPTY = Problem(
    "backup.not-empty",
    Kind.STATE,
    zh="{place} 不是空的：恢复只写入空目录与空数据库",
    en="{place} is not empty: a backup is restored into an empty folder and an empty database only",
)
OLDER = Problem(
    "backup.older",
    Kind.INTEGRITY,
    zh="备份比 {anchor} 更旧（{what}）：恢复会丢失已经公布或签名的内容，不予恢复",
    en="The backup is older than {anchor} ({what}): restoring would lose what was signed or published; nothing is done",
)
NOT_PROVEN = Problem(
    "backup.not-proven",
    Kind.INTEGRITY,
    zh="备份内容未通过验证（{what}），不予恢复",
    en="What the backup holds does not prove right ({what}); it is not restored",
)
