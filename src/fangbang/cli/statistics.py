"""`fangbang statistics`: pass rates and distributions of what was published, as text, JSON or files."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fangbang.cli.edge import Session
from fangbang.cli.staff import catalogue, office
from fangbang.core.errors import FangbangError, Kind, Problem

if TYPE_CHECKING:
    from fangbang.release.rules.figures import Figures

WRONG_ENDING = Problem(
    "cli.statistics-ending",
    Kind.INPUT,
    zh="文件名须以 .xlsx 或 .csv 结尾：{file}",
    en="The file's name must end in .xlsx or .csv: {file}",
)
NO_SUCH_PLACE = Problem(
    "cli.statistics-place",
    Kind.INPUT,
    zh="发布 {release} 没有省份 {province} 的成绩",
    en="Release {release} has no results of province {province}",
)


@click.group()
def statistics() -> None:
    """已公布成绩的统计 / Statistics of what was published."""


@statistics.command("list")
@click.pass_obj
def list_(session: Session) -> None:
    """有统计的发布 / The releases that there are statistics of.

    \b
    例 / Example:
      fangbang statistics list
    """
    office(session)

    from fangbang.core.clock import to_wire
    from fangbang.release import queries

    views = queries.standing_releases()
    told = [
        {"release": view.id, "sitting": view.sitting, "scope": view.scope.to_json(),
         "published_at": None if view.published_at is None else to_wire(view.published_at)}
        for view in views
    ]  # fmt: skip
    text = "\n".join(f"{view.id}  {view.sitting}  {view.scope.key}" for view in views)
    session.result({"releases": told}, zh=text or "尚未公布", en=text or "Nothing is published")


@statistics.command()
@click.argument("release_id", metavar="RELEASE")
@click.option("--province", default="", help="只看此省份（六位代码） / Only this province.")
@click.pass_obj
def show(session: Session, release_id: str, province: str) -> None:
    """各科、各省的报名、有成绩、合格人数与合格率。 / Registered, sat, passed and pass rate by subject and province.

    少于 FANGBANG_SMALLEST_CELL 人的数字不列（–）。 / Numbers about fewer people than FANGBANG_SMALLEST_CELL are kept
    back (–).

    \b
    例 / Examples:
      fangbang statistics show rel-… --province 110000
      fangbang --json statistics show rel-…
    """
    office(session)

    from fangbang.release import queries
    from fangbang.release.rules.figures import figures, of_place

    report = queries.published_report(release_id)
    found = figures(report, _least(session))
    if province:
        found = of_place(found, _place_in(report, release_id, province))
    text = "\n".join(map(_line, found))
    session.result({"release": release_id, "figures": [one.to_json() for one in found]}, zh=text, en=text)


@statistics.command()
@click.argument("release_id", metavar="RELEASE")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--province", default="", help="只含此省份（六位代码） / Only this province.")
@click.pass_obj
def export(session: Session, release_id: str, file: Path, province: str) -> None:
    """写成 XLSX（统计与分布）或 CSV（统计）文件。 / Write an XLSX (figures and marks) or CSV (figures) file.

    \b
    例 / Example:
      fangbang statistics export rel-… social-worker-2026.xlsx
    """
    office(session)
    if file.suffix not in (".xlsx", ".csv"):
        raise FangbangError(WRONG_ENDING, file=file.name)

    from fangbang.core.files import write_durably
    from fangbang.project.figuring import Sheets
    from fangbang.project.naming import Names
    from fangbang.release import queries

    report = queries.published_report(release_id)
    place = _place_in(report, release_id, province) if province else ""
    names = Names(catalogue(session), str(report["sitting"]), session.language)
    sheets = Sheets(report, names, place, _least(session))
    data = sheets.xlsx() if file.suffix == ".xlsx" else sheets.csv()
    write_durably(file, data)
    session.result(
        {"file": str(file), "bytes": len(data)},
        zh=f"已写入 {file}（{len(data):,} 字节）",
        en=f"Wrote {file} ({len(data):,} bytes)",
    )


def _least(session: Session) -> int:
    return session.settings.number("SMALLEST_CELL", least=1)


def _place_in(report: dict[str, object], release_id: str, province: str) -> str:
    from fangbang.release.rules.figures import provinces_in

    if province not in provinces_in(report):
        raise FangbangError(NO_SUCH_PLACE, release=release_id, province=province)
    return province


def _line(one: "Figures") -> str:
    counts = "  ".join("–" if count is None else f"{count:,}" for count in (one.registered, one.sat, one.passed))
    rate = "–" if one.rate is None else f"{one.rate:.1%}"
    return f"{one.level}/{one.subject:<12} {one.place or '*':<8} {counts}  {rate}"
