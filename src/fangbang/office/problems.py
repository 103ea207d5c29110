"""What can be wrong with a request to the office."""

from fangbang.core.errors import Kind, Problem

NOT_FOUND = Problem("office.not-found", Kind.INPUT, zh="没有这个页面", en="There is no such page")
NOT_ALLOWED = Problem(
    "office.not-allowed",
    Kind.REFUSED,
    zh="您的角色不能使用这个页面",
    en="Your roles do not allow this page",
)
SIGN_IN_FIRST = Problem(
    "office.sign-in-first",
    Kind.REFUSED,
    zh="请先登录",
    en="Sign in first",
)
CONFIRM_FIRST = Problem(
    "office.confirm-first",
    Kind.REFUSED,
    zh="此操作前须再次出示第二验证方式，本次没有执行",
    en="The second factor must be shown again before this; nothing was done",
)
BAD_FORM = Problem(
    "office.bad-form",
    Kind.INPUT,
    zh="提交的内容不对：{what}",
    en="What was sent is not right: {what}",
)
FORGED = Problem(
    "office.forged",
    Kind.REFUSED,
    zh="页面已过期，请返回上一页、刷新后重试；本次没有执行",
    en="The page is too old: go back, load it again and retry; nothing was done",
)
WRONG_METHOD = Problem(
    "office.wrong-method",
    Kind.INPUT,
    zh="不能这样使用这个地址",
    en="This address cannot be used like that",
)
CRASHED = Problem(
    "office.crashed",
    Kind.UNAVAILABLE,
    zh="系统出错，本次没有执行。请记下时间并告知系统管理员",
    en="Something broke and nothing was done. Note the time and tell the system's administrator",
)
NOT_THE_SAME = Problem(
    "office.not-the-same",
    Kind.INPUT,
    zh="两次输入的密码不一致",
    en="The two passwords are not the same",
)
BAD_HOUR = Problem(
    "office.bad-hour",
    Kind.INPUT,
    zh="时刻不对；例：2026-08-20T10:00（北京时间）",
    en="This is no moment; e.g. 2026-08-20T10:00 (Beijing time)",
)
NO_SUCH_RUN = Problem(
    "office.no-such-run",
    Kind.INPUT,
    zh="没有可用作往年历史的计算 {run}",
    en="There is no run {run} that could be history",
)
NOT_YOUR_REGION = Problem(
    "office.not-your-region",
    Kind.REFUSED,
    zh="所选范围超出您负责的地区或考试",
    en="This scope is not within your region and exams",
)
BAD_DAY = Problem(
    "office.bad-day",
    Kind.INPUT,
    zh="日期不对：{day}（例：2026-08-20）",
    en="This is no day: {day} (e.g. 2026-08-20)",
)
OTHER_DOCUMENT = Problem(
    "office.other-document",
    Kind.STATE,
    zh="签名的内容与现在的不同，请重新查看后再签；本次没有执行",
    en="What was signed is not what stands now: look again before you sign; nothing was done",
)
