"""Lets the demonstration's staff into the office: each enrols as everybody does, and what they sign in with is written
into the file that its pages show (`project.demonstration`). Django is set up before this is imported."""

import os
from pathlib import Path

import msgspec
from django.conf import settings

from fangbang.accounts import actions, queries
from fangbang.accounts.actions import proofs
from fangbang.accounts.actions.factors import NewCode
from fangbang.accounts.rules import Place
from fangbang.accounts.rules.totp import code_at
from fangbang.cli.demo.office import ADMINISTRATOR, STAFF, Office
from fangbang.core.clock import Clock
from fangbang.project.demonstration import Demo, Member

_DEVICE = "fangbang demo"


def let_in(office: Office, file: Path, clock: Clock) -> Demo:
    """Enrol everybody and write the file, for its owner only. All have one password: the keys' passphrase."""
    staff = []
    for member in STAFF:
        key = office.key_file(member.id)
        staff.append(
            Member(
                id=member.id,
                name=member.name,
                role=member.role,
                region=member.region,
                secret=_enrolled(member.id, office.passphrase, clock),
                key=key.read_text() if key.exists() else "",
            )
        )
    demo = Demo(office.passphrase, office.passphrase, tuple(staff))
    with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as stream:
        stream.write(msgspec.json.encode(demo))
    return demo


def _enrolled(operator_id: str, password: str, clock: Clock) -> str:
    """The whole enrolment, from the administrator's one-time code to an authenticator app; returns the app's secret."""
    code = actions.invite(actor=queries.acting(ADMINISTRATOR), operator_id=operator_id, clock=clock)
    token = actions.accept_invitation(code=code, place=Place("127.0.0.1"), device=_DEVICE, clock=clock)
    visit = queries.visit(token, clock.now(), settings.SIGN_IN_POLICY)
    if visit is None:
        raise RuntimeError("a session that was opened just now does not count")
    actions.choose_password(session_id=visit.id, password=password, clock=clock)
    secret, _ = proofs.ask_app(visit.id)
    actions.add_factor(session_id=visit.id, new=NewCode(code_at(secret, clock.now())), label=_DEVICE, clock=clock)
    return secret
