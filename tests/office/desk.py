"""Members of staff in front of the office's pages, over Django's test client: the whole stack but the server."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.test import Client

from fangbang.accounts import actions
from fangbang.accounts.actions.entering import open_session
from fangbang.accounts.actions.proofs import app_secret_of
from fangbang.accounts.models import Operator, Session
from fangbang.accounts.rules import Place, Stage, token_hash
from fangbang.accounts.rules.totp import code_at
from fangbang.audit.rules import SYSTEM
from fangbang.core.clock import ManualClock

PASSWORD = "seven plain words make a long password"
SESSION, DEVICE = "office-session", "office-device"


def enter(
    clock: ManualClock, operator: str, *roles: str, region: str = "", exams: Iterable[str] = (), name: str = "王芳"
) -> None:
    """Enter a member of staff."""
    actions.add_operator(
        actor=SYSTEM, operator_id=operator, name=name, roles=roles or ("approver",), region=region, exams=exams,
        clock=clock,
    )  # fmt: skip


@dataclass
class Desk:
    """One browser. `address` is where it stands."""

    clock: ManualClock
    address: str = "10.0.0.1"
    secrets: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.client = Client(REMOTE_ADDR=self.address, headers={"Accept-Language": "en", "User-Agent": "Test"})

    def get(self, path: str) -> HttpResponse:
        answer: Any = self.client.get(path)
        return answer  # type: ignore[no-any-return]  # the test client's response is one with more on it

    def post(self, path: str, **fields: Any) -> HttpResponse:
        answer: Any = self.client.post(path, fields)
        return answer  # type: ignore[no-any-return]

    def enrol(self, operator: str, password: str = PASSWORD) -> None:
        """The whole enrolment with an authenticator app."""
        code = actions.invite(actor=SYSTEM, operator_id=operator, clock=self.clock)
        assert self.post("/enrol", code=code).status_code == 302
        assert self.post("/enrol/password", password=password, again=password).status_code == 302
        self.get("/enrol/factor")
        secret = app_secret_of(self.session())
        assert secret is not None
        self.secrets[operator] = secret
        assert self.post("/enrol/factor", code=code_at(secret, self.clock.now())).headers["Location"] == "/sign-in"

    def first_step(self, operator: str, password: str = PASSWORD) -> HttpResponse:
        return self.post("/sign-in", operator=operator, password=password)

    def fresh_code(self, operator: str) -> str:
        """A code that was not used yet: half a minute passes."""
        from datetime import timedelta

        self.clock.advance(timedelta(seconds=30))
        return code_at(self.secrets[operator], self.clock.now())

    def sign_in(self, operator: str) -> None:
        """Both steps."""
        assert self.first_step(operator).status_code == 302
        assert self.post("/sign-in/second", code=self.fresh_code(operator)).status_code == 302

    def seat(self, operator: str) -> "Desk":
        """Put a full session into this browser without the steps: for tests of what comes after."""
        with transaction.atomic():
            row = Operator.objects.get(pk=operator)
            token, _ = open_session(row, Stage.FULL, Place(self.address), "Test", self.clock)
        self.client.cookies[SESSION] = token
        return self

    def session(self) -> Session:
        return Session.objects.get(token_hash=token_hash(self.client.cookies[SESSION].value))
