"""From files of texts, and from proposed notices, to the pages of a node: `fangbang pages build`, `publish`, `verify`
and `fangbang notices list`, `publish`, with real processes."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fangbang.cli.demo.office import ADJUDICATOR, APPROVERS
from fangbang.core.clock import SystemClock, to_wire
from fangbang.core.errors import FangbangError
from fangbang.pages.bundle import Bundle, encode_bundle
from fangbang.snapshot.board import anchor_document
from fangbang.snapshot.pointer import POINTER_FILE, POINTER_FORMAT, Pointer, bundle_path, sign_pointer
from tests.conftest import ROOT
from tests.harness import Installation
from tests.pages.test_bundle import NOTICE, sources

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def it(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with Installation(tmp_path_factory.mktemp("pages")) as running:
        yield running


def built(it: Installation, folder: Path, text: str = NOTICE) -> str:
    """A bundle's file, made from a folder of texts."""
    out = folder / "bundle.json"
    it.verbs("pages", "build", str(sources(folder / "texts", text=text)), "--out", str(out))
    return str(out)


def signing(it: Installation, who: str, key: str = APPROVERS[0]) -> tuple[str, ...]:
    """The options by which somebody signs."""
    return ("--as", who, "--key", str(it.office.key_file(key)), "--passphrase-file", str(it.home / "staff/passphrase"))


def publish(
    it: Installation, bundle: str, *more: str, who: str = APPROVERS[0], by: str = APPROVERS[1]
) -> dict[str, Any]:
    """One proposes, another signs; with `by` "" nobody proposes."""
    if by:
        it.verbs("pages", "propose", bundle, "--as", by, "--yes")
    return it.verbs("pages", "publish", bundle, *signing(it, who), *more)


def refused(act: Callable[[], object]) -> str:
    """The code that a verb is refused with."""
    with pytest.raises(FangbangError) as caught:
        act()
    return str(json.loads(str(caught.value.params["text"]).splitlines()[-1])["code"])


def standing(it: Installation) -> int:
    """The counter of the bundle that stands, 0 if there is none."""
    return int(it.verbs("keeper", "status")["pages"]["counter"])


def page(it: Installation, path: str, language: str) -> str:
    return httpx.get(f"http://127.0.0.1:{it.port}{path}?lang={language}").text


def test_texts_reach_the_pages_in_both_languages(it: Installation, tmp_path: Path) -> None:
    text = NOTICE.replace("2026-08-20T10:00:00", "2020-01-01T00:00:00")
    bundle = built(it, tmp_path, text.replace("正文。", "<b>正文</b> & 更多。"))
    before = standing(it)

    dry = publish(it, bundle)
    after_dry = standing(it)
    done = publish(it, bundle, "--yes")
    again = publish(it, bundle, "--yes")

    it.until(lambda: "&lt;b&gt;正文&lt;/b&gt; &amp; 更多。" in page(it, "/notices", "zh"))
    found = {path: page(it, path, "en") for path in ("/", "/help", "/notices")}
    assert (dry["published"], after_dry) == (False, before)
    assert [done["counter"], again["counter"]] == [before + 1, before + 1]
    assert "Home" in found["/"]
    assert "At ten." in found["/help"]
    assert "Text." in found["/notices"]
    assert it.verbs("pages", "verify")["counter"] == before + 1
    assert it.verbs("audit", "verify")


@pytest.mark.parametrize("by", ["", APPROVERS[0]])
def test_nobody_publishes_what_nobody_else_proposed(it: Installation, tmp_path: Path, by: str) -> None:
    text, before = NOTICE.replace("正文", f"独自{by}"), standing(it)

    code = refused(lambda: publish(it, built(it, tmp_path, text), "--yes", by=by))

    assert (code, standing(it)) == ("release.pages-not-proposed", before)


def test_what_was_proposed_is_that_very_file(it: Installation, tmp_path: Path) -> None:
    one, other = (tmp_path / name for name in ("one", "other"))
    for folder in (one, other):
        folder.mkdir()
    publish(it, built(it, one, NOTICE.replace("正文", "其一")))

    code = refused(lambda: publish(it, built(it, other, NOTICE.replace("正文", "其二")), "--yes", by=""))

    assert code == "release.pages-not-proposed"


def test_a_proposal_is_over_once_it_was_published(it: Installation, tmp_path: Path) -> None:
    """Else whoever may sign could bring a text back, alone, that was corrected since."""
    wrong, right = (tmp_path / name for name in ("wrong", "right"))
    for folder in (wrong, right):
        folder.mkdir()
    mistaken = built(it, wrong, NOTICE.replace("正文", "误文"))
    publish(it, mistaken, "--yes")
    publish(it, built(it, right, NOTICE.replace("正文", "更正")), "--yes")
    before = standing(it)

    code = refused(lambda: publish(it, mistaken, "--yes", by=""))

    assert (code, standing(it)) == ("release.pages-not-proposed", before)


def test_a_proposal_is_over_once_something_else_was_published(it: Installation, tmp_path: Path) -> None:
    """It was for this bundle in place of another one than stands now."""
    one, other = (tmp_path / name for name in ("one", "other"))
    for folder in (one, other):
        folder.mkdir()
    waiting = built(it, one, NOTICE.replace("正文", "等待"))
    it.verbs("pages", "propose", waiting, "--as", APPROVERS[1], "--yes")
    publish(it, built(it, other, NOTICE.replace("正文", "先行")), "--yes")

    code = refused(lambda: publish(it, waiting, "--yes", by=""))
    done = publish(it, waiting, "--yes")

    assert (code, done["published"]) == ("release.pages-not-proposed", True)


def test_only_who_writes_notices_proposes_and_dry_proposes_nothing(it: Installation, tmp_path: Path) -> None:
    bundle = built(it, tmp_path, NOTICE.replace("正文", "其三"))

    role = refused(lambda: it.verbs("pages", "propose", bundle, "--as", ADJUDICATOR, "--yes"))
    dry = it.verbs("pages", "propose", bundle, "--as", APPROVERS[1])
    code = refused(lambda: publish(it, bundle, "--yes", by=""))

    assert (role, dry["proposed"], code) == ("accounts.role-missing", False, "release.pages-not-proposed")


def test_a_notice_is_not_shown_before_its_hour(it: Installation, tmp_path: Path) -> None:
    later = NOTICE.replace("2026-08-20", "2099-08-20").replace("公告", "将来")
    counter = publish(it, built(it, tmp_path, later), "--yes")["counter"]

    it.until(lambda: f"pages_counter {counter}.0" in httpx.get(f"http://127.0.0.1:{it.metrics_port}/metrics").text)

    assert "将来" not in page(it, "/notices", "zh")


def test_only_an_approver_publishes(it: Installation, tmp_path: Path) -> None:
    bundle = built(it, tmp_path)

    assert refused(lambda: publish(it, bundle, "--yes", who=ADJUDICATOR)) == "accounts.role-missing"


def test_verify_refuses_what_was_changed_and_what_is_old(it: Installation, tmp_path: Path) -> None:
    publish(it, built(it, tmp_path, NOTICE.replace("正文", "另文")), "--yes")
    path = it.layout.public / "pages.json"
    good = path.read_bytes()

    old = refused(lambda: it.verbs("pages", "verify", "--least", "99"))
    path.write_bytes(good.replace(b'"counter":', b'"counter":9'))
    changed = refused(lambda: it.verbs("pages", "verify"))
    path.write_bytes(good)

    assert (old, changed) == ("pages.old-bundle", "snapshot.bad-pages")
    assert it.verbs("pages", "verify")["bytes"] > 0


def test_a_folder_does_not_vouch_for_itself(it: Installation, tmp_path: Path) -> None:
    """Whoever makes a folder can lay an anchor of their own into it."""
    private, data, anchor = Ed25519PrivateKey.generate(), encode_bundle(Bundle()), tmp_path / "trust.json"
    pointer = Pointer(POINTER_FORMAT, 9, to_wire(datetime(2026, 3, 1, tzinfo=UTC)), hashlib.sha256(data).hexdigest())
    bundle_path(tmp_path, pointer.bundle).parent.mkdir()
    bundle_path(tmp_path, pointer.bundle).write_bytes(data)
    (tmp_path / POINTER_FILE).write_bytes(sign_pointer(pointer, private))
    anchor.write_bytes(anchor_document(private.public_key()))

    code = refused(lambda: it.verbs("pages", "verify", "--public", str(tmp_path)))
    missing = refused(lambda: it.verbs("pages", "verify", "--trust", str(tmp_path / "none.json")))

    assert (code, missing) == ("snapshot.bad-pages", "cli.unreadable")
    assert it.verbs("pages", "verify", "--public", str(tmp_path), "--trust", str(anchor))["counter"] == 9


def test_a_file_that_is_no_bundle_is_not_published(it: Installation, tmp_path: Path) -> None:
    (tmp_path / "bundle.json").write_text('{"format":"fangbang-page-bundle/1"} ')

    code = refused(lambda: publish(it, str(tmp_path / "bundle.json"), "--yes", by=""))
    unproposed = refused(lambda: it.verbs("pages", "propose", str(tmp_path / "bundle.json"), "--as", APPROVERS[1]))

    assert (code, unproposed) == ("pages.bad-bundle", "pages.bad-bundle")


_PROPOSE = """
import sys
from fangbang.project.boot import open_office
home = open_office().home
from fangbang.audit.rules import Actor
from fangbang.core.clock import SystemClock
from fangbang.exams.model import Text
from fangbang.notices import actions
from fangbang.notices.rules import ProposalKind
from fangbang.pages.bundle import Notice
from fangbang.project import publishing
from fangbang.project.layout import Layout
key, author, zh, en, at = sys.argv[1:]
words = Text(zh, en)
notice = Notice(id=key, title=words, body=(words,), not_before=at)
print(actions.propose(actor=Actor(author, author), kind=ProposalKind.NOTICE, key=key, region="", content=notice,
                      reason="test", bundle=publishing.standing_bundle(Layout(home)), clock=SystemClock()))
"""
"""What the office's page does with its form; no verb writes notices."""


LONG_AGO = "2020-01-01T00:00:00.000000Z"


def proposed(
    it: Installation, key: str, author: str = "liu", zh: str = "公告", en: str = "Notice", at: str = LONG_AGO
) -> str:
    """The id of a notice that somebody proposed."""
    environment = {**os.environ, "FANGBANG_HOME": str(it.home), "FANGBANG_DATABASE": it.database}
    words = [sys.executable, "-c", _PROPOSE, key, author, zh, en, at]
    return subprocess.run(
        words, env=environment, cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.splitlines()[-1]


def state_of(it: Installation, proposal: str) -> str:
    found = {item["proposal"]: item["state"] for item in it.verbs("notices", "list")["proposals"]}
    return str(found[proposal])


def approve(it: Installation, proposal: str, *more: str, who: str = APPROVERS[0]) -> dict[str, Any]:
    return it.verbs("notices", "publish", proposal, *signing(it, who), *more)


def test_a_notice_is_published_from_the_command_line(it: Installation) -> None:
    made = proposed(it, "by-hand", zh="命令行公告", en="From the command line")
    before = standing(it)

    dry = approve(it, made)
    waiting = (state_of(it, made), standing(it))
    done = approve(it, made, "--yes")
    again = refused(lambda: approve(it, made, "--yes"))

    it.until(lambda: "命令行公告" in page(it, "/notices", "zh"))
    assert (dry["published"], waiting) == (False, ("waiting", before))
    assert (done["published"], done["counter"], state_of(it, made)) == (True, before + 1, "published")
    assert (again, standing(it)) == ("notices.not-waiting", before + 1)
    assert "From the command line" in page(it, "/notices", "en")


def test_a_notice_for_a_later_hour_is_shown_from_then_on(it: Installation) -> None:
    hour = (SystemClock().now() + timedelta(seconds=12)).replace(microsecond=0)
    made = proposed(it, "in-a-while", zh="稍等的公告", at=to_wire(hour))
    approve(it, made, "--yes")
    approve(it, proposed(it, "at-once", zh="立即的公告"), "--yes")
    seen: list[tuple[bool, bool]] = []

    def shown() -> bool:
        text, after = page(it, "/notices", "zh"), SystemClock().now()
        if "立即的公告" in text:  # so that the node has the bundle with both
            seen.append((after < hour, "稍等的公告" in text))
        return "稍等的公告" in text

    it.until(shown)

    (listed,) = (item for item in it.verbs("notices", "list")["proposals"] if item["proposal"] == made)
    assert listed["not_before"] == to_wire(hour)
    assert SystemClock().now() >= hour
    assert [early for early, there in seen if early and there] == []


def test_what_must_not_be_published_is_refused_with_its_code(it: Installation) -> None:
    made, own = proposed(it, "refusals"), proposed(it, "own-one", author=APPROVERS[0])
    other = APPROVERS[1]
    before = standing(it)

    codes = [
        refused(lambda: approve(it, "pro-none", "--yes")),
        refused(lambda: approve(it, own, "--yes")),
        refused(lambda: approve(it, made, "--yes", who=ADJUDICATOR)),
        refused(lambda: approve(it, made, "--yes", who=other)),
        refused(lambda: it.verbs("notices", "publish", made, "--as", other, "--yes")),
        refused(lambda: it.verbs("notices", "publish", made, "--yes")),
    ]

    assert codes == [
        "notices.unknown", "notices.second-person", "accounts.role-missing", "release.untrusted-key",
        "cli.no-key-file", "cli.nobody-acts",
    ]  # fmt: skip
    assert (standing(it), state_of(it, made), state_of(it, own)) == (before, "waiting", "waiting")


def test_without_its_keeper_a_notice_waits_and_the_same_verb_finishes_later(it: Installation) -> None:
    made = proposed(it, "later", zh="稍后的公告")
    it.stop(it.keeper)

    code, waiting = refused(lambda: approve(it, made, "--yes")), state_of(it, made)
    it.start_keeper()
    approve(it, made, "--yes")

    it.until(lambda: "稍后的公告" in page(it, "/notices", "zh"))
    assert (code, waiting, state_of(it, made)) == ("snapshot.keeper-unreachable", "waiting", "published")
