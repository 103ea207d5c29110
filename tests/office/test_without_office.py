"""The public side without the office: switches travel the signed way; answers go on when office and database die."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from fangbang.cli.demo.office import APPROVERS
from fangbang.cli.demo.processes import Child, announced
from fangbang.core.errors import FangbangError
from tests.harness import STARTING, Installation
from tests.project.databases import server
from tests.release.test_overlay_walk import PEOPLE, STAYS
from tests.release.walking import files

pytestmark = pytest.mark.timeout(300)
PROMISE = 5.0


@dataclass
class Running:
    """A published sitting, the office's web server, and its database server."""

    it: Installation
    sitting: str
    office: Child
    url: str
    database: Any

    def switch(self, *words: str, who: str = APPROVERS[0]) -> dict[str, Any]:
        passphrase = str(self.it.home / "staff" / "passphrase")
        signed = ("--as", who, "--key", str(self.it.office.key_file(who)), "--passphrase-file", passphrase)
        return self.it.verbs("release", "switch", *words, *signed)

    def answer(self) -> str:
        return str(self.it.ask_all(self.sitting, [STAYS.ask])[0]["state"])

    def page(self, path: str, language: str = "en") -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.it.port}{path}", params={"lang": language})

    def seconds_until(self, state: str) -> float:
        began = time.monotonic()
        self.it.until(lambda: self.answer() == state, 20)
        return time.monotonic() - began


@pytest.fixture
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    database = server()
    folder = tmp_path_factory.mktemp("without-office")
    with Installation(folder, database=str(database.get_uri())) as it:
        sitting = it.office.take_in("social-worker", 2026, files(folder / "files", 2026, PEOPLE))
        it.office.adjudicate(sitting)
        it.publish(sitting)
        office = it.children.start("office", ["--json", "office", "serve", "--port", "0"])
        url = announced(office, STARTING)["url"].replace("localhost", "127.0.0.1")  # a bare Debian knows no localhost
        made = Running(it, sitting, office, url, database)
        made.seconds_until("found")
        yield made
    database.cleanup()


def one_closes_and_two_open_again(running: Running) -> None:
    close = ("query", running.sitting, "--reason", "wrong line", "--zh", "核对中", "--en", "Being checked")
    dry = running.switch(*close)
    before = running.answer()
    done = running.switch(*close, "--yes")

    closed = running.seconds_until("closed")
    first = running.switch("query", running.sitting, "--back", "--reason", "put right", "--yes")
    same = running.switch("--waiting", "--yes")
    still = running.answer()
    second = running.switch("--waiting", "--yes", who=APPROVERS[1])
    opened = running.seconds_until("found")

    assert (dry["dry"], before, done["missing"], still) == (True, "found", 0, "closed")
    assert [first["missing"], same["missing"], second["missing"]] == [1, 1, 0]
    assert closed < PROMISE
    assert opened < PROMISE
    assert running.it.verbs("release", "switches")["on"] == []
    with pytest.raises(FangbangError) as caught:
        running.switch("--waiting", "--yes")
    assert json.loads(str(caught.value.params["text"]).splitlines()[-1])["code"] == "cli.nothing-waits"


def a_switch_outlives_the_keeper(running: Running) -> None:
    running.switch("query", running.sitting, "--reason", "drill", "--yes")
    running.seconds_until("closed")

    running.it.stop(running.it.keeper)
    while_away = running.answer()
    running.it.start_keeper()
    standing = running.it.verbs("release", "switches")["on"]
    for who in APPROVERS:
        running.switch("query", running.sitting, "--back", "--reason", "over", "--yes", who=who)

    assert (while_away, [item["subject"] for item in standing]) == ("closed", [running.sitting])
    assert running.seconds_until("found") < PROMISE


def answers_go_on_while_office_and_database_are_down(running: Running) -> None:
    alive = httpx.get(f"{running.url}/healthz").status_code
    running.database.cleanup()
    told = httpx.get(running.url, params={"lang": "en"}, cookies={"office-session": "somebody"})
    running.office.process.kill()
    running.office.process.wait()
    running.it.children.running.remove(running.office)

    with pytest.raises(httpx.TransportError):
        httpx.get(f"{running.url}/healthz")
    with pytest.raises(FangbangError) as caught:
        running.it.verbs("release", "status")
    status = {language: running.page("/status", language) for language in ("zh", "en")}
    assert (alive, running.answer()) == (200, "found")
    assert (told.status_code, "Whether this was carried out is not certain" in told.text) == (503, True)
    assert json.loads(str(caught.value.params["text"]).splitlines()[-1])["code"] == "project.database-away"
    assert "查询开放" in status["zh"].text
    assert "The query is open" in status["en"].text
    assert {item.status_code for item in status.values()} == {200}


def test_switches_and_answers_do_not_need_the_office_s_web_server_or_database(running: Running) -> None:
    one_closes_and_two_open_again(running)
    a_switch_outlives_the_keeper(running)
    answers_go_on_while_office_and_database_are_down(running)
