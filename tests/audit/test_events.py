"""The catalogue of audit events is complete, and its page is what the code says."""

from pathlib import Path

from fangbang.audit.events import MEANINGS, AuditEvent, catalogue_page

PAGE = Path(__file__).parent.parent.parent / "docs" / "reference" / "audit-events.md"


def test_every_event_says_what_it_means() -> None:
    assert set(MEANINGS) == set(AuditEvent)


def test_the_page_is_up_to_date() -> None:
    """Make it anew with `fangbang audit catalogue > docs/reference/audit-events.md`."""
    assert PAGE.read_text() == catalogue_page()
