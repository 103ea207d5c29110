"""A real node process, asked over HTTP before T, at T and after."""

import gzip
import os
import re
import signal
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from fangbang.core.clock import AUTHORITY_ZONE
from fangbang.lookup.records import read_records
from fangbang.lookup.supervisor import shared_folder
from fangbang.simulate.canaries import KEY, Canaries, Findings, Scanner, scan_memory
from fangbang.snapshot.board import KeyLetter
from tests.lookup.scene import SITTING, Node, Scene, ask, coded, document, node, people, wait

PAGES = ("/", "/examfront/score/initializeCX.htm", f"/score/{SITTING}", "/notices", "/help", "/verify")
QUICK = ("--challenge-bits", "6")
MEMORY = Path("/dev/shm")


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A node before T."""
    scene = Scene(tmp_path_factory.mktemp("waiting"), t=datetime.now(tz=AUTHORITY_ZONE) + timedelta(hours=1))
    scene.seal(people())
    scene.post("scheduled")
    with node(scene, *QUICK, workers=2) as started:
        with started.client() as client:
            settle(scene, client, "not-released")
        yield started


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A node after T."""
    scene = Scene(tmp_path_factory.mktemp("running"))
    scene.seal(people())
    scene.post("published")
    with node(scene, *QUICK, workers=2) as started:
        with started.client() as client:
            settle(scene, client, "published")
        yield started


@pytest.fixture
def before(waiting: Node) -> Iterator[httpx.Client]:
    with waiting.client() as opened:
        yield opened


@pytest.fixture
def after(running: Node) -> Iterator[httpx.Client]:
    with running.client() as opened:
        yield opened


def settle(scene: Scene, client: httpx.Client, state: str) -> None:
    """Wait until every worker follows the latest board and says so: each new connection may reach another one."""

    def says() -> bool:
        answers = [client.get("/board", headers={"connection": "close"}).json() for _ in range(8)]
        return all(
            answer["fresh"] and answer["counter"] == scene.counter and answer["sittings"][SITTING]["state"] == state
            for answer in answers
        )

    wait(says, f"all workers to say {state}")


def post_form(client: httpx.Client, **fields: str) -> httpx.Response:
    return client.post(f"/score/{SITTING}", data=fields, headers={"accept": "text/html"})


# ---- before T ----


def test_before_t_every_query_gets_the_same_answer(before: httpx.Client) -> None:
    person = people()[0]
    queries = [
        ("ticket-document", person.ticket, person.document),
        ("ticket-document", "99999999", document(900)),
        ("nonsense",),
    ]

    answers = [before.post(f"/score/{SITTING}", headers={"Fangbang-Query": f"x.y.{coded(*q)}"}) for q in queries]

    assert {(answer.status_code, answer.content) for answer in answers} == {(200, answers[0].content)}
    assert answers[0].json()["state"] == "not-released"


def test_before_t_a_form_gets_the_same_page(before: httpx.Client) -> None:
    person = people()[0]

    right = post_form(before, kind="ticket-document", ticket=person.ticket, document=person.document)
    wrong = post_form(before, kind="x", ticket="1")

    assert (right.status_code, right.content) == (wrong.status_code, wrong.content)
    assert "成绩尚未发布" in right.text
    assert person.ticket not in right.text


def test_before_t_nothing_is_asked_for(before: httpx.Client) -> None:
    assert "<input" not in before.get(f"/score/{SITTING}").text


def test_the_countdown_is_told_the_hour_and_the_time(before: httpx.Client) -> None:
    board = before.get("/board").json()

    assert abs(board["now"] - time.time()) < 5
    assert board["sittings"][SITTING]["t"].endswith("Z")


# ---- after T ----


def test_after_t_everybody_is_found(after: httpx.Client) -> None:
    found = [ask(after, "ticket-document", person.ticket, person.document).json() for person in people()]

    assert [answer["record"]["name"] for answer in found] == [person.name for person in people()]
    assert {answer["state"] for answer in found} == {"found"}


def test_a_miss_has_the_status_of_a_hit(after: httpx.Client) -> None:
    answer = ask(after, "ticket-document", "99999999", people()[0].document)

    assert (answer.status_code, answer.json()["state"]) == (200, "not-found")


def test_without_work_a_challenge_comes_back(after: httpx.Client) -> None:
    person = people()[0]

    answer = after.post(
        f"/score/{SITTING}",
        headers={"Fangbang-Query": f"none.0.{coded('ticket-document', person.ticket, person.document)}"},
    )

    assert (answer.status_code, answer.json()["bits"]) == (403, 6)


def test_the_form_asks_for_a_picture_and_keeps_what_was_typed(after: httpx.Client) -> None:
    person = people()[0]

    page = post_form(after, kind="ticket-document", ticket=person.ticket, document=person.document)
    picture = re.search(r'src="(/challenge/image/[^"]+)"', page.text)

    assert picture is not None
    assert f'value="{person.document}"' in page.text
    image = after.get(picture[1])
    assert (image.headers["content-type"], image.content[:4]) == ("image/png", b"\x89PNG")
    token = re.search(r'name="token" value="([^"]+)"', page.text)
    assert token is not None
    again = post_form(
        after, kind="ticket-document", ticket=person.ticket, document=person.document, token=token[1], image="00000"
    )
    assert again.status_code == 403
    assert "数字不对。请按新的图片或录音再试一次。" in again.text
    assert token[1] not in again.text


def test_a_malformed_field_is_named_before_a_picture_is_shown(after: httpx.Client) -> None:
    page = post_form(after, kind="ticket-document", ticket="1", document=document(1))

    assert page.status_code == 400
    assert "准考证号的格式不对" in page.text
    assert "/challenge/image/" not in page.text


def test_what_is_typed_comes_back_escaped(after: httpx.Client) -> None:
    page = post_form(after, kind="document-name", document=document(1), name='"><script>1</script>')

    assert "<script>1" not in page.text
    assert "&lt;script&gt;1" in page.text


def test_the_sitting_in_json(after: httpx.Client) -> None:
    answer = after.get(f"/score/{SITTING}", headers={"accept": "application/json"}).json()

    assert answer["state"] == "published"
    assert answer["kinds"]["ticket-document"] == ["ticket", "document"]


# ---- addresses, headers, sizes ----


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_in_both_languages(after: httpx.Client, path: str, language: str) -> None:
    page = after.get(path, params={"lang": language})

    assert page.status_code == 200
    assert f'<html lang="{"zh-CN" if language == "zh" else "en"}">' in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cross-origin-opener-policy"] == "same-origin"
    assert page.headers["set-cookie"].startswith(f"lang={language};")


@pytest.mark.parametrize(
    "path",
    [
        "/score/none", f"/score/{SITTING}/x.css", f"/score/{SITTING}.css", f"/score/{SITTING};.js", "/score/",
        f"/score/{SITTING}?by=bound", "/static/app.js", "/.git/config", "/words/x.zh.json", "/docs", "/a" * 100,
        "/challenge/image/AAAA.png", "/admin", "/metrics", f"/score/{SITTING}%2f..%2fhelp", "/help/",
    ],
)  # fmt: skip
def test_unknown_addresses(after: httpx.Client, path: str) -> None:
    page = after.get(path)

    assert page.status_code == 404
    assert page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH"])
def test_other_methods(after: httpx.Client, method: str) -> None:
    assert after.request(method, "/").status_code == 405


def test_a_post_to_nowhere(after: httpx.Client) -> None:
    assert after.post("/help").status_code == 404
    assert after.post("/score/none", headers={"Fangbang-Query": "a.b.c"}).status_code == 404


def test_personal_answers_are_stored_nowhere(after: httpx.Client) -> None:
    person = people()[0]
    answers = [
        ask(after, "ticket-document", person.ticket, person.document),
        post_form(after, kind="ticket-document", ticket=person.ticket, document=person.document),
        after.get("/challenge"),
    ]

    assert [answer.headers["cache-control"] for answer in answers] == ["no-store"] * 3


def test_static_files_are_kept_for_ever(after: httpx.Client) -> None:
    urls = re.findall(r'"(/static/[^"]+)"', after.get("/").text)

    kept = {after.get(url).headers["cache-control"] for url in urls}

    assert kept == {"public, max-age=31536000, immutable"}


def test_the_first_load_is_small(after: httpx.Client) -> None:
    """Everything a first visit loads, as it travels: at most 14 KB."""
    total = 0
    page = after.get("/")
    for path in {"/", *re.findall(r'"(/static/[^"]+)"', page.text)}:
        with after.stream("GET", path, headers={"accept-encoding": "gzip"}) as reply:
            raw = b"".join(reply.iter_raw())
            assert reply.headers["content-encoding"] == "gzip"
            assert gzip.decompress(raw)
            total += len(raw)

    assert total <= 14 * 1024


def test_head(after: httpx.Client) -> None:
    reply = after.head("/help")

    assert (reply.status_code, reply.content) == (200, b"")


def test_health_and_metrics(running: Node, after: httpx.Client) -> None:
    ask(after, "ticket-document", people()[0].ticket, people()[0].document)

    text = httpx.get(running.metrics).text

    assert after.get("/healthz").status_code == 200
    assert float(re.findall(r'answers_total\{state="found"\} (\S+)', text)[0]) >= 1
    assert "fangbang_lookup_workers 2.0" in text
    assert "fangbang_lookup_sittings_open 1.0" in text


# ---- withdrawal, privacy, life ----


def test_withdrawal_closes_the_sitting_and_erases_its_keys(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    letter = scene.seal(people()).letter
    with node(scene, *QUICK) as running:
        scene.post("published")
        with running.client() as client:
            settle(scene, client, "published")
            assert len(key_holders(running, letter)) == 1, "positive control: the worker's keys are found"
            scene.post("withdrawn")
            wait(lambda: len(scene.workers) == 2, "another worker", 15)
            settle(scene, client, "withdrawn")

            person = people()[0]
            answer = ask(client, "ticket-document", person.ticket, person.document)

            assert answer.json() == {"state": "withdrawn", "sitting": SITTING}
            assert "暂停查询" in client.get(f"/score/{SITTING}").text
            wait(lambda: key_holders(running, letter) == [], "the keys to be gone", 5)


def key_holders(running: Node, letter: KeyLetter) -> list[int]:
    """The node's processes in whose memory the release key or the pepper lies: its bytes, its hex, or the hash states
    that a worker computes answers from."""
    secrets = (bytes.fromhex(letter.release_key), bytes.fromhex(letter.pepper))
    scanner = Scanner(Canaries(frozenset(), frozenset(), (), ("none",), 2026, secrets))
    held = []
    for pid in [running.process.pid, *descendants(running.process.pid)]:
        findings = Findings()
        scan_memory(scanner, [pid], findings)
        if findings.counts()[KEY]:
            held.append(pid)
    return held


def descendants(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_no_log_and_no_record_holds_an_identity(running: Node, after: httpx.Client) -> None:
    person = people()[1]
    ask(after, "ticket-document", person.ticket, person.document)
    post_form(after, kind="document-name", document=person.document, name=person.name)
    post_form(after, kind="ticket-document", ticket=person.ticket, document="1")
    access = running.home / "node" / "node1" / "access"
    wait(lambda: any(read_records(path) for path in access.iterdir()), "an access record")

    said = running.log.read_bytes() + b"".join(path.read_bytes() for path in running.home.rglob("*") if path.is_file())

    assert b"sitting open" in said, "positive control: the log is being read"
    for secret in (person.ticket, person.document, person.name):
        assert secret.encode() not in said


def test_a_dead_worker_is_replaced_and_the_keeper_told(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.seal(people())
    scene.post("published")
    with node(scene, *QUICK) as running:
        scene.post("published")
        with running.client() as client:
            settle(scene, client, "published")
        first = list(scene.workers)
        children = descendants(running.process.pid)
        worker = next(pid for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes())
        os.kill(worker, signal.SIGKILL)
        wait(lambda: len(scene.workers) == 2, "the new worker to register", 20)
        wait(lambda: scene.left == first, "the keeper to hear of the dead one")
        scene.post("published")
        with running.client() as client:
            settle(scene, client, "published")
            assert ask(client, "ticket-document", people()[0].ticket, people()[0].document).json()["state"] == "found"


def test_a_stop_leaves_nothing(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.post("scheduled", sittings={})
    with node(scene, "--node", "stopping") as running:
        children = descendants(running.process.pid)
        shared = list(MEMORY.glob("fangbang-stopping-*"))

    wait(lambda: not any(map(runs, children)), "the children to end")
    assert (len(shared), running.process.returncode) == (1, 0)
    assert scene.left == list(scene.workers)
    assert list(MEMORY.glob("fangbang-stopping-*")) == []


def test_what_a_killed_node_left_is_removed(tmp_path: Path) -> None:
    left = MEMORY / "fangbang-killed-left"
    left.mkdir(exist_ok=True)
    (left / "lock").touch()

    with shared_folder("killed") as living, shared_folder("killed") as second:
        kept = set(MEMORY.glob("fangbang-killed-*"))

    assert kept == {living, second}
    assert list(MEMORY.glob("fangbang-killed-*")) == []


def runs(pid: int) -> bool:
    """Whether a process runs; one that only waits to be reaped has no command line."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    except OSError:
        return False
