"""Every way to find a result, as the catalogue offers it, over HTTP: JSON and the form's fields."""

import re
from collections.abc import Iterator

import httpx
import pytest

from fangbang.exams.catalogue import load_catalogue
from fangbang.lookup.cards import Sittings
from fangbang.lookup.formats import FIELDS
from fangbang.snapshot.board import SittingBoard
from tests.lookup.policy import PROVINCE, by_name_and_birth
from tests.lookup.scene import EXAM, SITTING, Person, Scene, ask, document, node, people, record, wait

FURTHER = ("document-name", "archive-document", "name-birth")
NAMESAKES = ("李小明", "李小明")


def everybody() -> list[Person]:
    """The scene's people, and two more whom name and birth date do not tell apart."""
    pair = [
        Person(name, f"20260200{n:04}", document(500 + n), record(name, f"20260200{n:04}"))
        for n, name in enumerate(NAMESAKES, 1)
    ]
    return [*people(), *pair]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    scene = Scene(tmp_path_factory.mktemp("kinds"))
    scene.seal(everybody())
    scene.post("published")
    exams = by_name_and_birth(scene.root / "exams")
    with node(scene, "--exams", str(exams), "--challenge-bits", "4") as started, started.client() as opened:
        wait(lambda: opened.get("/board").json()["sittings"][SITTING]["state"] == "published", "the release")
        yield opened


def fields(person: Person, kind: str) -> tuple[str, str]:
    return {item.value: values for item, values in person.further.items()}[kind]


@pytest.mark.parametrize("kind", FURTHER)
def test_each_kind_leads_to_the_same_record(client: httpx.Client, kind: str) -> None:
    for person in people():
        by_ticket = ask(client, "ticket-document", person.ticket, person.document).json()

        found = ask(client, kind, *fields(person, kind)).json()

        assert found == by_ticket
        assert found["record"]["name"] == person.name


def test_the_ticket_of_any_subject_leads_there(client: httpx.Client) -> None:
    person = people()[0]

    found = ask(client, "ticket-document", f"{person.ticket}7", person.document).json()

    assert found["record"]["ticket"] == person.ticket


@pytest.mark.parametrize("typed", ["王\ue863", "王 䶮", "\u3000王䶮"])
def test_each_known_spelling_of_a_name_leads_there(client: httpx.Client, typed: str) -> None:
    person = people()[1]

    answers = [
        ask(client, "document-name", person.document, typed).json(),
        ask(client, "name-birth", typed, person.birth).json(),
    ]

    assert [answer["record"]["name"] for answer in answers] == ["王䶮", "王䶮"]


def test_any_middle_dot_and_full_width_digits_are_understood(client: httpx.Client) -> None:
    person = people()[2]

    found = ask(client, "name-birth", "阿依古丽•买买提", "１９０００３０７").json()

    assert found["record"]["ticket"] == person.ticket


def test_people_who_are_not_told_apart_get_the_ordinary_miss(client: httpx.Client) -> None:
    person = everybody()[-1]

    ambiguous = ask(client, "name-birth", person.name, person.birth)
    miss = ask(client, "name-birth", "没有人", person.birth)

    assert (ambiguous.status_code, ambiguous.content) == (miss.status_code, miss.content)
    assert ambiguous.json() == {"state": "not-found", "sitting": SITTING}
    assert ask(client, "document-name", person.document, person.name).json()["state"] == "found"


def test_the_kinds_their_fields_and_their_provinces_are_told(client: httpx.Client) -> None:
    told = client.get(f"/score/{SITTING}", headers={"accept": "application/json"}).json()

    assert told["kinds"] == {kind.value: list(names) for kind, names in FIELDS.items()}
    assert told["areas"] == {"name-birth": [PROVINCE]}


@pytest.mark.parametrize("kind", ["ticket-document", *FURTHER])
def test_a_page_asks_for_what_its_kind_needs(client: httpx.Client, kind: str) -> None:
    page = client.get(f"/score/{SITTING}?by={kind}").text

    assert re.findall(r'<input id="f-(\w+)"', page) == [
        *next(names for item, names in FIELDS.items() if item.value == kind)
    ]
    assert ("报考的考生：北京市" in page) == (kind == "name-birth")


def test_the_shipped_catalogue_offers_it_nowhere() -> None:
    entry = SittingBoard("social-worker", EXAM, 2026, "published", None, ())
    shipped = Sittings(load_catalogue())

    assert shipped.kinds(entry) == ("ticket-document", "document-name", "archive-document")
    assert shipped.areas(entry) == {}
