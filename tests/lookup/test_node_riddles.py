"""The query without JavaScript on a real node: a riddle, a pass, the page loaded again."""

import re
from collections.abc import Iterator

import httpx
import pytest

from tests.lookup.ears import heard
from tests.lookup.scene import Node, Person, Scene, node, people
from tests.lookup.test_node import QUICK, post_form, settle


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A node after T."""
    scene = Scene(tmp_path_factory.mktemp("riddles"))
    scene.seal(people())
    scene.post("published")
    with node(scene, *QUICK, workers=2) as started:
        with started.client() as client:
            settle(scene, client, "published")
        yield started


@pytest.fixture
def after(running: Node) -> Iterator[httpx.Client]:
    with running.client() as opened:
        yield opened


def solved(client: httpx.Client, **fields: str) -> httpx.Response:
    """The page behind one riddle, which is heard."""
    return post_form(client, **fields, **answered(client, post_form(client, **fields)))


def answered(client: httpx.Client, page: httpx.Response) -> dict[str, str]:
    """Token and answer of the riddle on a page."""
    voice = re.search(r'src="(/challenge/voice/[^"]+)"', page.text)
    token = re.search(r'name="token" value="([^"]+)"', page.text)
    assert voice is not None
    assert token is not None
    return {"token": token[1], "image": heard(client.get(voice[1]).content)}


def fields_of(person: Person) -> dict[str, str]:
    return {"kind": "ticket-document", "ticket": person.ticket, "document": person.document}


def test_a_solved_riddle_opens_the_result_and_its_page_can_be_loaded_again(after: httpx.Client) -> None:
    fields = fields_of(people()[0])
    answer = answered(after, post_form(after, **fields))
    page = post_form(after, **fields, **answer)

    again = post_form(after, **fields, **answer)

    assert (page.status_code, "部分科目通过" in page.text) == (200, True)
    assert again.text == page.text


def test_a_pass_opens_no_other_query(after: httpx.Client) -> None:
    solved(after, **fields_of(people()[0]))

    other = post_form(after, **fields_of(people()[1]))

    assert "/challenge/voice/" in other.text
    assert "部分科目通过" not in other.text


def test_without_its_cookie_a_spent_riddle_opens_nothing(after: httpx.Client) -> None:
    fields = fields_of(people()[0])
    answer = answered(after, post_form(after, **fields))
    post_form(after, **fields, **answer)
    after.cookies.clear()

    again = post_form(after, **fields, **answer)

    assert again.status_code == 403
    assert "验证已经过期或已经用过" in again.text


def test_the_results_of_two_people_stand_side_by_side(after: httpx.Client) -> None:
    first, second = (fields_of(person) for person in people()[:2])
    shown = [solved(after, **first).text, solved(after, **second).text]

    assert [post_form(after, **first).text, post_form(after, **second).text] == shown


def test_a_cookie_routes_to_the_node_of_the_riddle(after: httpx.Client) -> None:
    page = post_form(after, **fields_of(people()[0]))

    assert page.headers["set-cookie"] == "node=node1; Path=/; Max-Age=600; SameSite=Lax; HttpOnly"


def test_a_riddle_that_is_none_of_ours_is_followed_by_a_new_one(after: httpx.Client) -> None:
    page = post_form(after, **fields_of(people()[0]), token="A" * 35, image="22222")

    assert page.status_code == 403
    assert "验证已经过期或已经用过" in page.text
    assert answered(after, page)["token"] != "A" * 35


def test_a_malformed_field_does_not_spend_the_riddle(after: httpx.Client) -> None:
    fields = fields_of(people()[0])
    answer = answered(after, post_form(after, **fields))
    bad = post_form(after, **{**fields, "ticket": "1"}, **answer)

    assert bad.status_code == 400
    assert f'value="{answer["token"]}"' in bad.text
    assert "部分科目通过" in post_form(after, **fields, **answer).text


def test_a_voice_can_be_had_in_parts(after: httpx.Client) -> None:
    voice = re.search(r'src="(/challenge/voice/[^"]+)"', post_form(after, **fields_of(people()[0])).text)
    assert voice is not None
    whole = after.get(voice[1])

    part = after.get(voice[1], headers={"range": "bytes=4-9"})

    assert (whole.headers["content-type"], whole.headers["accept-ranges"]) == ("audio/wav", "bytes")
    assert (part.status_code, part.content) == (206, whole.content[4:10])
    assert part.headers["content-range"] == f"bytes 4-9/{len(whole.content)}"
