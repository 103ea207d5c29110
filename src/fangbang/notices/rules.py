"""What a proposal does to the page bundle: pure. No Django, no IO."""

from datetime import datetime
from enum import StrEnum

import msgspec

from fangbang.core.errors import FangbangError
from fangbang.notices.problems import BAD_CONTENT, NOT_STANDING, NOT_YOURS, OTHERS_REGION, PUBLIC_ALREADY, SECOND_PERSON
from fangbang.pages.bundle import Bundle, Desk, Line, Notice, encode_bundle
from fangbang.pages.problems import BAD_BUNDLE

Content = Notice | Desk | Line


class ProposalKind(StrEnum):
    """What is proposed."""

    NOTICE = "notice"
    CENTRE = "centre"
    """Whom candidates of a region can ask."""
    HELPLINE = "helpline"


class ProposalState(StrEnum):
    """How far it has come."""

    WAITING = "waiting"
    PUBLISHED = "published"
    REFUSED = "refused"
    TAKEN_BACK = "taken-back"
    """Its author did not want it any more."""


class Standing(StrEnum):
    """How what was published stands on the public pages now."""

    SCHEDULED = "scheduled"
    """A notice before its hour."""
    SHOWN = "shown"
    OVER = "over"
    """A notice after its end."""
    GONE = "gone"
    """Something else stands under its key, or nothing."""


_TYPES: dict[ProposalKind, type[Content]] = {
    ProposalKind.NOTICE: Notice,
    ProposalKind.CENTRE: Desk,
    ProposalKind.HELPLINE: Line,
}


def kind_of(content: Content) -> ProposalKind:
    """The kind whose content this is."""
    return next(kind for kind, each in _TYPES.items() if isinstance(content, each))


def key_of(content: Content) -> str:
    """By what an entry is known: a notice's or a helpline's id, a centre's region (the nation's: "nation")."""
    return (content.region or "nation") if isinstance(content, Desk) else content.id


def region_of(content: Content) -> str:
    """Whose it is: a province's six digits, or "" for the nation. Helplines are the nation's."""
    return "" if isinstance(content, Line) else content.region


def encoded(content: Content) -> str:
    """As it is stored: JSON."""
    return msgspec.json.encode(content).decode()


def decoded(kind: ProposalKind, text: str) -> Content:
    """Inverse of `encoded`; INPUT for anything else."""
    try:
        return msgspec.json.decode(text, type=_TYPES[kind])
    except (msgspec.MsgspecError, ValueError) as error:
        raise FangbangError(BAD_CONTENT, reason=str(error)) from error


def standing(bundle: Bundle, kind: ProposalKind, key: str) -> Content | None:
    """The entry of this key that the bundle has."""
    entries: tuple[Content, ...] = _entries(bundle, kind)
    return next((item for item in entries if key_of(item) == key), None)


def stands(bundle: Bundle, content: Content, now: datetime) -> Standing:
    """How an entry that was published stands in the bundle of now."""
    if standing(bundle, kind_of(content), key_of(content)) != content:
        return Standing.GONE
    if not isinstance(content, Notice) or content.shown(now):
        return Standing.SHOWN
    return Standing.SCHEDULED if now < content.moment else Standing.OVER


def applied(bundle: Bundle, kind: ProposalKind, key: str, content: Content | None) -> Bundle:
    """The bundle with this entry put in, in the place of the one with its key; None takes that one out.

    INPUT if the result breaks a rule of bundles; STATE if there is nothing to take out.
    """
    if content is None and standing(bundle, kind, key) is None:
        raise FangbangError(NOT_STANDING, key=key)
    left = [item for item in _entries(bundle, kind) if key_of(item) != key]
    entries = tuple(sorted([*left, *([content] if content is not None else [])], key=key_of))
    field = {ProposalKind.NOTICE: "notices", ProposalKind.CENTRE: "centres", ProposalKind.HELPLINE: "helplines"}[kind]
    made = msgspec.structs.replace(bundle, **{field: entries})
    try:
        encode_bundle(made)
    except FangbangError as error:
        if error.problem is not BAD_BUNDLE:
            raise
        raise FangbangError(BAD_CONTENT, reason=error.params["reason"]) from error
    return made


def check_region(bundle: Bundle, kind: ProposalKind, key: str, region: str) -> None:
    """REFUSED if an entry of this key stands and is another region's."""
    found = standing(bundle, kind, key)
    if found is not None and region_of(found) != region:
        raise FangbangError(OTHERS_REGION, key=key)


def check_second_person(author: str, decider: str) -> None:
    """REFUSED if somebody decides what they proposed."""
    if author == decider:
        raise FangbangError(SECOND_PERSON)


def check_not_public(bundle: Bundle, proposal: str, content: Content | None) -> None:
    """STATE if the bundle says it already: its publication was broken off, and the same act finishes it."""
    if content is not None and standing(bundle, kind_of(content), key_of(content)) == content:
        raise FangbangError(PUBLIC_ALREADY, proposal=proposal)


def check_author(author: str, operator: str) -> None:
    """REFUSED if somebody takes back what another one proposed."""
    if author != operator:
        raise FangbangError(NOT_YOURS)


def paragraphs(text: str) -> list[str]:
    """A form's text: one paragraph a line; spaces around it do not count, empty lines fall away."""
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def _entries(bundle: Bundle, kind: ProposalKind) -> tuple[Content, ...]:
    entries: dict[ProposalKind, tuple[Content, ...]] = {
        ProposalKind.NOTICE: bundle.notices,
        ProposalKind.CENTRE: bundle.centres,
        ProposalKind.HELPLINE: bundle.helplines,
    }
    return entries[kind]
