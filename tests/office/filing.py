"""Run as a process of its own: an office with a sitting open for files, its importer, and a saved folder. Prints the
importer's one-time code."""

import json

from fangbang.project.boot import open_office


def main() -> None:
    """The importer `li`, and `social-worker-2026`."""
    open_office()

    from fangbang.accounts import actions as accounts
    from fangbang.audit.rules import SYSTEM
    from fangbang.core.clock import SystemClock
    from fangbang.exams.catalogue import load_catalogue
    from fangbang.intake import actions

    clock = SystemClock()
    accounts.add_operator(actor=SYSTEM, operator_id="li", name="李雷", roles=["importer"], clock=clock)
    code = accounts.invite(actor=SYSTEM, operator_id="li", clock=clock)
    actions.open_sitting(actor=SYSTEM, exam_id="social-worker", year=2026, catalogue=load_catalogue(), clock=clock)
    print(json.dumps({"codes": {"li": code}}))


if __name__ == "__main__":
    main()
