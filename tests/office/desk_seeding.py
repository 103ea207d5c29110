"""Run as a process of its own: candidates with published results, and staff signed in. Prints the sessions."""

import json

from fangbang.project.boot import open_office


def main() -> None:
    """Staff `li` (provincial centre of Sichuan), `wang` and `zhao` (approvers)."""
    home = open_office().home

    from django.db import transaction

    from fangbang.accounts import actions as accounts
    from fangbang.accounts.actions.entering import open_session
    from fangbang.accounts.models import Operator
    from fangbang.accounts.rules import Place, Stage
    from fangbang.audit.rules import SYSTEM
    from fangbang.core.clock import ManualClock, SystemClock
    from fangbang.release.rules import ReleaseState
    from tests.desk.scene import SICHUAN, scene

    clock, sessions = SystemClock(), {}
    for who, name, role, region in (
        ("li", "李娜", "provincial-centre", SICHUAN),
        ("wang", "王芳", "approver", ""),
        ("zhao", "赵敏", "approver", ""),
    ):
        accounts.add_operator(actor=SYSTEM, operator_id=who, name=name, roles=[role], region=region, clock=clock)
        with transaction.atomic():
            row = Operator.objects.get(pk=who)
            sessions[who], _ = open_session(row, Stage.FULL, Place("127.0.0.1"), "Test", clock)
    with transaction.atomic():
        made = scene(home, ManualClock(clock.now()))
        base = made.publish()
        made.release(made.outcomes({"mark": "71.5"}), state=ReleaseState.ADJUDICATED, base=base)
    print(json.dumps(sessions))


if __name__ == "__main__":
    main()
