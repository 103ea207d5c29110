"""What can be wrong with operators and their keys."""

from fangbang.core.errors import Kind, Problem

BAD_OPERATOR_ID = Problem(
    "accounts.bad-operator-id",
    Kind.INPUT,
    zh="工作人员编号须为 2 至 32 个小写字母、数字、点或短横线，以字母开头",
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
    zh="角色不对：{roles}。可用：{known}",
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
    zh="工作人员 {operator} 已存在（编号永不重复使用）",
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
    zh="口令不对，或密钥文件已损坏",
    en="Wrong passphrase, or the key file is damaged",
)
NOT_A_CUSTODY_KEY = Problem(
    "accounts.not-a-custody-key",
    Kind.INPUT,
    zh="该文件不是开启人或托管人的密钥（加密的 PKCS#8 PEM,X25519）",
    en="The file is no key of an officer or a custodian (encrypted PKCS#8 PEM, X25519)",
)
NOT_A_SIGNING_KEY = Problem(
    "accounts.not-a-signing-key",
    Kind.INPUT,
    zh="该文件不是 Ed25519 私钥（加密的 PKCS#8 PEM）",
    en="The file is no Ed25519 private key (encrypted PKCS#8 PEM)",
)
BAD_PROOF = Problem(
    "accounts.bad-proof",
    Kind.INTEGRITY,
    zh="登记密钥的签名不对：登记人不持有该密钥",
    en="The proof of possession is wrong: whoever enrols this key does not hold it",
)
BAD_ENROLMENT = Problem(
    "accounts.bad-enrolment",
    Kind.INPUT,
    zh="这不是 {operator} 的密钥登记行：应为持有人在“制作签名密钥”页面得到的一整行",
    en="This is no line that enrols a key of {operator}: the whole line, as their page “Make a signing key” shows it",
)
LAST_ADMINISTRATOR = Problem(
    "accounts.last-administrator",
    Kind.REFUSED,
    zh="{operator} 是最后一名能登录的管理员，不能停用：先让另一名管理员完成登记",
    en="{operator} is the last administrator who can sign in and is not disabled: enrol another one first",
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
BAD_REGION = Problem(
    "accounts.bad-region",
    Kind.INPUT,
    zh="地区或考试编号不对：{region}（地区为六位行政区划代码，省或市一级）",
    en="Wrong region or exam: {region} (a region is the six-digit code of a province or city)",
)
REGION_NEEDED = Problem(
    "accounts.region-needed",
    Kind.INPUT,
    zh="角色“{role}”必须指定地区",
    en="The role {role} needs a region",
)
SHORT_PASSWORD = Problem(
    "accounts.short-password",
    Kind.INPUT,
    zh="密码至少 {least} 个字符",
    en="A password has at least {least} characters",
)
LONG_PASSWORD = Problem(
    "accounts.long-password",
    Kind.INPUT,
    zh="密码最多 {most} 个字符",
    en="A password has at most {most} characters",
)
COMMON_PASSWORD = Problem(
    "accounts.common-password",
    Kind.INPUT,
    zh="这个密码太常见，请换一个",
    en="This password is too common; choose another one",
)
OWN_NAME_IN_PASSWORD = Problem(
    "accounts.own-name-in-password",
    Kind.INPUT,
    zh="密码中不能含有本人的姓名或编号",
    en="A password does not contain its owner's name or id",
)
OLD_PASSWORD = Problem(
    "accounts.old-password",
    Kind.INPUT,
    zh="不能再用最近 {count} 个用过的密码",
    en="The last {count} passwords cannot be used again",
)
SIGN_IN_REFUSED = Problem(
    "accounts.sign-in-refused",
    Kind.REFUSED,
    zh="编号、密码或验证码不对",
    en="The id, the password or the code is wrong",
)
TOO_MANY_TRIES = Problem(
    "accounts.too-many-tries",
    Kind.REFUSED,
    zh="从这里尝试的次数太多，请在 {minutes} 分钟后再试；用以前登录过的设备不受影响",
    en="Too many attempts from here: try again in {minutes} minutes, or from a device that you signed in on before",
)
SESSION_OVER = Problem(
    "accounts.session-over",
    Kind.REFUSED,
    zh="登录已失效，请重新登录",
    en="The session is over: sign in again",
)
BAD_INVITATION = Problem(
    "accounts.bad-invitation",
    Kind.REFUSED,
    zh="登记码不对、已用过或已过期，请向管理员索取新的登记码",
    en="The enrolment code is wrong, used or expired: ask an administrator for a new one",
)
ENROLLED_ALREADY = Problem(
    "accounts.enrolled-already",
    Kind.STATE,
    zh="工作人员 {operator} 已经登记过登录方式；遗失时须由两名管理员办理恢复",
    en="Operator {operator} is enrolled already; what was lost is restored by two administrators",
)
NOT_ENROLLED = Problem(
    "accounts.not-enrolled",
    Kind.STATE,
    zh="工作人员 {operator} 尚未登记登录方式",
    en="Operator {operator} has not enrolled yet",
)
SECOND_PERSON_NEEDED = Problem(
    "accounts.second-person-needed",
    Kind.REFUSED,
    zh="须由另一名管理员确认",
    en="Another administrator must confirm this",
)
UNKNOWN_RECOVERY = Problem(
    "accounts.unknown-recovery",
    Kind.INPUT,
    zh="没有等待确认的恢复申请",
    en="There is no recovery that waits to be confirmed",
)
BAD_PASSKEY = Problem(
    "accounts.bad-passkey",
    Kind.REFUSED,
    zh="通行密钥没有通过验证，请重试",
    en="The passkey was not verified; try again",
)
BAD_CODE = Problem(
    "accounts.bad-code",
    Kind.INPUT,
    zh="验证码不对：请核对时间后输入新的验证码",
    en="The code is wrong: check the clock and enter a new one",
)
FACTOR_TAKEN = Problem(
    "accounts.factor-taken",
    Kind.REFUSED,
    zh="该通行密钥已经登记过",
    en="This passkey has been enrolled already",
)
LAST_FACTOR = Problem(
    "accounts.last-factor",
    Kind.REFUSED,
    zh="至少须保留一种第二验证方式",
    en="One second factor must remain",
)
UNKNOWN_FACTOR = Problem(
    "accounts.unknown-factor",
    Kind.INPUT,
    zh="没有这种验证方式",
    en="There is no such factor",
)
UNKNOWN_SESSION = Problem(
    "accounts.unknown-session",
    Kind.INPUT,
    zh="没有这个登录会话",
    en="There is no such session",
)
OTHERS_SIGNATURE = Problem(
    "accounts.others-signature",
    Kind.REFUSED,
    zh="签名人是 {signer}，操作人却是 {actor}",
    en="The signature is {signer}'s, but {actor} is acting",
)
