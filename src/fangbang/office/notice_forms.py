"""What the form of notices says, both ways: from what stands to the fields, from the fields to what is proposed."""

from datetime import datetime

import msgspec

from fangbang.core.clock import AUTHORITY_ZONE, from_wire, to_wire
from fangbang.core.errors import FangbangError
from fangbang.exams.model import Text
from fangbang.notices.problems import BAD_CONTENT
from fangbang.notices.rules import Content, ProposalKind, paragraphs, region_of
from fangbang.office.problems import BAD_HOUR
from fangbang.pages.bundle import Desk, Line, Notice


class Wish(msgspec.Struct):
    """What a form proposes. Empty fields say nothing; `take`: what stands under the key is to go."""

    kind: ProposalKind = ProposalKind.NOTICE
    key: str = ""
    region: str = ""
    reason: str = ""
    take: str = ""
    title_zh: str = ""
    title_en: str = ""
    body_zh: str = ""
    body_en: str = ""
    not_before: str = ""
    until: str = ""
    sitting: str = ""
    link: str = ""
    name_zh: str = ""
    name_en: str = ""
    address_zh: str = ""
    address_en: str = ""
    hours_zh: str = ""
    hours_en: str = ""
    phone: str = ""
    as_of: str = ""
    source: str = ""


def wish_of(content: Content, kind: ProposalKind, key: str, take: str) -> Wish:
    wish = Wish(kind=kind, key=key, region=region_of(content), take=take)
    if isinstance(content, Notice):
        wish.title_zh, wish.title_en = content.title.zh, content.title.en
        wish.body_zh = "\n".join(text.zh for text in content.body)
        wish.body_en = "\n".join(text.en for text in content.body)
        wish.not_before, wish.sitting, wish.link = _local(content.moment), content.sitting, content.link
        wish.until = _local(from_wire(content.until)) if content.until else ""
        return wish
    wish.name_zh, wish.name_en, wish.source, wish.as_of = (
        content.name.zh,
        content.name.en,
        content.source,
        content.as_of,
    )
    wish.phone = content.phone if isinstance(content, Line) else "\n".join(content.phone)
    if content.hours is not None:
        wish.hours_zh, wish.hours_en = content.hours.zh, content.hours.en
    if isinstance(content, Desk):
        wish.link = content.notice_url
        if content.address is not None:
            wish.address_zh, wish.address_en = content.address.zh, content.address.en
    return wish


def content_of(form: Wish) -> Content:
    if form.kind is ProposalKind.NOTICE:
        return Notice(
            id=form.key.strip(),
            title=Text(form.title_zh.strip(), form.title_en.strip()),
            body=_body(form.body_zh, form.body_en),
            not_before=_wire(form.not_before),
            until=_wire(form.until) if form.until else None,
            sitting=form.sitting.strip(),
            link=form.link.strip(),
            region=form.region,
        )
    name, hours = Text(form.name_zh.strip(), form.name_en.strip()), _pair(form.hours_zh, form.hours_en)
    if form.kind is ProposalKind.HELPLINE:
        identity, phone, source = form.key.strip(), form.phone.strip(), form.source.strip()
        return Line(id=identity, name=name, phone=phone, as_of=form.as_of, source=source, hours=hours)
    return Desk(
        region=form.region,
        name=name,
        as_of=form.as_of,
        source=form.source.strip(),
        address=_pair(form.address_zh, form.address_en),
        phone=tuple(paragraphs(form.phone)),
        hours=hours,
        notice_url=form.link.strip(),
    )


def _body(zh: str, en: str) -> tuple[Text, ...]:
    """Both languages paragraph by paragraph; INPUT unless they have as many."""
    both = paragraphs(zh), paragraphs(en)
    if len(both[0]) != len(both[1]):
        raise FangbangError(BAD_CONTENT, reason=f"zh {len(both[0])} ≠ en {len(both[1])}")
    return tuple(Text(one, other) for one, other in zip(*both, strict=True))


def _pair(zh: str, en: str) -> Text | None:
    return Text(zh.strip(), en.strip()) if zh.strip() or en.strip() else None


def _wire(text: str) -> str:
    try:
        at = datetime.fromisoformat(text)
        local = at.replace(tzinfo=AUTHORITY_ZONE) if at.tzinfo is None else at.astimezone(AUTHORITY_ZONE)
        return to_wire(local)
    except (ValueError, OverflowError) as error:
        raise FangbangError(BAD_HOUR) from error


def _local(at: datetime) -> str:
    """As the field takes it: to the minute, or to whatever an hour that came otherwise is exact to."""
    local = at.astimezone(AUTHORITY_ZONE).replace(tzinfo=None)
    return local.isoformat(timespec="auto" if local.second or local.microsecond else "minutes")
