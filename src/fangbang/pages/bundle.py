"""The page bundle: the texts of the public pages that change without a new program.

Normative: docs/reference/page-bundle.md. A bundle holds plain text in both languages, never markup: what is signed can
say something wrong, but it can run nothing. Its bytes are canonical, so that one bundle has one hash. Notices may name
the hour from which they are shown; the bundle lies in a public folder, so such a notice is early knowledge for whoever
looks there and must hold no secret.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from fangbang.core.canonical import canonical_json
from fangbang.core.clock import from_wire, to_wire
from fangbang.core.errors import FangbangError, Phrase
from fangbang.exams.model import Text
from fangbang.exams.provinces import PROVINCES
from fangbang.pages.problems import BAD_BUNDLE

FORMAT = "fangbang-page-bundle/1"
MOST_ITEMS = 500
MOST_PARAGRAPHS = 40
LONGEST_TITLE, LONGEST_PARAGRAPH = 120, 2000
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}").fullmatch
_LINK = re.compile(r"https://[!-~]{1,500}").fullmatch


class Notice(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One announcement. Instants as `core.clock.to_wire`; without `until` it stays. `sitting`: its subject, or ""."""

    id: str
    title: Text
    body: tuple[Text, ...]
    not_before: str
    until: str | None = None
    sitting: str = ""
    link: str = ""
    region: str = ""
    """The province whose notice it is; "" for the nation's."""

    @property
    def moment(self) -> datetime:
        return from_wire(self.not_before)

    def shown(self, now: datetime) -> bool:
        return self.moment <= now and (self.until is None or now < from_wire(self.until))


class Topic(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One question of the help page with its answer."""

    id: str
    question: Text
    answer: tuple[Text, ...]


class Desk(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Whom candidates of a region ("" for the nation) can ask; over what the program or the node's files say."""

    region: str
    name: Text
    as_of: str
    """The day (ISO 8601) on which somebody last compared it with its source."""
    source: str
    address: Text | None = None
    phone: tuple[str, ...] = ()
    hours: Text | None = None
    notice_url: str = ""


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A telephone that listens."""

    id: str
    name: Text
    phone: str
    as_of: str
    source: str
    hours: Text | None = None


class Bundle(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Texts of the home page (`home`, shown above the query), the help page, the notices, whom to ask."""

    format: str = FORMAT
    home: tuple[Text, ...] = ()
    help: tuple[Topic, ...] = ()
    notices: tuple[Notice, ...] = ()
    centres: tuple[Desk, ...] = ()
    helplines: tuple[Line, ...] = ()

    def due(self, now: datetime) -> tuple[Notice, ...]:
        """The notices to show, the newest first."""
        return tuple(sorted((item for item in self.notices if item.shown(now)), key=_newest))

    def next_change(self, now: datetime) -> datetime | None:
        """When `due` will say something else."""
        moments = [from_wire(at) for item in self.notices for at in (item.not_before, item.until) if at]
        return min((at for at in moments if at > now), default=None)


def _newest(notice: Notice) -> tuple[float, str]:
    return -notice.moment.timestamp(), notice.id


def encode_bundle(bundle: Bundle) -> bytes:
    """Canonical bytes; a bundle that breaks a rule is refused."""
    for fault in _faults(bundle):
        raise FangbangError(BAD_BUNDLE, reason=fault)
    return canonical_json(_sparse(msgspec.to_builtins(bundle)))


def _sparse(told: dict[str, Any]) -> dict[str, Any]:
    """Members that came later are left out where they say nothing: a bundle of before has the bytes it always had."""
    for name in ("centres", "helplines"):
        if not told[name]:
            del told[name]
    for notice in told["notices"]:
        if not notice["region"]:
            del notice["region"]
    return told


def decode_bundle(data: bytes) -> Bundle:
    """The bundle, if these are the bytes that `encode_bundle` writes for it."""
    try:
        bundle = msgspec.json.decode(data, type=Bundle)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise FangbangError(BAD_BUNDLE, reason=Phrase("malformed", "无法解读")) from error
    if encode_bundle(bundle) != data:
        raise FangbangError(BAD_BUNDLE, reason=Phrase("not in canonical form", "不是规范形式"))
    return bundle


def _faults(bundle: Bundle) -> Iterator[Phrase]:
    """What is wrong, each with its place."""
    if bundle.format != FORMAT:
        yield Phrase("unknown format", "格式未知")
    yield from _text_faults("home", bundle.home)
    for name, items in (("help", bundle.help), ("notices", bundle.notices)):
        ids = [item.id for item in items]
        if len(ids) > MOST_ITEMS or len(set(ids)) != len(ids):
            yield Phrase(f"{name}: too many, or an id twice", f"{name}：条目过多或编号重复")
        for each in ids:
            if not _ID(each):
                yield Phrase(f"{name}: bad id", f"{name}：编号不合规")
    for topic in bundle.help:
        yield from _text_faults(topic.id, (topic.question,), LONGEST_TITLE)
        yield from _text_faults(topic.id, topic.answer, least=1)
    for notice in bundle.notices:
        yield from _notice_faults(notice)
    yield from _contact_faults(bundle)


def _notice_faults(notice: Notice) -> Iterator[Phrase]:
    yield from _text_faults(notice.id, (notice.title,), LONGEST_TITLE)
    yield from _text_faults(notice.id, notice.body, least=1)
    if notice.region and notice.region not in PROVINCES:
        yield Phrase(f"{notice.id}: unknown region", f"{notice.id}：地区未知")
    if notice.link and not _LINK(notice.link):
        yield Phrase(f"{notice.id}: link is no https address", f"{notice.id}：链接不是 https 地址")
    if notice.sitting and not _ID(notice.sitting):
        yield Phrase(f"{notice.id}: bad sitting", f"{notice.id}：场次编号不合规")
    moments = [at for at in (notice.not_before, notice.until) if at is not None]
    if not all(map(_is_moment, moments)) or sorted(set(moments)) != moments:
        yield Phrase(f"{notice.id}: bad moments", f"{notice.id}：时刻不合规")


def _contact_faults(bundle: Bundle) -> Iterator[Phrase]:
    regions, lines = [item.region for item in bundle.centres], [item.id for item in bundle.helplines]
    if len(set(regions)) != len(regions) or not set(regions) <= {"", *PROVINCES}:
        yield Phrase("centres: a region twice, or unknown", "机构：地区重复或未知")
    if len(lines) > MOST_ITEMS or len(set(lines)) != len(lines) or not all(map(_ID, lines)):
        yield Phrase("helplines: too many, an id twice, or a bad id", "热线：过多、编号重复或不合规")
    entries: list[Desk | Line] = [*bundle.centres, *bundle.helplines]
    for entry in entries:
        phones = entry.phone if isinstance(entry, Desk) else (entry.phone,)
        texts = [text for text in (entry.name, entry.hours, getattr(entry, "address", None)) if text is not None]
        yield from _text_faults(entry.name.en, texts, LONGEST_TITLE, least=1)
        if not (_is_day(entry.as_of) and all(_is_plain(item, LONGEST_TITLE) for item in (entry.source, *phones))):
            yield Phrase(f"{entry.name.en}: day, source or telephone", f"{entry.name.zh}：日期、来源或电话不合规")
        if isinstance(entry, Desk) and entry.notice_url and not _LINK(entry.notice_url):
            yield Phrase(f"{entry.name.en}: notice_url is no https address", f"{entry.name.zh}：网址不是 https 地址")


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _text_faults(
    place: str, texts: Sequence[Text], longest: int = LONGEST_PARAGRAPH, least: int = 0
) -> Iterator[Phrase]:
    if not least <= len(texts) <= MOST_PARAGRAPHS:
        yield Phrase(f"{place}: number of paragraphs", f"{place}：段落数不合规")
    if not all(_is_plain(words, longest) for words in _words(texts)):
        yield Phrase(f"{place}: a text is empty, too long or not plain", f"{place}：文字为空、过长或含控制字符")


def _words(texts: Iterable[Text]) -> Iterator[str]:
    for text in texts:
        yield from (text.zh, text.en)


def _is_plain(text: str, longest: int) -> bool:
    """One line that prints as it reads: no control character, nothing that turns the direction of writing."""
    return text.isprintable() and text == text.strip() and 0 < len(text) <= longest


def _is_moment(text: str) -> bool:
    try:
        return to_wire(from_wire(text)) == text
    except ValueError:
        return False
