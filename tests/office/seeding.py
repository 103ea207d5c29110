"""Run as a process of its own: an installation with staff, keys and a frozen report. Prints what a test needs."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from fangbang.project.boot import open_office

PASSPHRASE = "correct horse battery"


def seed(folder: Path) -> dict[str, Any]:
    """Staff `chen` (administrator), `wang`, `zhao` (approvers, keys in `folder`), `lin` (catalogue editor); codes for
    all of them, and the release whose report is frozen."""
    open_office()

    from fangbang.accounts import actions as accounts
    from fangbang.accounts.rules import create_key, prove_possession
    from fangbang.audit import queries as audit
    from fangbang.audit.rules import SYSTEM
    from fangbang.core.clock import SystemClock
    from fangbang.release import actions
    from fangbang.release.rules import ReleaseKind, Scope
    from tests.release.people import FACTS, SITTING

    clock, codes = SystemClock(), {}
    for who, name, role in (
        ("chen", "陈静", "administrator"),
        ("wang", "王芳", "approver"),
        ("zhao", "赵敏", "approver"),
        ("lin", "林晓", "catalogue-editor"),
    ):
        accounts.add_operator(actor=SYSTEM, operator_id=who, name=name, roles=[role], clock=clock)
        codes[who] = accounts.invite(actor=SYSTEM, operator_id=who, clock=clock)
        if role == "approver":
            key, pem = create_key(PASSPHRASE)
            (folder / f"{who}.pem").write_bytes(pem)
            public, proof = key.public_key().public_bytes_raw(), prove_possession(key, who)
            accounts.enrol_key(actor=SYSTEM, operator_id=who, public_key=public, proof=proof, clock=clock)
    release = actions.open_release(actor=SYSTEM, sitting_id=SITTING, scope=Scope(), kind=ReleaseKind.BASE, clock=clock)
    actions.freeze(actor=SYSTEM, release_id=release, facts=replace(FACTS, seen=audit.head().seq), clock=clock)
    return {"codes": codes, "release": release}


if __name__ == "__main__":
    print(json.dumps(seed(Path(sys.argv[1]))))
