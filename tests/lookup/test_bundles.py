"""A worker's view of the page bundle: every tamper is refused, and the last good texts stand."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fangbang.core.clock import ManualClock, to_wire
from fangbang.core.files import write_durably
from fangbang.exams.model import Text
from fangbang.lookup.bundles import AGAIN, Bundles
from fangbang.lookup.watcher import HighestCounter
from fangbang.pages.bundle import Bundle, encode_bundle
from fangbang.snapshot.board import anchor_document, load_anchor
from fangbang.snapshot.header import key_id
from fangbang.snapshot.pointer import MOST_BYTES, POINTER_FORMAT, Pointer, bundle_path, sign_pointer
from fangbang.snapshot.signed import sign
from tests.pages.test_bundle import HOUR, notice


@dataclass
class Desk:
    """A public folder that tests write to, and one node that looks at it."""

    root: Path
    clock: ManualClock
    signer: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.public = self.root / "public"
        (self.public / "pages").mkdir(parents=True)
        (self.root / "trust.json").write_bytes(anchor_document(self.signer.public_key()))

    def write(self, counter: int, home: str = "首页", **changes: Any) -> Pointer:
        """Publish a bundle whose home page says `home`."""
        data = encode_bundle(Bundle(home=(Text(home, "Home"),), notices=(notice(),)))
        pointer = self.pointer(counter, data, **changes)
        bundle_path(self.public, pointer.bundle).write_bytes(data)
        write_durably(self.public / "pages.json", sign_pointer(pointer, self.signer))
        return pointer

    def pointer(self, counter: int, data: bytes, **changes: Any) -> Pointer:
        base = {"format": POINTER_FORMAT, "counter": counter, "issued_at": to_wire(self.clock.now())}
        return Pointer(**{**base, "bundle": sha256(data).hexdigest(), **changes})

    def node(self) -> Bundles:
        """A worker that starts on the node's folder."""
        trusted = load_anchor(self.root / "trust.json")
        highest = HighestCounter(self.root / "node", "pages")
        return Bundles(self.public, trusted, highest, self.clock, lambda _, code: self.log.append(code))


@pytest.fixture
def desk(tmp_path: Path, clock: ManualClock) -> Desk:
    return Desk(tmp_path, clock)


def says(node: Bundles) -> str:
    node.step()
    return "".join(text.zh for text in node.bundle.home)


def test_without_a_bundle_the_programs_own_texts_stand(desk: Desk) -> None:
    node = desk.node()

    assert (node.step(), node.bundle, node.refused) == (False, Bundle(), 0)


def test_a_bundle_is_taken_and_the_next_one_takes_its_place(desk: Desk) -> None:
    node = desk.node()
    desk.write(1)
    first = node.step()
    again = node.step()
    desk.write(2, "新首页")

    assert (first, again, says(node), node.counter) == (True, False, "新首页", 2)


def test_a_notice_appears_at_its_hour_without_a_new_bundle(desk: Desk) -> None:
    desk.clock.at = HOUR - timedelta(seconds=1)
    desk.write(1)
    node = desk.node()
    node.step()
    before = node.due

    desk.clock.advance(timedelta(seconds=1))

    assert (before, node.step(), [item.id for item in node.due]) == ((), True, ["result-day"])


Tamper = Callable[[Desk], object]


def _edit(desk: Desk, old: bytes, new: bytes) -> None:
    path = desk.public / "pages.json"
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new))


def _other_key(desk: Desk) -> None:
    pointer = desk.write(2, "伪造")
    (desk.public / "pages.json").write_bytes(sign_pointer(pointer, Ed25519PrivateKey.generate()))


def _claimed_key(desk: Desk) -> None:
    """Signed by another key under the name of the trusted one."""
    other = Ed25519PrivateKey.generate()
    pointer = desk.write(2, "伪造")
    signed = sign_pointer(pointer, other)
    right, wrong = key_id(desk.signer.public_key()).encode(), key_id(other.public_key()).encode()
    (desk.public / "pages.json").write_bytes(signed.replace(wrong, right))


def _bundle_changed(desk: Desk) -> None:
    path = bundle_path(desk.public, desk.write(2, "伪造").bundle)
    path.write_bytes(path.read_bytes().replace("伪造".encode(), "改过".encode()))


def _bundle_too_long(desk: Desk) -> None:
    path = bundle_path(desk.public, desk.write(2, "伪造").bundle)
    path.write_bytes(path.read_bytes() + b" " * MOST_BYTES)


def _not_a_bundle(desk: Desk) -> None:
    """Rightly signed, but what it names has not the form of a bundle."""
    data = b'{"format":"fangbang-page-bundle/1","script":"<script>"}'
    pointer = desk.pointer(2, data)
    bundle_path(desk.public, pointer.bundle).write_bytes(data)
    (desk.public / "pages.json").write_bytes(sign_pointer(pointer, desk.signer))


def _other_document(desk: Desk) -> None:
    """A signature made for another kind of document."""
    pointer = desk.write(2, "伪造", format="fangbang-board/1")
    (desk.public / "pages.json").write_bytes(sign("pages", pointer, desk.signer))


TAMPERS: dict[str, tuple[Tamper, str]] = {
    "counter raised": (lambda desk: _edit(desk, b'"counter":1', b'"counter":9'), "snapshot.bad-pages"),
    "bundle renamed": (lambda desk: _edit(desk, b'"bundle":"', b'"bundle":"0'), "snapshot.bad-pages"),
    "another key": (_other_key, "snapshot.bad-pages"),
    "another key under the right name": (_claimed_key, "snapshot.bad-pages"),
    "another document": (_other_document, "snapshot.bad-pages"),
    "a bundle changed": (_bundle_changed, "snapshot.bad-pages"),
    "a bundle too long": (_bundle_too_long, "snapshot.bad-pages"),
    "a bundle gone": (lambda desk: bundle_path(desk.public, desk.write(2).bundle).unlink(), "snapshot.bad-pages"),
    "no bundle's form": (_not_a_bundle, "pages.bad-bundle"),
    "an old pointer": (lambda desk: desk.write(0, "旧"), "snapshot.bad-pages"),
    "no JSON": (lambda desk: (desk.public / "pages.json").write_bytes(b"{"), "snapshot.bad-pages"),
    "no moment": (lambda desk: desk.write(2, "伪造", issued_at="now"), "snapshot.bad-pages"),
}


@pytest.mark.parametrize("name", TAMPERS)
def test_what_was_tampered_with_is_refused_and_the_last_texts_stand(desk: Desk, name: str) -> None:
    tamper, code = TAMPERS[name]
    node = desk.node()
    desk.write(1)
    node.step()

    tamper(desk)

    assert (says(node), node.counter, node.refused, desk.log) == ("首页", 1, 1, [code])


def test_a_name_that_is_no_hash_opens_no_file(desk: Desk) -> None:
    pointer = desk.pointer(2, b"", bundle="../../etc/passwd")
    (desk.public / "pages.json").write_bytes(sign_pointer(pointer, desk.signer))
    node = desk.node()

    assert (says(node), desk.log) == ("", ["snapshot.bad-pages"])


def test_an_older_bundle_is_refused_even_after_a_restart(desk: Desk) -> None:
    old = desk.write(1, "旧")
    signed_old = sign_pointer(old, desk.signer)
    desk.write(2, "新")
    desk.node().step()

    (desk.public / "pages.json").write_bytes(signed_old)
    restarted = desk.node()

    assert (says(restarted), desk.log) == ("", ["lookup.pages-rollback"])


def test_a_copy_under_way_is_taken_once_it_is_whole(desk: Desk) -> None:
    node = desk.node()
    path = bundle_path(desk.public, desk.write(1).bundle)
    data = path.read_bytes()
    path.unlink()
    early = says(node)
    path.write_bytes(data)
    at_once = says(node)

    desk.clock.advance(AGAIN)

    assert (early, at_once, says(node), node.refused) == ("", "", "首页", 1)
