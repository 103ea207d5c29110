"""A province's list of passers: read from the books, written, marked, kept encrypted. It may run again: the second file
takes the first one's place."""

from django.conf import settings

from fangbang.desk import actions
from fangbang.desk.queries import desk_vault
from fangbang.desk.queries.exports import export, passers
from fangbang.desk.rules.exports import FileFormat, table
from fangbang.jobs.rules import Result, Work, job
from fangbang.project.spreadsheets import as_csv, as_xlsx
from fangbang.project.stores import book_store


@job("export", again=True)
def make(work: Work) -> Result:
    """The subject is the export's id."""
    view, store = export(work.subject), book_store(settings.LAYOUT)
    vault = desk_vault(store)
    work.progress(0, 0, "books")
    rows, releases = passers(store, view.sitting, view.region, lambda count: work.progress(count, 0, "books"))
    cells = table(rows, view.content, view.mark, vault.finding)
    if view.format is FileFormat.CSV:
        data = as_csv(cells)
    else:
        data = as_xlsx([("名单", cells), ("说明", _about(view.mark.text, len(rows), releases))])
    digest = actions.keep_export(
        actor=work.actor, export_id=view.id, data=data, rows=len(rows), releases=releases,
        folder=settings.LAYOUT.exports, vault=vault, clock=work.clock,
    )  # fmt: skip
    return {"rows": len(rows), "sha256": digest}


def _about(mark: str, rows: int, releases: list[str]) -> list[tuple[str, str | int]]:
    """The sheet that says whose list it is, from which releases."""
    return [("导出", mark), ("人数", rows), ("发布", " ".join(releases)), ("", "仅限所述用途，不得转交")]
