"""Two real nodes and a real Valkey: limits are one, and no answer waits for it."""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from fangbang.lookup.challenge import solve
from tests.lookup.scene import SITTING, Node, Scene, ask, coded, document, node, people, wait
from tests.lookup.store import Valkey, valkey
from tests.lookup.test_node import settle

BITS = 4


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    with valkey(tmp_path_factory.mktemp("valkey")) as started:
        yield started


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory, store: Valkey) -> Iterator[list[Node]]:
    """Two nodes that share a store, each with a release of its own."""
    folder = tmp_path_factory.mktemp("nodes")
    (folder / "key").write_bytes(bytes(range(40)))
    settings = {
        "FANGBANG_LIMITS_STORE": store.url,
        "FANGBANG_LIMITS_KEY_FILE": str(folder / "key"),
        "FANGBANG_LIMITS_NODES": "2",
        "FANGBANG_LIMIT_PERSON_FAILURES": "3",
        "FANGBANG_LIMIT_BITS": str(BITS),
    }
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        started = []
        for name in ("east", "west"):
            (folder / name).mkdir()
            scene = Scene(folder / name)
            scene.seal(people())
            scene.post("published")
            running = stack.enter_context(node(scene, "--node", name))
            with running.client() as client:
                settle(scene, client, "published")
            started.append(running)
        yield started


def metric(running: Node, name: str) -> float:
    found = re.search(rf"^fangbang_lookup_{name} (\S+)$", httpx.get(running.metrics).text, re.MULTILINE)
    assert found is not None
    return float(found[1])


def price_for(client: httpx.Client, *query: str) -> Any:
    """What a query at the lowest price gets."""
    price, text = client.get("/challenge").json(), coded(*query)
    nonce = solve(SITTING, price["salt"], text, price["bits"])
    return client.post(f"/score/{SITTING}", headers={"Fangbang-Query": f"{price['salt']}.{nonce}.{text}"}).json()


def test_failures_at_one_node_raise_the_price_at_the_other(nodes: list[Node]) -> None:
    east, west = nodes
    query = ("ticket-document", "99999999", document(701))
    with east.client() as client:
        for _ in range(3):
            ask(client, *query)

    with west.client() as client:
        wait(lambda: price_for(client, *query)["state"] == "challenge", "the other node to know", 30)
        answer = price_for(client, *query)

    assert (answer["reason"], answer["bits"]) == ("price", BITS + 2)


def test_an_answer_waits_for_no_store_that_hangs(nodes: list[Node], store: Valkey) -> None:
    west = nodes[1]
    wait(lambda: metric(west, "limits_store_up") == 1 and metric(west, "limits_nodes") == 2, "the exchange", 30)
    person = people()[0]
    store.hang()
    try:
        with west.client() as client:
            wait(lambda: metric(west, "limits_store_up") == 0, "the store to be away", 30)
            answers = [ask(client, "ticket-document", person.ticket, person.document) for _ in range(20)]
    finally:
        store.go_on()

    assert {answer.json()["state"] for answer in answers} == {"found"}
    assert max(answer.elapsed.total_seconds() for answer in answers) < 1, "less than the store's own patience"
    wait(lambda: metric(west, "limits_store_up") == 1, "the store to be back", 30)
    events = [json.loads(line) for line in west.log.read_text().splitlines() if "limits store" in line]
    assert [(item["event"], item["level"], item["node"]) for item in events[-2:]] == [
        ("limits store away", "error", "west"),
        ("limits store back", "error", "west"),
    ]
    assert events[-2]["divided_by"] == 2


def test_a_killed_store_stops_no_node_and_is_found_again(nodes: list[Node], store: Valkey) -> None:
    east = nodes[0]
    person = people()[1]
    store.kill()

    with east.client() as client:
        wait(lambda: metric(east, "limits_store_up") == 0, "the store to be away", 30)
        state = ask(client, "ticket-document", person.ticket, person.document).json()["state"]
    store.restart()

    assert state == "found"
    wait(lambda: metric(east, "limits_store_up") == 1, "the store to be back", 30)
