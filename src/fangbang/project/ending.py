"""How each class of the retention schedule is counted and ended. Rows go by their room's action; files that were last
written before the moment are unlinked. What others copy into the drop folder may bring an old date with it: there, a
file's time begins when it came to lie there (`st_ctime`), if that is later."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from fangbang.accounts import actions as accounts
from fangbang.accounts import queries as staff
from fangbang.adjudication import actions as adjudication
from fangbang.adjudication import queries as adjudicated
from fangbang.audit.rules import Actor
from fangbang.core.clock import Clock
from fangbang.core.files import sync_folder
from fangbang.desk import actions as desk
from fangbang.desk import queries as desks
from fangbang.intake import actions as intake
from fangbang.intake import queries as taken
from fangbang.jobs import actions as jobs
from fangbang.jobs import queries as asked
from fangbang.project.layout import Layout


@dataclass(frozen=True)
class Ending:
    """Of one class: how many lie before a moment; and the end of them, which returns how many it ended."""

    count: Callable[[Layout, datetime], int]
    end: Callable[[Layout, datetime, Actor, Clock], int]


def _files(find: Callable[[Layout, datetime], Sequence[Path]]) -> Ending:
    return Ending(
        lambda layout, before: len(find(layout, before)),
        lambda layout, before, actor, clock: _delete(find(layout, before)),
    )


def _old(paths: Iterable[Path], before: datetime) -> list[Path]:
    """The files among them that were last written before a moment; no links."""
    limit = before.timestamp()
    found = (path for path in paths if path.is_file() and not path.is_symlink())
    return sorted(path for path in found if path.stat().st_mtime < limit)


def _came(path: Path, before: datetime) -> bool:
    """Whether it came to lie there before a moment: no copying or renaming can set that time back."""
    return path.stat().st_ctime < before.timestamp()


def _delete(paths: Sequence[Path]) -> int:
    for path in paths:
        path.unlink(missing_ok=True)
        sync_folder(path.parent)
    return len(paths)


def _below(folder: Path, before: datetime, pattern: str = "*") -> list[Path]:
    return _old(folder.rglob(pattern), before) if folder.is_dir() else []


def _dropped(layout: Layout, before: datetime) -> list[Path]:
    elsewhere = settings.INTAKE["INTAKE_DROP"]
    found = _below(Path(elsewhere) if elsewhere else layout.drop, before)
    return [path for path in found if _came(path, before)]


def _access_records(layout: Layout, before: datetime) -> list[Path]:
    return _old((layout.home / "node").glob("*/access/*"), before)


def _leftovers(layout: Layout, before: datetime) -> list[Path]:
    """Files that nobody finished: `core.files` writes beside the file and renames, a backup copies the database."""
    office = layout.office
    return _below(office, before, ".*.tmp") + _old(office.glob(".backup-*/*"), before)


def _disable(_: Layout, before: datetime, actor: Actor, clock: Clock) -> int:
    dormant = staff.dormant(before)
    for operator in dormant:
        accounts.disable_operator(actor=actor, operator_id=operator, clock=clock)
    return len(dormant)


ENDINGS = {
    "sign-in-failures": Ending(
        lambda _, before: staff.old_failures(before),
        lambda _, before, actor, clock: accounts.forget_failures(actor=actor, before=before, clock=clock),
    ),
    "sign-in-records": Ending(
        lambda _, before: staff.old_records(before),
        lambda _, before, actor, clock: accounts.forget_records(actor=actor, before=before, clock=clock),
    ),
    "dormant-accounts": Ending(lambda _, before: len(staff.dormant(before)), _disable),
    "uploads": Ending(
        lambda _, before: taken.old_uploads(before),
        lambda layout, before, actor, clock: len(
            intake.remove_old_uploads(actor=actor, folder=layout.uploads, before=before, clock=clock)
        ),
    ),
    "dropped-files": _files(_dropped),
    "quarantine": _files(lambda layout, before: _below(layout.quarantine, before)),
    "export-files": _files(lambda layout, before: _below(layout.exports, before)),
    "leftovers": _files(_leftovers),
    "access-records": _files(_access_records),
    "desk-records": Ending(
        lambda _, before: sum(rows.count() for rows in desks.old_records(before).values()),
        lambda _, before, actor, clock: desk.forget_records(actor=actor, before=before, clock=clock),
    ),
    "withholdings": Ending(
        lambda _, before: sum(rows.count() for rows in adjudicated.old_withholdings(before)),
        lambda _, before, actor, clock: adjudication.forget_withholdings(actor=actor, before=before, clock=clock),
    ),
    "jobs": Ending(
        lambda _, before: asked.old_jobs(before).count(),
        lambda _, before, actor, clock: jobs.forget(actor=actor, before=before, clock=clock),
    ),
}
"""Class → what ends it. A class of the schedule that is carried out has one here."""
