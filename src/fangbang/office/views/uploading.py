"""How a file comes in: in pieces by a script, in one go by a form, out of the drop folder."""

from collections.abc import Callable
from pathlib import Path

import msgspec
from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.http import HttpResponse, JsonResponse

from fangbang.accounts.rules import Subject
from fangbang.core.errors import FangbangError
from fangbang.intake import actions, queries
from fangbang.intake.actions.pieces import add_piece
from fangbang.jobs import actions as jobs
from fangbang.office.forms import read
from fangbang.office.jobs.intaking import limits
from fangbang.office.problems import BAD_FORM
from fangbang.office.routes import route
from fangbang.office.views.files import IMPORT, files_page, sitting_subject
from fangbang.office.web import STATUS, OfficeRequest, go, url

_POST = ("POST",)


class Beginning(msgspec.Struct):
    """A file's name and its bytes' number."""

    name: str
    size: int


class Ending(msgspec.Struct):
    """`yard.digest_of` over the pieces as the sender knows them."""

    digest: str = ""


class Listed(msgspec.Struct):
    """A file of the drop folder, as it was listed."""

    name: str
    sha256: str


def upload_subject(upload: str, **others: str) -> Subject:
    """What an upload's address is about."""
    return sitting_subject(queries.upload(upload).sitting)


@route("begin-upload", "sittings/<str:sitting>/uploads", IMPORT, methods=_POST, subject=sitting_subject)
def begin_upload(request: OfficeRequest, sitting: str) -> HttpResponse:
    """Begin, or go on with, an upload in pieces: tells where they go, how large they are, and which are here."""

    def begun() -> HttpResponse:
        form = read(request, Beginning)
        upload = actions.begin_upload(
            actor=request.actor,
            sitting_id=sitting,
            name=form.name,
            size=form.size,
            folder=settings.LAYOUT.uploads,
            limits=limits(),
            clock=request.clock,
        )
        return JsonResponse(
            {
                "pieces": queries.upload(upload).pieces,
                "size": queries.PIECE,
                "send": url("piece", upload=upload),
                "finish": url("finish-upload", upload=upload),
                "discard": url("discard-upload", upload=upload),
            }
        )

    return _as_json(request, begun)


@route("piece", "uploads/<str:upload>/pieces", IMPORT, methods=_POST, subject=upload_subject)
def piece(request: OfficeRequest, upload: str) -> HttpResponse:
    """One piece: the body, with its place and its SHA-256 in headers."""

    def added() -> HttpResponse:
        offset, sha256 = request.headers.get("X-Offset", ""), request.headers.get("X-SHA256", "")
        if not (offset.isascii() and offset.isdigit()) or len(offset) > 15:
            raise FangbangError(BAD_FORM, what="X-Offset")
        received = add_piece(
            actor=request.actor,
            upload_id=upload,
            offset=int(offset),
            sha256=sha256,
            data=request.read(queries.PIECE + 1),
            folder=settings.LAYOUT.uploads,
            clock=request.clock,
        )
        return JsonResponse({"received": received})

    return _as_json(request, added)


@route("finish-upload", "uploads/<str:upload>/finish", IMPORT, methods=_POST, subject=upload_subject)
def finish_upload(request: OfficeRequest, upload: str) -> HttpResponse:
    """All pieces are here: have the file looked at."""

    def finished() -> HttpResponse:
        actions.finish_upload(
            actor=request.actor,
            upload_id=upload,
            digest=read(request, Ending).digest,
            folder=settings.LAYOUT.uploads,
            clock=request.clock,
        )
        return _looked_at(request, upload)

    return _as_json(request, finished)


@route("whole-upload", "sittings/<str:sitting>/whole", IMPORT, methods=_POST, subject=sitting_subject)
def whole_upload(request: OfficeRequest, sitting: str) -> HttpResponse:
    """A file in one go, from a form that needs no script. The server took it to disk as it came."""
    sent = request.FILES.get("file")
    if sent is None:
        return files_page(request, sitting, FangbangError(BAD_FORM, what="file"))
    path = _on_disk(sent)
    try:
        upload = actions.take_whole(
            actor=request.actor,
            sitting_id=sitting,
            name=sent.name or "",
            path=path,
            folder=settings.LAYOUT.uploads,
            limits=limits(),
            clock=request.clock,
        )
    except FangbangError as error:
        return files_page(request, sitting, error)
    finally:
        path.unlink(missing_ok=True)
    return _looked_at(request, upload)


@route("take-dropped", "sittings/<str:sitting>/drop", IMPORT, methods=_POST, subject=sitting_subject)
def take_dropped(request: OfficeRequest, sitting: str) -> HttpResponse:
    """A file of the drop folder, if it is what was listed."""
    form = read(request, Listed)
    try:
        upload = actions.take_dropped(
            actor=request.actor,
            sitting_id=sitting,
            name=form.name,
            sha256=form.sha256,
            drop=settings.DROP,
            folder=settings.LAYOUT.uploads,
            limits=limits(),
            clock=request.clock,
        )
    except FangbangError as error:
        return files_page(request, sitting, error)
    return _looked_at(request, upload)


def _looked_at(request: OfficeRequest, upload: str) -> HttpResponse:
    """Ask that its columns be guessed, and go there."""
    job = jobs.ask(actor=request.actor, kind="look", subject=upload, arguments={"sheets": []}, clock=request.clock)
    return go("upload-job", upload=upload, job=job)


def _on_disk(sent: "UploadedFile[bytes]") -> Path:
    """Where Django put a file: a large one on disk already; a small one is written there."""
    if isinstance(sent, TemporaryUploadedFile):
        return Path(sent.temporary_file_path())
    path = queries.Yard(settings.LAYOUT.uploads).incoming()
    path.write_bytes(sent.read())
    return path


def _as_json(request: OfficeRequest, act: Callable[[], HttpResponse]) -> HttpResponse:
    """For a script what came of it as JSON, a redirect as the address to go to; else the page."""
    if "application/json" not in request.headers.get("Accept", ""):
        return act()
    try:
        answer = act()
    except FangbangError as error:
        told = {"code": error.code, "text": error.text(request.language)}
        return JsonResponse(told, status=STATUS[error.problem.kind])
    return JsonResponse({"go": answer.headers["Location"]}) if "Location" in answer.headers else answer
