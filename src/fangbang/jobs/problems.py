"""What can be wrong with a job."""

from fangbang.core.errors import Kind, Problem

UNKNOWN_JOB = Problem("jobs.unknown", Kind.INPUT, zh="没有编号为 {job} 的作业", en="There is no job {job}")
UNKNOWN_KIND = Problem("jobs.unknown-kind", Kind.INPUT, zh="没有“{kind}”这种作业", en="There is no kind of job {kind}")
BUSY = Problem(
    "jobs.busy",
    Kind.STATE,
    zh="同一对象的同类作业 {job} 尚未结束，请等它结束后再试",
    en="Another job of this kind is not done yet ({job}): wait until it is",
)
INTERRUPTED = Problem(
    "jobs.interrupted",
    Kind.UNAVAILABLE,
    zh="作业进程在第 {tries} 次执行中途退出，没有再试；请查看现状后决定是否重做",
    en="The process ended in the middle of try {tries} and the job was not tried again: see what stands, then decide",
)
CRASHED = Problem(
    "jobs.crashed",
    Kind.UNAVAILABLE,
    zh="作业出错（{error}，{where}）；请记下时间并告知系统管理员",
    en="The job broke ({error} in {where}): note the time and tell the system's administrator",
)
