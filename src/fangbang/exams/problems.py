"""What can go wrong with exam files and questions put to the catalogue."""

from fangbang.core.errors import Kind, Problem

BAD_FILE = Problem(
    "exams.bad-file",
    Kind.INPUT,
    zh="考试规则文件 {file} 无法使用：{reason}",
    en="The exam file {file} cannot be used: {reason}",
)
UNKNOWN_EXAM = Problem(
    "exams.unknown-exam", Kind.INPUT, zh="没有考试 {exam}；已有：{known}", en="There is no exam {exam}; known: {known}"
)
NOT_SELECTABLE = Problem(
    "exams.not-selectable",
    Kind.INPUT,
    zh="{exam} 是历史规则，只供查阅：不能开设场次、报名或判定",
    en="{exam} is a historical rule, to be read only: no sitting, registration or result",
)
NO_RULES_FOR_YEAR = Problem(
    "exams.no-rules-for-year",
    Kind.INPUT,
    zh="{exam} 没有 {year} 年的规则：{reason}",
    en="{exam} has no rules for {year}: {reason}",
)
UNKNOWN_PROVINCE = Problem(
    "exams.unknown-province",
    Kind.INPUT,
    zh="无法识别的省份：{province}",
    en="Unknown province: {province}",
)
NAME_TAKEN = Problem(
    "exams.name-taken",
    Kind.STATE,
    zh="文件夹中的 {file} 是另一份规则（{other}）：先改名，再实施 {key}",
    en="{file} in the folder is another file of rules ({other}): rename it, then put {key} in force",
)
TOO_LARGE = Problem(
    "exams.too-large",
    Kind.INPUT,
    zh="考试规则文件 {file} 超过 {most} 字节",
    en="The exam file {file} has more than {most} bytes",
)
