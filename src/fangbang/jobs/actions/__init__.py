"""The only writers of jobs. What the process that does them writes in between (`taking`) is no act of anybody."""

from fangbang.jobs.actions.asking import ask
from fangbang.jobs.actions.ending import fail, finish
from fangbang.jobs.actions.retaining import forget

__all__ = ["ask", "fail", "finish", "forget"]
