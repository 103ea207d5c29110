"""`fangbang simulate`: synthetic cohorts of any size, and the fit of the shipped mark shapes."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fangbang.cli.edge import Session

if TYPE_CHECKING:
    from fangbang.simulate.cohort import Plan

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group()
def simulate() -> None:
    """合成考生与阅卷中心 / Synthetic candidates and marking centres."""


@simulate.command()
@click.option("--exam", default="social-worker", show_default=True, help="考试 / The examination's id.")
@click.option("--year", type=int, default=2026, show_default=True, help="年度 / The sitting's year.")
@click.option("--candidates", type=click.IntRange(min=1), default=20_000, show_default=True, help="人数 / How many.")
@click.option("--seed", type=int, default=1, show_default=True, help="种子，相同则结果相同 / Same seed, same files.")
@click.option("--out", "folder", type=FOLDER, required=True, help="输出文件夹，须为空 / Output folder, empty or new.")
@click.option("--mistakes", type=click.IntRange(min=0), default=0, help="掺入的错误行数 / Wrong rows to plant.")
@click.option("--history/--no-history", default=True, help="是否带上一年度 / With the year before, or without.")
@click.option("--absent", type=click.FloatRange(0, 1), help="整场缺考比例 / Share absent from the whole sitting.")
@click.pass_obj
def cohort(
    session: Session,
    exam: str,
    year: int,
    candidates: int,
    seed: int,
    folder: Path,
    mistakes: int,
    history: bool,
    absent: float | None,
) -> None:
    """写出阅卷中心会送来的文件：报名、成绩、签名清单，另附答案与错误清单。 / Write the files a marking centre
    would send.

    人名与证件号码均为合成：号码以 89 开头，任何机构都不会签发。 / All people are synthetic: their numbers begin
    with 89,
    which no authority issues.

    \b
    例 / Example:
      fangbang simulate cohort --candidates 20000 --mistakes 16 --out cohort
    """
    from fangbang.simulate.writer import write_cohort

    plan = planned(exam, year, candidates=candidates, seed=seed, history=history, mistakes=mistakes, absent=absent)
    written = write_cohort(plan, folder)
    rows = dict(sorted(written.rows.items()))
    session.result(
        {"folder": str(folder), "rows": rows, "mistakes": len(written.mistakes)},
        zh=f"已写入 {folder}：" + "、".join(f"{name} {count} 行" for name, count in rows.items()),
        en=f"Written to {folder}: " + ", ".join(f"{name} {count} rows" for name, count in rows.items()),
    )


def planned(
    exam: str,
    year: int,
    *,
    candidates: int,
    seed: int,
    history: bool,
    mistakes: int,
    absent: float | None = None,
    cities: tuple[str, ...] = (),
) -> "Plan":
    """The plan of a cohort by the shipped catalogue. `cities`: provinces whose candidates' city is told."""
    from dataclasses import replace

    from fangbang.exams.catalogue import load_catalogue
    from fangbang.simulate.cohort import Plan
    from fangbang.simulate.shapes import load_absence

    catalogue, absence = load_catalogue(), load_absence()
    return Plan(
        rules=catalogue.sitting(exam, year),
        last=catalogue.sitting(exam, year - 1) if history else None,
        candidates=candidates,
        seed=seed,
        absence=absence if absent is None else replace(absence, throughout=absent),
        mistakes=mistakes,
        cities=cities,
    )


@simulate.command()
@click.option("--source", type=FILE, required=True, help="分数频数 / Frequencies: year, subject, score, count.")
@click.option("--absences", type=FILE, required=True, help="一场考试的成绩 / One sitting's marks, for absences.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="输出文件 / Output; the shipped file.")
@click.pass_obj
def fit(session: Session, source: Path, absences: Path, out: Path | None) -> None:
    """由真实分布拟合随包的分数曲线。 / Make the shipped mark shapes from real distributions.

    \b
    例 / Example:
      fangbang simulate fit --source frequencies.csv --absences marks.csv --out shapes.json
    """
    from fangbang.core.files import write_durably
    from fangbang.simulate.fit import SHIPPED, fit, rendered

    content = fit(source, absences)
    target = out or SHIPPED
    write_durably(target, rendered(content))
    session.result(
        {"file": str(target), "shapes": sorted(content["shapes"])},
        zh=f"已写入 {target}：{len(content['shapes'])} 条曲线",
        en=f"Written to {target}: {len(content['shapes'])} shapes",
    )
