"""Switches on real nodes: each follows the signed board within five seconds, all its workers, and says so humanely."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from fangbang.core.clock import AUTHORITY_ZONE, to_wire
from fangbang.core.files import write_durably
from fangbang.snapshot.board import Switch, sign_board
from fangbang.snapshot.header import Text
from tests.lookup.scene import SITTING, Node, Scene, ask, node, people, wait

QUICK = ("--challenge-bits", "6")
PROMISE = 5.0
"""Seconds within which a switch works on every node."""


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    made = Scene(tmp_path_factory.mktemp("switches"))
    made.seal(people())
    made.post("published")
    return made


@pytest.fixture(scope="module")
def running(scene: Scene) -> Iterator[Node]:
    with node(scene, *QUICK, workers=2) as started:
        with started.client() as client:
            wait(lambda: states(client) == {"published"}, "both workers to open")
        yield started


@pytest.fixture
def client(running: Node, scene: Scene) -> Iterator[httpx.Client]:
    """A client of a node where everything is on; and everything is on again afterwards."""
    with running.client() as opened:
        yield opened
        turn(scene)
        wait(lambda: counters(opened) == {scene.counter}, "every worker to follow")
        wait(lambda: states(opened) == {"published"}, "everything to be on again")


def turn(scene: Scene, *switches: Switch) -> float:
    """Post a board with these switches; returns when."""
    scene.post("published", switches=switches, switch_serial=scene.counter)
    return time.monotonic()


def states(client: httpx.Client) -> set[str]:
    """What either worker says of the sitting: each new connection may reach another one."""
    answers = [client.get("/board", headers={"connection": "close"}).json() for _ in range(8)]
    return {answer["sittings"][SITTING]["state"] for answer in answers}


def counters(client: httpx.Client) -> set[int]:
    """Which boards the workers follow."""
    return {int(client.get("/board", headers={"connection": "close"}).json()["counter"]) for _ in range(8)}


def found(client: httpx.Client, person: int = 0) -> str:
    asked = people()[person]
    return str(ask(client, "ticket-document", asked.ticket, asked.document).json()["state"])


def follows(condition: Any, since: float) -> None:
    """The condition holds in time."""
    wait(condition, "the switch to work", PROMISE)
    assert time.monotonic() - since < PROMISE


def test_a_closed_query_is_closed_in_five_seconds_on_every_worker(client: httpx.Client, scene: Scene) -> None:
    before = found(client)
    since = turn(scene, Switch("query", SITTING, notice=Text("系统检查中", "Under inspection")))

    follows(lambda: states(client) == {"closed"}, since)
    pages = [client.get(f"/score/{SITTING}", headers={"accept-language": wish}).text for wish in ("zh", "en")]
    form = client.post(f"/score/{SITTING}", data={"kind": "x"}, headers={"accept": "text/html"})
    assert (before, found(client)) == ("found", "closed")
    assert "查询暂时关闭" in pages[0]
    assert "系统检查中" in pages[0]
    assert "The query is temporarily closed" in pages[1]
    assert "Under inspection" in pages[1]
    assert (form.status_code, "<form class=" in form.text) == (200, False)


def test_another_sitting_stays_open(client: httpx.Client, scene: Scene) -> None:
    turn(scene, Switch("query", "tax-agent-2026"))
    wait(lambda: client.get("/status", headers={"accept": "application/json"}).json()["state"] == "partly", "the board")

    assert found(client) == "found"


def test_a_kind_of_credential_is_turned_off_and_the_others_stay(client: httpx.Client, scene: Scene) -> None:
    person = people()[0]
    since = turn(scene, Switch("kind", "archive-document"))

    def kinds() -> bool:
        answers = [client.get("/board", headers={"connection": "close"}).json() for _ in range(8)]
        return all("archive-document" not in answer["sittings"][SITTING]["kinds"] for answer in answers)

    follows(kinds, since)
    other = ask(client, "archive-document", person.archive, person.document).json()
    assert (found(client), other) == ("found", {"state": "malformed", "field": "kind"})


def test_without_any_kind_left_the_query_is_closed(client: httpx.Client, scene: Scene) -> None:
    kinds = client.get("/board").json()["sittings"][SITTING]["kinds"]
    since = turn(scene, *(Switch("kind", kind) for kind in kinds))

    follows(lambda: states(client) == {"closed"}, since)


def test_riddles_are_turned_off_and_the_script_s_way_stays(client: httpx.Client, scene: Scene) -> None:
    person, html = people()[0], {"accept": "text/html", "accept-language": "en", "connection": "close"}
    fields = {"kind": "ticket-document", "ticket": person.ticket, "document": person.document}
    since = turn(scene, Switch("riddles"))

    def said() -> bool:
        pages = [client.post(f"/score/{SITTING}", data=fields, headers=html).text for _ in range(8)]
        return all("JavaScript is needed" in page for page in pages)

    follows(said, since)
    assert found(client) == "found"


def test_the_price_of_every_query_is_raised(client: httpx.Client, scene: Scene) -> None:
    def bits() -> set[int]:
        return {client.get("/challenge", headers={"connection": "close"}).json()["bits"] for _ in range(8)}

    before = bits()
    since = turn(scene, Switch("price", value=2))

    follows(lambda: bits() == {8}, since)
    assert (before, found(client)) == ({6}, "found")


def test_static_only(client: httpx.Client, scene: Scene) -> None:
    since = turn(scene, Switch("static"))

    follows(lambda: states(client) == {"closed"}, since)
    answers = [client.get(path).status_code for path in ("/", "/help", "/notices", "/status", f"/score/{SITTING}")]
    assert client.get("/challenge").json() == {"state": "closed"}
    assert answers == [200] * 5


def test_a_switch_ends_by_itself_though_no_newer_board_comes(client: httpx.Client, scene: Scene) -> None:
    turn(scene, Switch("query", SITTING, until=to_wire(datetime.now(tz=AUTHORITY_ZONE) + timedelta(seconds=3))))
    wait(lambda: states(client) == {"closed"}, "the query to close")

    wait(lambda: states(client) == {"published"}, "the query to open", 15)


def test_a_board_that_nobody_signed_switches_nothing(client: httpx.Client, scene: Scene, running: Node) -> None:
    board = scene.board("published", switches=(Switch("query", SITTING),))
    good = sign_board(board, scene.signer)
    write_durably(scene.public / "board.json", good.replace(b'"name":"query"', b'"name":"static"'))

    wait(lambda: "boards_refused_total 0.0" not in httpx.get(running.metrics).text, "the board to be refused")
    assert states(client) == {"published"}


def test_the_node_says_which_switches_it_follows_and_what_it_holds(
    client: httpx.Client, scene: Scene, running: Node
) -> None:
    turn(scene, Switch("riddles"))
    serial = scene.counter - 1

    wait(lambda: f"fangbang_lookup_switches {float(serial)}" in httpx.get(running.metrics).text, "the switch")
    ref, text = scene.sealed[0].ref, httpx.get(running.metrics).text
    line = next(line for line in text.splitlines() if line.startswith("fangbang_lookup_snapshot_open{"))
    assert f'header="{ref.header_sha256}"' in line
    assert line.endswith(" 2.0")
    wait(lambda: 'fangbang_lookup_probe_seconds{quantile="0.99"}' in httpx.get(running.metrics).text, "a probe")


def test_a_node_that_starts_follows_the_switches_that_stand(tmp_path: Path) -> None:
    other = Scene(tmp_path)
    other.seal(people())
    other.post("published", switches=(Switch("query", SITTING),))

    with node(other, *QUICK) as started, started.client() as client:
        wait(lambda: states(client) == {"closed"}, "the node to follow")
