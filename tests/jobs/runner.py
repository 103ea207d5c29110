"""Run as a process: the one that does jobs, with the kinds of these tests. `ask FOLDER KIND` asks for one instead."""

import json
import sys

from fangbang.core.clock import SystemClock
from fangbang.project.boot import open_office
from fangbang.project.layout import Layout


def main(words: list[str]) -> None:
    """One of the two."""
    layout = Layout(open_office().home)

    from django.conf import settings

    from fangbang.audit.rules import SYSTEM
    from fangbang.jobs import actions, queries
    from fangbang.project import working
    from tests.jobs import kinds  # noqa: F401  (enters them)

    if words and words[0] == "ask":
        arguments = {"folder": words[1]}
        asked = actions.ask(actor=SYSTEM, kind=words[2], subject="a thing", arguments=arguments, clock=SystemClock())
        print(asked)
    elif words and words[0] == "show":
        view = queries.job(words[1])
        print(json.dumps({"state": view.state, "tries": view.tries, "problem": view.problem}))
    else:
        settings.JOBS = "tests.jobs.kinds"
        working.do_jobs(layout, SystemClock())


if __name__ == "__main__":
    main(sys.argv[1:])
