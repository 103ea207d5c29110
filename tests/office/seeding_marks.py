"""Run as a process of its own: an installation with two published years, a red gate, and an auditor's one-time code."""

import json

from fangbang.project.boot import open_office


def main() -> None:
    """Staff `sun` (auditor). Prints the code, the release with the red gate and the published one."""
    open_office()

    from fangbang.accounts import actions as accounts
    from fangbang.audit.rules import SYSTEM
    from fangbang.core.clock import SystemClock
    from tests.office.marks import facts_of, frozen, published

    clock = SystemClock()
    accounts.add_operator(actor=SYSTEM, operator_id="sun", name="孙丽", roles=["auditor"], clock=clock)
    code = accounts.invite(actor=SYSTEM, operator_id="sun", clock=clock)
    published(clock, facts_of(2024))
    shown = published(clock, facts_of(2025))
    print(json.dumps({"codes": {"sun": code}, "release": frozen(clock, facts_of(red=True)), "published": shown}))


if __name__ == "__main__":
    main()
