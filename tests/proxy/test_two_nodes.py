"""The shipped nginx before two nodes: a challenge is answered where it was given."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from fangbang.lookup.challenge import solve
from tests.lookup.scene import SITTING, TICKET, Scene, coded, node, people
from tests.lookup.test_node import settle
from tests.proxy.conftest import OPTIONS, Secured
from tests.proxy.front import shipped

pytestmark = pytest.mark.nginx


@pytest.fixture(scope="module")
def before_two(tmp_path_factory: pytest.TempPathFactory, tls: tuple[Path, Path]) -> Iterator[Secured]:
    """Nodes node1 and node2, each with a release of its own, entered as the file says."""
    folder, ports = tmp_path_factory.mktemp("two"), []
    with ExitStack() as stack:
        for name in ("node1", "node2"):
            (folder / name).mkdir()
            scene = Scene(folder / name)
            scene.seal(people())
            scene.post("published")
            running = stack.enter_context(node(scene, *OPTIONS, "--node", name))
            with running.client() as client:
                settle(scene, client, "published")
            ports.append(int(running.url.rpartition(":")[2]))
        second = f"    server 127.0.0.1:{ports[1]};\n"
        entered = {
            "upstream fangbang_lookup {\n": "upstream fangbang_lookup {\n" + second,
            "map $cookie_node": "upstream fangbang_node2 {\n" + second + "}\nmap $cookie_node",
            "    node1 fangbang_node1;\n": "    node1 fangbang_node1;\n    node2 fangbang_node2;\n",
        }
        yield Secured(stack.enter_context(shipped(folder / "nginx", ports[0], tls, **entered)), tls[0])


def first_try(client: httpx.Client, *, forgetful: bool = False) -> str:
    """What the first solved challenge brings; a forgetful client keeps no cookie."""
    given = client.get("/challenge")
    if forgetful:
        client.cookies.clear()
    price, person = given.json(), people()[0]
    text = coded(TICKET, person.ticket, person.document)
    nonce = solve(SITTING, price["salt"], text, price["bits"])
    answer = client.post(f"/score/{SITTING}", headers={"Fangbang-Query": f"{price['salt']}.{nonce}.{text}"})
    return str(answer.json()["state"])


def test_the_first_solved_challenge_is_taken_whichever_node_gave_it(before_two: Secured) -> None:
    brought, gave = set(), set()
    for _ in range(8):
        with before_two.client() as client:
            brought.add(first_try(client))
            gave.add(client.cookies["node"])

    assert (brought, gave) == ({"found"}, {"node1", "node2"})


def test_without_the_cookie_another_node_gives_a_new_challenge(before_two: Secured) -> None:
    with before_two.client() as client:
        brought = {first_try(client, forgetful=True) for _ in range(8)}

    assert "challenge" in brought


def test_every_cookie_is_for_tls_only(before_two: Secured) -> None:
    with before_two.client() as client:
        cookies = [client.get(path).headers["set-cookie"] for path in ("/challenge", "/?lang=en", "/?size=large")]

    assert [cookie for cookie in cookies if "; Secure" not in cookie] == []
