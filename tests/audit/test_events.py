"""The catalogue of audit events is complete, and its page is what the code says."""

import json
import re
from collections.abc import Iterable
from pathlib import Path

from click.testing import CliRunner

from fangbang import cli
from fangbang.audit.events import MEANINGS, AuditEvent, catalogue_page

PACKAGE = Path(__file__).parent.parent.parent / "src" / "fangbang"
PAGE = Path(__file__).parent.parent.parent / "docs" / "reference" / "audit-events.md"


def test_every_event_says_what_it_means() -> None:
    assert set(MEANINGS) == set(AuditEvent)


def test_every_event_is_written_somewhere() -> None:
    """An event that nothing writes promises a trace that nobody will find."""
    source = "".join(path.read_text() for path in PACKAGE.rglob("*.py") if path.name != "events.py")

    assert unwritten(AuditEvent, source) == []
    assert unwritten(AuditEvent, source.replace("AuditEvent.CENTRE_ENROLLED", "")) == [AuditEvent.CENTRE_ENROLLED]


def unwritten(events: Iterable[AuditEvent], source: str) -> list[AuditEvent]:
    return [event for event in events if not re.search(rf"AuditEvent\.{event.name}\b", source)]


def test_the_page_is_up_to_date() -> None:
    """Make it anew with `fangbang audit catalogue > docs/reference/audit-events.md`."""
    assert PAGE.read_text() == catalogue_page()


def test_the_catalogue_is_one_object_under_json() -> None:
    done = CliRunner().invoke(cli.main, ["--json", "audit", "catalogue"])

    assert json.loads(done.stdout) == {"events": {event.value: MEANINGS[event] for event in AuditEvent}}
