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
TOO_LARGE = Problem(
    "exams.too-large",
    Kind.INPUT,
    zh="考试规则文件 {file} 超过 {most} 字节",
    en="The exam file {file} has more than {most} bytes",
)
