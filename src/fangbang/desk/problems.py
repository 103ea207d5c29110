"""What can go wrong at the desk. No problem here names a candidate, and none says which part of a search was wrong."""

from fangbang.core.errors import Kind, Problem

NOT_FOUND = Problem(
    "desk.not-found",
    Kind.INPUT,
    zh="在您的地区没有找到，或不能唯一确定：请核对考试、号码与姓名",
    en="Nobody, or not exactly one person, was found in your region: check examination, number and name",
)
NOT_PUBLISHED = Problem(
    "desk.not-published",
    Kind.STATE,
    zh="{sitting} 在您的地区尚未公布成绩：公布之前不能查看任何人的结果",
    en="Results of {sitting} are not published in your region: until then nobody's result can be seen",
)
PUBLISHED_ALREADY = Problem(
    "desk.published-already",
    Kind.STATE,
    zh="该发布已公布或已撤回，不能再预览；公布后请用“考生查询”",
    en="This release was published or withdrawn: there is no preview any more; use the candidate search",
)
NO_OUTCOMES = Problem(
    "desk.no-outcomes",
    Kind.STATE,
    zh="{sitting} 尚未判定，没有结果可预览",
    en="{sitting} has no run: nothing to preview",
)
TERMS_MISSING = Problem(
    "desk.terms-missing",
    Kind.INPUT,
    zh="请填写这种查找所需的全部内容",
    en="Fill in all that this way of searching needs",
)
BAD_BIRTH = Problem(
    "desk.bad-birth",
    Kind.INPUT,
    zh="出生日期应为八位数字，如 19900131",
    en="The birth date has eight digits, as 19900131",
)
TOO_MANY = Problem(
    "desk.too-many",
    Kind.REFUSED,
    zh="一小时内查找次数已达上限 {limit} 次，已记录并告警；请稍后再试或报告主管",
    en="{limit} searches in an hour are the limit; this was noted and an alarm raised. Wait, or tell your supervisor",
)
BAD_HANDLE = Problem(
    "desk.bad-handle", Kind.INPUT, zh="该页面已过期，请重新查找", en="This page is too old: search again"
)
UNKNOWN_PREVIEW = Problem("desk.unknown-preview", Kind.INPUT, zh="没有这个预览申请", en="There is no such preview")
SECOND_PERSON_NEEDED = Problem(
    "desk.second-person-needed", Kind.REFUSED, zh="须由另一人同意", en="Somebody else has to agree"
)
NOT_ASKED_FOR = Problem(
    "desk.not-asked-for", Kind.STATE, zh="该申请已处理或已过期", en="This was decided already, or it lapsed"
)
NOT_ALLOWED_NOW = Problem(
    "desk.not-allowed-now",
    Kind.REFUSED,
    zh="预览只对申请人、在获同意后的一小时内开放",
    en="A preview is open to the person who asked, for an hour after somebody agreed",
)
UNKNOWN_EXPORT = Problem("desk.unknown-export", Kind.INPUT, zh="没有这个导出", en="There is no such export")
EXPORT_NOT_READY = Problem(
    "desk.export-not-ready", Kind.STATE, zh="该导出尚未完成或已到期删除", en="This export is not ready, or it lapsed"
)
EXPORT_DAMAGED = Problem(
    "desk.export-damaged", Kind.INTEGRITY, zh="导出文件与记录不符", en="The exported file is not the one that was noted"
)
BAD_EXPORT = Problem(
    "desk.bad-export", Kind.INPUT, zh="导出的内容或格式不对", en="Wrong content or format of an export"
)
