"""`fangbang adjudicate`: both calculators over a whole sitting."""

from typing import TYPE_CHECKING, Any

import click

from fangbang.cli.edge import Session
from fangbang.cli.staff import acting, as_option, catalogue, office
from fangbang.cli.withholding import agree, unwithhold, withheld, withhold
from fangbang.project import preparing

if TYPE_CHECKING:
    from fangbang.adjudication.queries import RunView


@click.group()
def adjudicate() -> None:
    """判定全部考生的结果 / Decide the results of a whole sitting."""


@adjudicate.command()
@click.argument("sitting")
@click.option(
    "--withhold-missing",
    is_flag=True,
    help="缺成绩的考生暂不发布，而不是中止 / Withhold candidates with a missing mark instead of stopping.",
)
@click.option(
    "--history-run",
    "history_runs",
    multiple=True,
    metavar="RUN",
    help="另加一次往年计算作为历史 / One more run of an earlier sitting as history.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 2),
    default=2,
    show_default=True,
    help="两套计算同时进行 / 2: both calculators at the same time.",
)
@as_option
@click.pass_obj
def run(
    session: Session,
    sitting: str,
    withhold_missing: bool,
    history_runs: tuple[str, ...],
    workers: int,
    operator: str | None,
) -> None:
    """以两套独立的计算判定整个场次；有一处不一致即作废。 / Decide a sitting twice; one disagreement refuses it.

    历史取自同一考试往年已发布的结果。 / History comes from the published results of the exam's earlier years.

    \b
    例 / Examples:
      fangbang adjudicate run social-worker-2026 --as zhang
      fangbang --json adjudicate run social-worker-2026 --as zhang
    """
    layout = office(session)

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from fangbang.accounts.rules import Role

    actor, total = acting(session, operator, Role.ADJUDICATOR), preparing.candidates(layout, sitting)
    label = "Candidates" if session.language == "en" else "考生"
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=session.json or not console.is_terminal) as bar:
        task = bar.add_task(label, total=total)
        done = preparing.adjudicate(
            layout,
            catalogue(session),
            actor=actor,
            sitting_id=sitting,
            clock=session.clock,
            history_runs=history_runs,
            withhold_missing=withhold_missing,
            progress=lambda count: bar.advance(task, count),
            workers=workers,
        )
    session.result(told(done), zh=_text(done, "zh"), en=_text(done, "en"))


@adjudicate.command()
@click.argument("run_id", metavar="RUN")
@click.pass_obj
def show(session: Session, run_id: str) -> None:
    """一次计算的输入、人数与结果分布。 / One run: its inputs, its counts.

    \b
    例 / Example:
      fangbang adjudicate show run-0123…
    """
    office(session)

    from fangbang.adjudication import queries

    found = queries.run(run_id)
    session.result(told(found), zh=_text(found, "zh"), en=_text(found, "en"))


@adjudicate.command("list")
@click.argument("sitting", required=False)
@click.pass_obj
def list_runs(session: Session, sitting: str | None) -> None:
    """列出计算。 / List runs, of one sitting or of all.

    \b
    例 / Example:
      fangbang adjudicate list social-worker-2026
    """
    office(session)

    from fangbang.adjudication import queries
    from fangbang.intake.queries import sitting as opened

    found = queries.runs(opened(sitting).id if sitting else None)
    text = "\n".join(f"{item.id}  {item.sitting:<24} {item.state:<9} {item.candidates}" for item in found)
    session.result({"runs": [told(item) for item in found]}, zh=text or "尚无计算", en=text or "No runs yet")


@adjudicate.command()
@click.option("--all", "closed", is_flag=True, help="连同已完成的 / The done tasks too.")
@click.pass_obj
def outdated(session: Session, closed: bool) -> None:
    """列出须重新计算的场次：所用的往年结果或人员关联已变。 / List sittings to be run again: their history changed.

    每项在新的计算采用现行历史后自动完成。 / A task closes by itself when a new run has used what counts now.

    \b
    例 / Example:
      fangbang adjudicate outdated
    """
    office(session)

    from fangbang.adjudication import queries

    found = [
        {
            "sitting": task.sitting,
            "changed": task.earlier or "people",
            "cause": task.cause,
            "opened_at": task.opened_at.isoformat(),
            "closed_at": task.closed_at.isoformat() if task.closed_at else None,
            "closed_by": task.closed_by,
        }
        for task in queries.recomputations(closed=closed)
    ]
    text = "\n".join(
        f"{item['sitting']:<24} ← {item['changed']}  {item['cause']}  {item['closed_by'] or ''}".rstrip()
        for item in found
    )
    session.result({"outdated": found}, zh=text or "没有须重新计算的场次", en=text or "Nothing to recompute")


for command in (withhold, unwithhold, agree, withheld):
    adjudicate.add_command(command)


def told(run: "RunView") -> dict[str, Any]:
    """A run as JSON."""
    return {
        "run": run.id,
        "sitting": run.sitting,
        "state": run.state,
        "candidates": run.candidates,
        "compared": run.compared,
        "disagreements": run.disagreements,
        "samples": list(run.samples),
        "inputs": dict(run.inputs),
        "history": [dict(item) for item in run.history],
        "outcomes": run.outcomes,
        "rule_hash": run.rule_hash,
        "code": run.code_version,
        "counts": dict(run.counts),
    }


def _text(run: "RunView", language: str) -> str:
    spread = ", ".join(f"{name} {count}" for name, count in run.counts.get("outcomes", {}).items())
    spread += _of_sentinels(run, language)
    if language == "en":
        return (
            f"{run.id}: {run.candidates} candidates, two calculators, {run.disagreements} disagreements "
            f"({run.state})\n{spread}"
        )
    return f"{run.id}：{run.candidates} 名考生，两套计算，{run.disagreements} 处不一致（{run.state}）\n{spread}"


def _of_sentinels(run: "RunView", language: str) -> str:
    """How the shadow cohort came out, on a line of its own; nothing for a run without one."""
    if run.sentinels is None:
        return ""
    ran, right, in_books = (run.sentinels[name] for name in ("ran", "right", "in_books"))
    wrong = "".join(f"\n  {case}" for case in run.sentinels["wrong"])
    if language == "en":
        return f"\n{ran} sentinels, {right} right, {in_books} among the candidates{wrong}"
    return f"\n{ran} 名哨兵考生，{right} 名结果正确，{in_books} 名混入考生{wrong}"
