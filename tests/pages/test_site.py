"""The pages as text: what stands on which, and what never does."""

import re
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from fangbang.core.clock import AUTHORITY_ZONE
from fangbang.pages.assets import assets
from fangbang.pages.demo import Demo, Label, Person, load_demo
from fangbang.pages.site import Card, Form, Site

T = datetime(2026, 3, 1, 10, tzinfo=AUTHORITY_ZONE)
KINDS = {"ticket-document": ("ticket", "document"), "document-name": ("document", "name")}
DEMO = Demo(
    Label("演示横幅", "Demo banner"),
    "s-2026",
    tuple(Person(Label(f"人{n}", f"P{n}"), "ticket-document", (f"2026000{n}", f"'\"<{n}")) for n in range(6)),
)


def card(state: str, sitting: str = "s-2026", **changes: object) -> Card:
    base: dict[str, object] = {
        "id": sitting, "exam": {"zh": "考试", "en": "Exam"}, "year": 2026, "state": state, "t": T, "kinds": KINDS,
    }  # fmt: skip
    return Card(**{**base, **changes})  # type: ignore[arg-type]


def test_the_home_page_counts_down() -> None:
    page = Site().home("zh", [card("scheduled")]).decode()

    assert 'data-t="2026-03-01T02:00:00.000000Z"' in page
    assert "2026年3月1日 10:00" in page
    assert "<form" not in page


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_hour_that_is_no_whole_minute_is_said_to_the_second(language: str) -> None:
    """To the minute it would be past before it is there."""
    soon = card("scheduled", t=T + timedelta(seconds=59))

    home = Site().home(language, [soon, card("scheduled", "b-2026")]).decode()
    status = Site().status(language, "waiting", [soon], now=T - timedelta(hours=1)).decode()

    assert re.findall(r" (10:00[:\d]*)", home) == ["10:00:59", "10:00:59", "10:00"]
    assert re.findall(r" (10:00[:\d]*)", status) == ["10:00:59"]


def test_the_home_page_asks_once_released() -> None:
    page = Site().home("zh", [card("published")]).decode()

    assert 'action="/score/s-2026"' in page
    assert re.findall(r'<input id="f-(\w+)"', page) == ["ticket", "document"]


def test_the_home_page_lists_several_sittings_and_not_one() -> None:
    one = Site().home("zh", [card("published")]).decode()
    three = Site().home("zh", [card("published"), card("scheduled", "b-2026"), card("withdrawn", "c-2026")]).decode()

    assert "考试列表" not in one
    assert [f"/score/{name}-2026" in three for name in "sbc"] == [True] * 3


def test_without_a_sitting_the_home_page_says_so() -> None:
    assert "目前没有" in Site().home("zh", []).decode()


def test_a_stale_board_is_said() -> None:
    assert "暂时无法确认" in Site().home("zh", [], fresh=False).decode()


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    "kind", ["notfound", "limited", "challenge", "withdrawn", "unavailable", "overload", "missing"]
)
def test_messages(kind: str, language: str) -> None:
    page = Site().message(language, kind, card("published")).decode()

    assert re.search(r"<h1>[^<]+</h1>", page)
    assert "{" not in page


def test_notices_follow_the_board() -> None:
    cards = [card("withdrawn", notice={"zh": "复核中", "en": "Checking"}), card("published", published_at=T)]

    page = Site().notices("zh", cards).decode()

    assert "已暂停查询" in page
    assert "复核中" in page
    assert "已于 2026年3月1日 10:00 发布" in page


def test_an_hour_that_is_not_set_is_said() -> None:
    assert "将另行公告" in Site().sitting("zh", card("preparing", t=None), Form("")).decode()


def test_the_demonstration_fills_forms() -> None:
    page = Site(DEMO).home("zh", [card("published")]).decode()

    assert "演示横幅" in page
    assert page.count("data-fields=") == 6
    assert "'\"<" not in page, "fields are escaped"


def test_without_javascript_the_demonstration_says_what_to_type() -> None:
    page = Site(DEMO).home("zh", [card("published")]).decode()

    said = "<noscript>人0（准考证号 + 证件号码）： <code>20260000</code> <code>&#39;&#34;&lt;0</code></noscript>"
    assert (page.count("<noscript>人"), page.count(said)) == (6, 1)
    assert page.count("<noscript>演示：可以试的考生，请按所列内容填写</noscript>") == 1


def test_production_knows_nothing_of_a_demonstration() -> None:
    site = Site()
    pages = [site.home("zh", [card(state)]) for state in ("published", "scheduled")] + [site.help("en")]

    assert not any(b"demo" in page.lower() or "演示".encode() in page for page in pages)


def test_the_demonstrations_file(tmp_path: Path) -> None:
    (tmp_path / "demo.json").write_bytes(msgspec.json.encode(DEMO))

    assert load_demo(tmp_path / "demo.json") == DEMO


def test_nothing_is_inline_and_nothing_comes_from_elsewhere() -> None:
    site = Site(DEMO)
    pages = [
        site.home("zh", [card("published")]),
        site.sitting("en", card("published"), Form("document-name", {"document": "1"}, "document", "token")),
        site.help("zh"),
        site.verify("zh"),
    ]

    for page in map(bytes.decode, pages):
        assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=|javascript:", page)
        assert not re.search(r"(src|href|action)=\"(?!/|#)", page)


def test_the_static_files_load_nothing_from_elsewhere() -> None:
    for asset in assets().values():
        text = asset.body.decode().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|url\(|@import", text)
        assert asset.url.startswith("/static/")
