"""Whom a candidate can ask: the examination centre of each region and helplines, as dated, sourced data.

The shipped table (`data/contacts.toml`) is laid over by the authority's files, `<exams folder>/contacts/*.toml`: an
entry there replaces the shipped one of the same region (or helpline id). What nobody sourced stays empty, and the
pages say that the local centre's own announcements hold.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal

import msgspec

from fangbang.core.errors import FangbangError
from fangbang.exams.model import Text
from fangbang.exams.problems import BAD_FILE
from fangbang.exams.provinces import PROVINCES
from fangbang.pages.bundle import Bundle

NATIONAL = ""
"""The region of the national centre."""


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a number or an address was read."""

    id: str
    title: str
    seen_at: tuple[str, ...]


class Centre(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One examination centre. `region`: a six-digit province code, "" for the national centre."""

    region: str
    name: Text
    as_of: date
    """The day on which somebody last compared the entry with its source."""
    source: tuple[str, ...]
    unsure: bool = False
    address: Text | None = None
    phone: tuple[str, ...] = ()
    hours: Text | None = None
    notice_url: str = ""


class Helpline(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A telephone that listens."""

    id: str
    name: Text
    phone: str
    as_of: date
    source: tuple[str, ...]
    hours: Text | None = None


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    format: Literal["fangbang-contacts/1"]
    sources: tuple[Source, ...] = ()
    centres: tuple[Centre, ...] = ()
    helplines: tuple[Helpline, ...] = ()


@dataclass(frozen=True)
class Contacts:
    """Centres by region, helplines by id, source titles by id."""

    centres: Mapping[str, Centre] = field(default_factory=dict)
    helplines: Mapping[str, Helpline] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)

    @property
    def national(self) -> Centre | None:
        return self.centres.get(NATIONAL)

    @property
    def provincial(self) -> tuple[Centre, ...]:
        """The centres of provinces, in the order of their codes."""
        return tuple(self.centres[code] for code in PROVINCES if code in self.centres)

    def cited(self, entry: Centre | Helpline) -> tuple[str, ...]:
        """The titles of an entry's sources."""
        return tuple(self.sources[item] for item in entry.source)


def load_contacts(overrides: Path | None = None) -> Contacts:
    """The shipped table under the files of `overrides/contacts`. BAD_FILE names the file and what is wrong in it."""
    paths: list[Traversable] = [files("fangbang.pages") / "data" / "contacts.toml"]
    if overrides is not None:
        paths += sorted((overrides / "contacts").glob("*.toml"))
    return _merged((path.name, _read(path)) for path in paths)


def overlaid(contacts: Contacts, bundle: Bundle) -> Contacts:
    """The same under what the signed page bundle says."""
    if not (bundle.centres or bundle.helplines):
        return contacts
    sources: dict[str, str] = {}
    centres = {
        item.region: Centre(
            region=item.region, name=item.name, as_of=date.fromisoformat(item.as_of),
            source=_cited(sources, item.source), address=item.address, phone=item.phone, hours=item.hours,
            notice_url=item.notice_url,
        )
        for item in bundle.centres
    }  # fmt: skip
    helplines = {
        item.id: Helpline(
            id=item.id, name=item.name, phone=item.phone, as_of=date.fromisoformat(item.as_of),
            source=_cited(sources, item.source), hours=item.hours,
        )
        for item in bundle.helplines
    }  # fmt: skip
    return Contacts(
        {**contacts.centres, **centres}, {**contacts.helplines, **helplines}, {**contacts.sources, **sources}
    )


def _cited(sources: dict[str, str], title: str) -> tuple[str]:
    sources[f"bundle: {title}"] = title
    return (f"bundle: {title}",)


def _read(path: Traversable) -> _File:
    try:
        return msgspec.toml.decode(path.read_bytes(), type=_File)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise FangbangError(BAD_FILE, file=path.name, reason=str(error)) from error


def _merged(parts: Iterable[tuple[str, _File]]) -> Contacts:
    centres: dict[str, Centre] = {}
    helplines: dict[str, Helpline] = {}
    sources: dict[str, str] = {}
    for name, part in parts:
        sources |= {source.id: source.title for source in part.sources}
        entries: list[Centre | Helpline] = [*part.centres, *part.helplines]
        for entry in entries:
            _check(name, entry, sources)
        centres |= {centre.region: centre for centre in part.centres}
        helplines |= {line.id: line for line in part.helplines}
    return Contacts(centres, helplines, sources)


def _check(file: str, entry: Centre | Helpline, sources: Mapping[str, str]) -> None:
    if not entry.source or not set(entry.source) <= sources.keys():
        raise FangbangError(BAD_FILE, file=file, reason=f"{entry.name.en}: names no known source")
    if isinstance(entry, Centre):
        if entry.region not in (NATIONAL, *PROVINCES):
            raise FangbangError(BAD_FILE, file=file, reason=f"{entry.name.en}: unknown region {entry.region}")
        if entry.notice_url and not entry.notice_url.startswith("https://"):
            raise FangbangError(BAD_FILE, file=file, reason=f"{entry.name.en}: notice_url is no https address")
