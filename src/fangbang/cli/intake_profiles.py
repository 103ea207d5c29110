"""`fangbang intake guess` and `fangbang intake profile`: how a sender's files are read."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fangbang.cli.edge import Session
from fangbang.cli.layout import Layout
from fangbang.cli.staff import FILE, acting, as_option, catalogue, office

if TYPE_CHECKING:
    from fangbang.intake.actions import Profile

_KINDS = ("registrations", "marks", "prior-passes")


def chosen_profile(layout: Layout, name: str) -> "Profile":
    """A profile by path or by the name that it was saved under; call `office` first."""
    from fangbang.intake import actions, queries

    path = Path(name)
    if path.suffix == ".toml" or path.is_file():
        return actions.load_profile(path)
    return queries.saved_profile(layout.profiles, name)


@click.command()
@click.argument("file", type=FILE)
@click.option("--sitting", default="", help="场次，用于辨认各科目的列 / A sitting, to know the subjects' columns.")
@click.option("--kind", type=click.Choice(_KINDS), help="文件种类；缺省时猜测 / Kind of file; guessed if absent.")
@click.pass_obj
def guess(session: Session, file: Path, sitting: str, kind: str | None) -> None:
    """按表头猜测列映射，不接收任何内容 / Propose how to read a file; nothing is taken in.

    输出可保存为方案的 TOML，以及前几行（姓名、号码、成绩已遮盖）。 / Prints TOML that can be saved as a
    profile, and the first rows with names, numbers and marks masked.

    \b
    例 / Example:
      fangbang intake guess 成绩.xlsx --sitting social-worker-2026
    """
    office(session)
    from fangbang.intake import actions, queries

    found = queries.guess_file(
        file,
        catalogue=catalogue(session),
        sitting_id=sitting,
        kind=kind or "",
        limits=actions.Limits.from_settings(session.settings.values),
    )
    value: dict[str, Any] = {
        "kind": found.kind,
        "form": found.form,
        "columns": dict(found.columns),
        "subjects": dict(found.subjects),
        "missing": list(found.missing),
        "unread": list(found.unread),
        "profile": found.as_toml(),
        "preview": [dict(row) for row in found.preview],
    }
    rows = [" | ".join(found.preview[0])] if found.preview else []
    rows += [" | ".join(row.values()) for row in found.preview]
    text = found.as_toml() + "\n" + "\n".join(f"# {row}" for row in rows)
    session.result(value, zh=text, en=text)


@click.group()
def profile() -> None:
    """保存与查看列映射方案 / Save and show profiles of senders' files."""


@profile.command(name="save")
@click.argument("name")
@click.argument("file", type=FILE)
@as_option
@click.pass_obj
def save(session: Session, name: str, file: Path, operator: str | None) -> None:
    """以此名称保存方案文件（TOML） / Keep a profile (TOML) under a name, in place of an earlier one.

    \b
    例 / Example:
      fangbang intake profile save 河北 河北.toml --as li
    """
    layout = office(session)
    from fangbang.accounts.rules import Role
    from fangbang.intake import actions

    actor = acting(session, operator, Role.IMPORTER)
    saved = actions.save_profile(actor=actor, name=name, path=file, folder=layout.profiles, clock=session.clock)
    session.result({"name": name, "kind": saved.kind}, zh=f"已保存方案 {name}", en=f"Saved the profile {name}")


@profile.command(name="list")
@click.pass_obj
def list_profiles(session: Session) -> None:
    """列出已保存的方案 / List the saved profiles.

    \b
    例 / Example:
      fangbang intake profile list
    """
    layout = office(session)
    from fangbang.intake import queries

    names = queries.profiles(layout.profiles)
    session.result({"profiles": names}, zh="\n".join(names) or "尚无方案", en="\n".join(names) or "No profiles yet")


@profile.command()
@click.argument("name")
@click.pass_obj
def show(session: Session, name: str) -> None:
    """显示一个方案 / Show a profile.

    \b
    例 / Example:
      fangbang intake profile show 河北
    """
    layout = office(session)
    from fangbang.intake import queries

    text = queries.profile_text(layout.profiles, name)
    session.result({"name": name, "text": text}, zh=text, en=text)
