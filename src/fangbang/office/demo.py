"""A demonstration's staff on the sign-in pages: whoever visits tries every role without an authenticator app.

The setting OFFICE_DEMO names the file, which demo custody alone allows (`project.demonstration`).
"""

from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from fangbang.accounts import queries
from fangbang.accounts.rules import Staff
from fangbang.accounts.rules.totp import STEP, code_of_step
from fangbang.project.demonstration import Demo, Member, load_demo


@dataclass(frozen=True)
class Strip:
    """What one page of a demonstration shows. `member`: who is signed in, or halfway in."""

    demo: Demo
    member: Member | None
    now: datetime

    def code(self) -> str:
        """A code that counts now and was not used yet; empty while none does, which lasts half a minute at most."""
        if self.member is None:
            return ""
        present = int(self.now.timestamp()) // STEP
        step = max(present, queries.used_step(self.member.id) + 1)
        return code_of_step(self.member.secret, step) if step <= present + 1 else ""

    @property
    def key_address(self) -> str:
        """The signing key's file as an address that holds it; empty for those who sign nothing."""
        if self.member is None or not self.member.key:
            return ""
        return f"data:application/x-pem-file;base64,{b64encode(self.member.key.encode()).decode()}"


def strip(staff: Staff | None, now: datetime) -> Strip | None:
    """What a demonstration adds to a page for this visitor; None outside one, always."""
    path: Path | None = settings.DEMO
    if path is None:
        return None
    demo = load_demo(path)
    return Strip(demo, next((item for item in demo.staff if staff and item.id == staff.id), None), now)
