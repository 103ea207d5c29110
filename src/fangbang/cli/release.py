"""`fangbang release`: from an adjudicated run to the public, one verb a step."""

import click

from fangbang.cli.releasing.confirming import confirm, waive
from fangbang.cli.releasing.preparing import approve, freeze, override, show
from fangbang.cli.releasing.publishing import distribute, schedule, seal, status, withdraw
from fangbang.cli.releasing.switching import switch, switches


@click.group()
def release() -> None:
    """冻结、批准、封存、放榜 / Freeze, approve, seal and publish.

    次序：freeze 冻结报告，confirm 各省确认人数，approve 两名审批人签名，seal 封存并公示封存值，distribute 分发，
    schedule 两名审批人定时，到点自动公布。每一步都可重复执行；会改变公众所见的步骤须加 --yes。 / The order: freeze,
    confirm (the provinces their counts), approve (two approvers sign), seal (and make the header public), distribute,
    schedule (two approvers set the hour), published at the hour. Each step can be repeated; those that matter to the
    public need --yes.
    """


_PREPARING = (freeze, show, confirm, waive, approve, override)
_PUBLISHING = (seal, distribute, schedule, status, withdraw, switches, switch)

for _verb in (*_PREPARING, *_PUBLISHING):
    release.add_command(_verb)
