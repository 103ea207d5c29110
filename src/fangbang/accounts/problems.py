"""What can be wrong with operators and their keys."""

from fangbang.core.errors import Kind, Problem

BAD_OPERATOR_ID = Problem(
    "accounts.bad-operator-id",
    Kind.INPUT,
    zh="工作人员编号须为 2 至 32 个小写字母、数字、点或短横线,以字母开头",
    en="An operator's id is 2 to 32 lower-case letters, digits, dots or dashes, a letter first",
)
NAME_MISSING = Problem(
    "accounts.name-missing",
    Kind.INPUT,
    zh="必须写明姓名",
    en="A name is needed",
)
BAD_ROLES = Problem(
    "accounts.bad-roles",
    Kind.INPUT,
    zh="角色不对:{roles}。可用:{known}",
    en="Wrong roles: {roles}. Known: {known}",
)
CLASHING_ROLES = Problem(
    "accounts.clashing-roles",
    Kind.REFUSED,
    zh="角色“{one}”与“{other}”不能由同一人担任",
    en="The roles {one} and {other} cannot be one person's",
)
OPERATOR_EXISTS = Problem(
    "accounts.operator-exists",
    Kind.STATE,
    zh="工作人员 {operator} 已存在(编号永不重复使用)",
    en="Operator {operator} exists already (ids are never used twice)",
)
UNKNOWN_OPERATOR = Problem(
    "accounts.unknown-operator",
    Kind.INPUT,
    zh="没有编号为 {operator} 的工作人员",
    en="There is no operator {operator}",
)
OPERATOR_RETIRED = Problem(
    "accounts.operator-retired",
    Kind.REFUSED,
    zh="工作人员 {operator} 已停用",
    en="Operator {operator} is retired",
)
ROLE_MISSING = Problem(
    "accounts.role-missing",
    Kind.REFUSED,
    zh="{operator} 没有“{role}”角色",
    en="{operator} does not have the role {role}",
)
WEAK_PASSPHRASE = Problem(
    "accounts.weak-passphrase",
    Kind.INPUT,
    zh="口令至少 {least} 个字符",
    en="A passphrase has at least {least} characters",
)
WRONG_PASSPHRASE = Problem(
    "accounts.wrong-passphrase",
    Kind.REFUSED,
    zh="口令不对,或密钥文件已损坏",
    en="Wrong passphrase, or the key file is damaged",
)
NOT_A_SIGNING_KEY = Problem(
    "accounts.not-a-signing-key",
    Kind.INPUT,
    zh="该文件不是 Ed25519 私钥(加密的 PKCS#8 PEM)",
    en="The file is no Ed25519 private key (encrypted PKCS#8 PEM)",
)
BAD_PROOF = Problem(
    "accounts.bad-proof",
    Kind.INTEGRITY,
    zh="登记密钥的签名不对:登记人不持有该密钥",
    en="The proof of possession is wrong: whoever enrols this key does not hold it",
)
KEY_TAKEN = Problem(
    "accounts.key-taken",
    Kind.REFUSED,
    zh="该密钥已经登记过",
    en="This key has been enrolled already",
)
UNKNOWN_KEY = Problem(
    "accounts.unknown-key",
    Kind.INPUT,
    zh="没有编号为 {key_id} 的密钥",
    en="There is no key {key_id}",
)
