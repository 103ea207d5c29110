"""From files of texts to the pages of a node: `fangbang pages build`, `publish`, `verify`, with real processes."""

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fangbang.cli.demo.office import ADJUDICATOR, APPROVERS
from fangbang.core.clock import to_wire
from fangbang.core.errors import FangbangError
from fangbang.pages.bundle import Bundle, encode_bundle
from fangbang.snapshot.board import anchor_document
from fangbang.snapshot.pointer import POINTER_FILE, POINTER_FORMAT, Pointer, bundle_path, sign_pointer
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


def publish(it: Installation, bundle: str, *more: str, who: str = APPROVERS[0]) -> dict[str, Any]:
    passphrase = str(it.home / "staff" / "passphrase")
    words = ("--as", who, "--key", str(it.office.key_file(APPROVERS[0])), "--passphrase-file", passphrase)
    return it.verbs("pages", "publish", bundle, *words, *more)


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

    code = refused(lambda: publish(it, str(tmp_path / "bundle.json"), "--yes"))

    assert code == "pages.bad-bundle"
