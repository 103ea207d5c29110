"""What can go wrong in a demonstration."""

from fangbang.core.errors import Kind, Problem

CHILD_DIED = Problem(
    "demo.child-died",
    Kind.UNAVAILABLE,
    zh="进程 {name} 已退出（代码 {code}）：{tail}",
    en="The process {name} has ended (code {code}): {tail}",
)
NOT_READY = Problem(
    "demo.not-ready",
    Kind.UNAVAILABLE,
    zh="{names} 在 {seconds} 秒内没有就绪",
    en="{names} was not ready within {seconds} seconds",
)
VERB_FAILED = Problem(
    "demo.verb-failed",
    Kind.UNAVAILABLE,
    zh="命令 fangbang {verb} 没有成功：{text}",
    en="The command fangbang {verb} did not succeed: {text}",
)
NOT_FOR_THIS_CUSTODY = Problem(
    "demo.not-for-this-custody",
    Kind.STATE,
    zh="演示只用演示保管；请去掉 FANGBANG_CUSTODY={custody}",
    en="A demonstration is for demo custody: unset FANGBANG_CUSTODY={custody}",
)
NO_OFFICE = Problem(
    "demo.no-office",
    Kind.STATE,
    zh="{home} 不是演示的数据目录：请用演示所显示的 FANGBANG_HOME",
    en="{home} is no demonstration's folder: use the FANGBANG_HOME that the demonstration shows",
)
UNKNOWN_MEMBER = Problem(
    "demo.unknown-member",
    Kind.INPUT,
    zh="演示中没有 {operator}，可用：{known}",
    en="The demonstration has no {operator}; there are: {known}",
)
SIGN_IN_FAILED = Problem(
    "demo.sign-in-failed",
    Kind.UNAVAILABLE,
    zh="{operator} 未能登录演示的办公网页（HTTP {status}）",
    en="{operator} could not sign in at the demonstration's office (HTTP {status})",
)
HOME_IN_USE = Problem(
    "demo.home-in-use",
    Kind.STATE,
    zh="文件夹 {home} 不是空的；演示需要一个新的文件夹",
    en="The folder {home} is not empty; a demonstration needs a new one",
)
