"""`python -m bench.importer`: a sitting open for files and an importer who is signed in, in the office of HOME.

Signing in with a second factor is not what a bench of uploads is about: the session is opened by the very action that
does so behind the page. Prints the secret of its cookie as one JSON object.
"""

import json
import sys

from bench.job import EXAM, YEAR
from fangbang.project.boot import open_office


def main() -> int:
    """Make both."""
    open_office()

    from django.db import transaction

    from fangbang.accounts import actions as accounts
    from fangbang.accounts.actions.entering import open_session
    from fangbang.accounts.models import Operator
    from fangbang.accounts.rules import Place, Stage
    from fangbang.audit.rules import SYSTEM
    from fangbang.core.clock import SystemClock
    from fangbang.exams.catalogue import load_catalogue
    from fangbang.intake import actions

    clock = SystemClock()
    accounts.add_operator(actor=SYSTEM, operator_id="li", name="李雷", roles=["importer"], clock=clock)
    actions.open_sitting(actor=SYSTEM, exam_id=EXAM, year=YEAR, catalogue=load_catalogue(), clock=clock)
    with transaction.atomic():
        token, _ = open_session(Operator.objects.get(pk="li"), Stage.FULL, Place("127.0.0.1"), "bench", clock)
    print(json.dumps({"token": token}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
