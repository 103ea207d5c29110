"""The page before T turns into the query by itself."""

from datetime import datetime, timedelta
from pathlib import Path

import httpx
import msgspec
import pytest
from playwright.sync_api import Browser

from fangbang.core.clock import AUTHORITY_ZONE
from fangbang.pages.demo import Demo, Label
from fangbang.pages.demo import Person as Shown
from tests.lookup.scene import SITTING, Scene, node, people, wait

pytestmark = pytest.mark.browser


def demo_file(folder: Path) -> Path:
    everybody = [
        Shown(Label(person.name, person.ticket), "document-name", (person.document, person.name)) for person in people()
    ]
    path = folder / "demo.json"
    path.write_bytes(msgspec.json.encode(Demo(Label("演示", "Demonstration"), SITTING, tuple(everybody))))
    return path


def test_from_the_countdown_to_a_result_with_a_demonstrations_button(browser: Browser, tmp_path: Path) -> None:
    scene = Scene(tmp_path, t=datetime.now(tz=AUTHORITY_ZONE) + timedelta(hours=1))
    scene.seal(people())
    scene.post("scheduled")
    with node(scene, "--demo", str(demo_file(tmp_path)), "--challenge-bits", "8") as running:
        wait(lambda: httpx.get(f"{running.url}/healthz").status_code == 200, "a fresh board")
        context = browser.new_context(locale="zh-CN")
        page = context.new_page()
        page.goto(running.url)
        # The hour is moved near only now, so that a slow start of node and browser takes nothing from the countdown.
        scene.t = datetime.now(tz=AUTHORITY_ZONE) + timedelta(seconds=8)
        moved = scene.post("scheduled").counter
        wait(lambda: httpx.get(f"{running.url}/board").json()["counter"] == moved, "the moved hour")
        page.goto(running.url)
        page.wait_for_selector("[data-countdown]:not([hidden])")
        assert page.is_disabled("text=王䶮")
        address = context.new_page()
        address.goto(f"{running.url}/score/{SITTING}")
        assert address.inner_text("h1") == "成绩尚未发布"

        wait(lambda: datetime.now(tz=AUTHORITY_ZONE) >= scene.t, "T")
        scene.post("published")
        page.wait_for_selector("[data-opened] a", timeout=15_000)

        assert page.inner_text("[data-opened] a") == "查询成绩"
        address.wait_for_selector("[data-opened] a", timeout=15_000)
        assert address.inner_text("h1") == "成绩查询"
        page.click("text=王䶮")
        page.wait_for_selector("#f-name")
        wait(lambda: page.input_value("#f-name") == "王䶮", "the form to be filled")
        page.click("form.query button[type=submit]")
        page.wait_for_selector("#result")
        context.close()
