"""`fangbang init`: make an installation."""

import click

from fangbang.cli.edge import Session
from fangbang.cli.layout import Layout
from fangbang.core.settings import load_settings


@click.command()
@click.pass_obj
def init(session: Session) -> None:
    """建立数据目录、数据库与密钥 / Make the data folder, its database and keys.

    已有的部分保持不变，升级后再运行一次即可。 / What exists is kept: run it again after an upgrade.

    \b
    例 / Examples:
      fangbang init
      FANGBANG_HOME=/srv/fangbang fangbang init
      FANGBANG_DATABASE=postgresql://office@db/office fangbang init
    """
    layout = Layout(session.settings.home)
    first = prepare(session)
    text_zh = "已建立" if first else "已是最新"
    text_en = "Made" if first else "Up to date:"
    custody = session.settings.values["CUSTODY"]
    session.result(
        {"home": str(layout.home), "made": first, "custody": custody},
        zh=f"{text_zh} {layout.home}"
        + ("（演示保管：密钥就在数据旁边，不得用于正式放榜）" if custody == "demo" else ""),
        en=f"{text_en} {layout.home}"
        + (" (demo custody: keys lie beside the data; not for real results)" if custody == "demo" else ""),
    )


def prepare(session: Session) -> bool:
    """Everything that `init` does; True if nothing was there before. Idempotent, whatever a crash left behind."""
    from fangbang.books.keys import BookKeys
    from fangbang.cli.keeper import keeper_folders
    from fangbang.keeper.folders import initialise
    from fangbang.project.boot import configure, migrate
    from fangbang.project.secrets import make_seal_key, make_session_secret

    layout = Layout(session.settings.home)
    layout.make()
    make_session_secret(layout.office)
    make_seal_key(layout.office)
    if not layout.book_keys.exists():
        BookKeys.create(layout.book_keys)
    if session.settings.values["CUSTODY"] == "demo":
        initialise(keeper_folders(session))
    configure(session.settings)
    migrate()
    first = _enter_initialisation(session)
    export_trust(layout)
    return first


def export_trust(layout: Layout) -> None:
    """Write the enrolled keys for the keeper. Demo custody: straight into its folder; in production an officer carries
    the office's file there after comparing its hash."""
    from fangbang.accounts.queries import trust_file
    from fangbang.core.files import write_durably

    data = trust_file()
    write_durably(layout.office_trust, data)
    if layout.keeper.is_dir() and load_settings().values["CUSTODY"] == "demo":
        write_durably(layout.keeper_trust, data)


def _enter_initialisation(session: Session) -> bool:
    from django.db import transaction

    from fangbang.audit import queries
    from fangbang.audit.actions import record
    from fangbang.audit.events import AuditEvent
    from fangbang.audit.rules import EMPTY, SYSTEM

    with transaction.atomic():
        if queries.head() != EMPTY:
            return False
        details = {"custody": session.settings.values["CUSTODY"]}
        record(
            actor=SYSTEM, event=AuditEvent.OFFICE_INITIALISED, subject="office", details=details, clock=session.clock
        )
    return True
