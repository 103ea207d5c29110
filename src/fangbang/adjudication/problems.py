"""What can go wrong when a sitting is adjudicated. No problem here names a person."""

from fangbang.core.errors import Kind, Problem

DISAGREEMENT = Problem(
    "adjudication.disagreement",
    Kind.INTEGRITY,
    zh="两套计算结果不一致：{count} 名考生，首个差异在 {where}；本次计算作废",
    en="The two calculators disagree on {count} candidates, first in {where}; the run is refused",
)
MISSING_MARKS = Problem(
    "adjudication.missing-marks",
    Kind.REFUSED,
    zh="{count} 个报考科目没有成绩也没有标识；补齐文件，或以 --withhold-missing 暂不发布这些考生的结果",
    en="{count} registered subjects have neither mark nor code; mend the files, or withhold these candidates "
    "with --withhold-missing",
)
MARKS_WITHOUT_REGISTRATION = Problem(
    "adjudication.marks-without-registration",
    Kind.INTEGRITY,
    zh="{count} 条成绩找不到准考证号、证件号码、科目都相符的报名",
    en="{count} marks fit no registration by ticket, document and subject",
)
DOUBLE_MARKS = Problem(
    "adjudication.double-marks",
    Kind.INTEGRITY,
    zh="{count} 条成绩重复（同一准考证号、证件号码、科目）",
    en="{count} marks stand twice (same ticket, document and subject)",
)
BOOK_ORDER = Problem(
    "adjudication.book-order",
    Kind.INTEGRITY,
    zh="成绩册 {book} 未按证件号码排序",
    en="Book {book} is not in the order of document numbers",
)
UNKNOWN_RULES = Problem(
    "adjudication.unknown-rules",
    Kind.INTEGRITY,
    zh="报名中有 {count} 行的级别、报考级别或科目不在考试规则中：{what}",
    en="{count} registrations name a level, category or subject that the rules do not have: {what}",
)
NO_CANDIDATES = Problem(
    "adjudication.no-candidates", Kind.STATE, zh="场次 {sitting} 没有考生", en="Sitting {sitting} has no candidates"
)
UNKNOWN_RUN = Problem("adjudication.unknown-run", Kind.INPUT, zh="没有计算 {run}", en="There is no run {run}")
UNKNOWN_SUBJECT = Problem(
    "adjudication.unknown-subject",
    Kind.INPUT,
    zh="{sitting} 没有级别 {level} 的科目 {subject}",
    en="{sitting} has no subject {subject} at level {level}",
)
BAD_LINE = Problem(
    "adjudication.bad-line",
    Kind.INPUT,
    zh="合格标准 {value} 无法使用：{reason}",
    en="The pass line {value} cannot be used: {reason}",
)
LINE_DIFFERS = Problem(
    "adjudication.line-differs",
    Kind.REFUSED,
    zh="{level} {subject} 在该地区已公布为 {known}；更改须注明 --replace",
    en="{level} {subject} was announced as {known} there; a change has to say --replace",
)
UNKNOWN_PROPOSAL = Problem(
    "adjudication.unknown-proposal",
    Kind.INPUT,
    zh="没有编号为 {proposal} 的划线提议",
    en="There is no proposed line {proposal}",
)
PROPOSAL_DECIDED = Problem(
    "adjudication.proposal-decided",
    Kind.STATE,
    zh="该提议已由 {operator} 处理",
    en="{operator} has decided about this proposal already",
)
SAME_PERSON = Problem(
    "adjudication.same-person",
    Kind.REFUSED,
    zh="{operator} 提议的合格标准须由另一人批准",
    en="A line that {operator} proposed must be approved by somebody else",
)
NO_REASON = Problem("adjudication.no-reason", Kind.INPUT, zh="退回须写明理由", en="A refusal needs a reason")
NO_RUN_YET = Problem(
    "adjudication.no-run-yet",
    Kind.STATE,
    zh="场次 {sitting} 还没有成绩，无法预览",
    en="The sitting {sitting} has no marks yet: there is nothing to preview",
)
TOO_MANY_KINDS = Problem(
    "adjudication.too-many-kinds",
    Kind.INPUT,
    zh="级别、科目、地区的组合过多，无法编码",
    en="Too many combinations of level, subject and region",
)
RUN_DIFFERS = Problem(
    "adjudication.run-differs",
    Kind.INTEGRITY,
    zh="计算 {run} 以相同的输入得出不同的结果",
    en="Run {run} gives other rows from the same inputs",
)
UNKNOWN_TICKET = Problem(
    "adjudication.unknown-ticket",
    Kind.INPUT,
    zh="场次 {sitting} 的报名中没有这个准考证号",
    en="No registration of {sitting} has this ticket number",
)
NOT_WITHHELD = Problem(
    "adjudication.not-withheld",
    Kind.STATE,
    zh="场次 {sitting} 中该准考证号的结果未被暂缓",
    en="The result of this ticket number is not withheld in {sitting}",
)
BASIS_MISSING = Problem(
    "adjudication.basis-missing",
    Kind.INPUT,
    zh="必须写明依据（法规或文件名称、文号、条款）",
    en="A legal basis is needed: the rule or document with its number and article",
)
WITHHELD_ALREADY = Problem(
    "adjudication.withheld-already",
    Kind.STATE,
    zh="该考生的结果已暂缓，或已有待同意的申请",
    en="This result is withheld already, or a request waits for a second person",
)
UNKNOWN_REQUEST = Problem(
    "adjudication.unknown-request", Kind.INPUT, zh="没有这个暂缓申请", en="There is no such request to withhold or lift"
)
SECOND_PERSON_NEEDED = Problem(
    "adjudication.second-person-needed", Kind.REFUSED, zh="须由另一人同意", en="Somebody else has to agree"
)
DECIDED_ALREADY = Problem(
    "adjudication.decided-already", Kind.STATE, zh="该申请已处理", en="This request was decided already"
)
WITHHELD_GONE = Problem(
    "adjudication.withheld-gone",
    Kind.REFUSED,
    zh="{count} 名暂缓发布的考生在报名中已找不到（准考证号被更改？）；先解除暂缓，再按新的准考证号登记",
    en="{count} withheld candidates are no longer registered (was a ticket corrected?); lift the withholding and enter "
    "it for the new ticket",
)
RECORD_TOO_LONG = Problem(
    "adjudication.record-too-long",
    Kind.REFUSED,
    zh="{count} 名考生的结果放不进查询记录（最长 {longest} 字节，上限 {room} 字节）：请缩短报名中的姓名、地市、专业",
    en="The results of {count} candidates do not fit their records (the longest has {longest} bytes, {room} are free): "
    "shorten names, cities or specialties in the registrations",
)
