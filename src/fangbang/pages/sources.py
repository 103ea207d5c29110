"""From files that people write to a bundle: `pages.toml` and `notices/*.toml` of one folder.

`pages.toml`::

    format = "fangbang-page-sources/1"
    [[home]]
    zh = "…"
    en = "…"
    [[help]]
    id = "when"
    question = { zh = "…", en = "…" }
    answer = [{ zh = "…", en = "…" }]

A notice is a file of its own, whose name is its id::

    title = { zh = "…", en = "…" }
    body = [{ zh = "…", en = "…" }]
    not_before = 2026-08-20T10:00:00     # the authority's zone unless another is given
    until = 2026-09-20T10:00:00          # optional
    sitting = "social-worker-2026"       # optional
    link = "https://…"                   # optional
"""

from datetime import datetime
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from fangbang.core.clock import AUTHORITY_ZONE, to_wire
from fangbang.core.errors import FangbangError
from fangbang.exams.model import Text
from fangbang.pages.bundle import Bundle, Notice, Topic
from fangbang.pages.problems import BAD_SOURCE

SOURCES_FILE = "pages.toml"
Part = TypeVar("Part")


class _Pages(msgspec.Struct, forbid_unknown_fields=True):
    format: Literal["fangbang-page-sources/1"]
    home: tuple[Text, ...] = ()
    help: tuple[Topic, ...] = ()


class _Notice(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    title: Text
    body: tuple[Text, ...]
    not_before: datetime
    until: datetime | None = None
    sitting: str = ""
    link: str = ""


def read_sources(folder: Path) -> Bundle:
    """The bundle that the folder's files describe; BAD_SOURCE names the file that cannot be read, and why."""
    pages = _read(folder / SOURCES_FILE, _Pages)
    notices = [_notice(path) for path in sorted((folder / "notices").glob("*.toml"))]
    return Bundle(home=pages.home, help=pages.help, notices=tuple(notices))


def _notice(path: Path) -> Notice:
    read = _read(path, _Notice)
    return Notice(
        id=path.stem,
        title=read.title,
        body=read.body,
        not_before=_wire(read.not_before),
        until=None if read.until is None else _wire(read.until),
        sitting=read.sitting,
        link=read.link,
    )


def _wire(at: datetime) -> str:
    return to_wire(at if at.tzinfo else at.replace(tzinfo=AUTHORITY_ZONE))


def _read(path: Path, kind: type[Part]) -> Part:
    try:
        return msgspec.toml.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise FangbangError(BAD_SOURCE, file=path.name, reason=reason) from error
