"""The page of a job: how far it is, and how it ended. Who may see what a job is about may see the job."""

from collections.abc import Callable

from django.http import HttpResponse

from fangbang.accounts.rules import Permission, Subject
from fangbang.core.errors import FangbangError
from fangbang.jobs import queries
from fangbang.jobs.problems import UNKNOWN_JOB
from fangbang.office.routes import route
from fangbang.office.web import OfficeRequest, error_page, page, url


def job_page(
    name: str,
    pattern: str,
    permission: Permission,
    *,
    about: str,
    back: str,
    here: str,
    subject: Callable[..., Subject] | None = None,
) -> None:
    """Enter the page of the jobs about one sort of thing, below that thing's address and behind its permission.

    `pattern` has a place `<str:job>`. `about`: the place whose value is the job's subject, or, where there is none, the
    subject itself. `back`: the route to go on to; it gets the places of the pattern. `here`: the entry of the menu.
    """

    @route(name, pattern, permission, subject=subject)
    def show(request: OfficeRequest, job: str, **places: str) -> HttpResponse:
        try:
            view = queries.job(job)
            if view.subject != places.get(about, about):
                raise FangbangError(UNKNOWN_JOB, job=job)
        except FangbangError as error:
            return error_page(request, error, 404)
        failure = view.failure
        return page(
            request,
            "job.html",
            here=here,
            job=view,
            failure=None if failure is None else failure.text(request.language),
            back=url(back, **places),
        )
