"""What can go wrong in a demonstration."""

from fangbang.core.errors import Kind, Problem

CHILD_DIED = Problem(
    "demo.child-died",
    Kind.UNAVAILABLE,
    zh="进程 {name} 已退出(代码 {code}):{tail}",
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
    zh="命令 fangbang {verb} 没有成功:{text}",
    en="The command fangbang {verb} did not succeed: {text}",
)
HOME_IN_USE = Problem(
    "demo.home-in-use",
    Kind.STATE,
    zh="文件夹 {home} 不是空的;演示需要一个新的文件夹",
    en="The folder {home} is not empty; a demonstration needs a new one",
)
