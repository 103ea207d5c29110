"""What every response carries, and what none tells."""

import re
from pathlib import Path

import pytest
from django.http import HttpResponse
from django.middleware.security import SecurityMiddleware
from django.test import RequestFactory, override_settings

from fangbang.office.web import office_assets
from fangbang.pages.texts import texts
from tests.guard.source import PACKAGE
from tests.office.desk import Desk

GATE = (PACKAGE / "release" / "rules" / "gate.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", ["/sign-in", "/enrol", "/", "/nowhere", "/healthz", "/static/none.css", "/staff"])
def test_every_response_is_guarded_by_its_headers(desk: Desk, path: str) -> None:
    headers = desk.get(path).headers

    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert (headers["X-Content-Type-Options"], headers["X-Frame-Options"]) == ("nosniff", "DENY")
    assert (headers["Cross-Origin-Opener-Policy"], headers["Cache-Control"]) == ("same-origin", "no-store")
    assert {"Server", "X-Powered-By", "Access-Control-Allow-Origin"} & set(headers) == set()


def test_static_files_are_kept_for_ever_by_their_hash(desk: Desk) -> None:
    answer = desk.get(office_assets()["office.css"].url)

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/css; charset=utf-8")
    assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    "template", sorted((PACKAGE / "office" / "templates").glob("*.html")), ids=lambda path: path.name
)
def test_no_page_has_a_script_or_style_of_its_own(template: Path) -> None:
    source = template.read_text(encoding="utf-8")

    assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", source) == []


def test_over_tls_browsers_are_told_to_stay_there() -> None:
    request = RequestFactory().get("/", secure=True)

    with override_settings(SECURE_HSTS_SECONDS=63_072_000):
        answer = SecurityMiddleware(lambda _: HttpResponse()).process_response(request, HttpResponse())

    assert answer.headers["Strict-Transport-Security"] == "max-age=63072000"


def test_another_host_name_is_refused(desk: Desk) -> None:
    assert desk.client.get("/sign-in", headers={"Host": "evil.example"}).status_code == 400


@pytest.mark.parametrize(
    "path", ["/.git/config", "/admin", "/admin/", "/static/", "/static/../office", "/docs", "/metrics"]
)
def test_there_is_nothing_else(desk: Desk, path: str) -> None:
    assert desk.get(path).status_code == 404


def test_every_finding_of_the_gate_has_its_words() -> None:
    known = texts("zh", "fangbang.office").messages
    codes = set(re.findall(r'(?<!_verdict)\("([a-z]+-[a-z-]+|disagreements)"', GATE))
    checks = set(re.findall(r'_verdict\("([a-z-]+)"', GATE))

    codes -= checks  # named by the page's questions

    assert len(codes) > 15
    assert len(checks) > 7
    assert ({f"reason.{code}" for code in codes} | {f"check.{check}" for check in checks}) - set(known) == set()
