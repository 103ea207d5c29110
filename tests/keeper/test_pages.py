"""The keeper names a page bundle: once an approver signed, under a counter that grows, finished after any crash."""

from pathlib import Path

import pytest

from fangbang.core.clock import ManualClock
from fangbang.core.errors import FangbangError
from fangbang.keeper.service import Keeper
from fangbang.snapshot.board import load_anchor
from fangbang.snapshot.pointer import MOST_BYTES, Pointer, parse_pointer, read_bundle
from tests.keeper.office import Office

FIRST, SECOND = b'{"first":1}', b'{"second":2}'


def pointer(office: Office) -> Pointer:
    folders = office.folders
    return parse_pointer((folders.public / "pages.json").read_bytes(), load_anchor(folders.anchor))


def test_a_signed_bundle_is_named_and_the_next_one_after_it(office: Office, keeper: Keeper) -> None:
    answers = [
        keeper.publish_pages(*office.pages_order(content, n)) for n, content in enumerate((FIRST, SECOND), start=1)
    ]

    found = pointer(office)
    assert [answer["counter"] for answer in answers] == [1, 2]
    assert (found.counter, read_bundle(office.folders.public, found)) == (2, SECOND)
    assert keeper.status()["pages"]["bundle"] == found.bundle
    assert len(list((office.folders.public / "pages").iterdir())) == 2, "what was named before stays"


def test_the_same_order_again_changes_nothing(office: Office, keeper: Keeper, clock: ManualClock) -> None:
    order = office.pages_order(FIRST, 1)
    first = keeper.publish_pages(*order)

    again = office.keeper(clock).publish_pages(*order)

    assert again == first


def test_a_damaged_bundle_is_mended_by_the_same_order(office: Office, keeper: Keeper) -> None:
    order = office.pages_order(FIRST, 1)
    keeper.publish_pages(*order)
    (office.folders.public / "pages" / f"{pointer(office).bundle}.json").write_bytes(b"half a fi")

    keeper.publish_pages(*order)

    assert read_bundle(office.folders.public, pointer(office)) == FIRST


@pytest.mark.parametrize("counter", [0, 1, 3])
def test_an_order_that_does_not_follow_is_refused(office: Office, keeper: Keeper, counter: int) -> None:
    """An older order played again among them."""
    keeper.publish_pages(*office.pages_order(FIRST, 1))

    with pytest.raises(FangbangError) as caught:
        keeper.publish_pages(*office.pages_order(SECOND, counter))

    assert (caught.value.code, caught.value.params) == ("keeper.other-pages", {"counter": 1})
    assert pointer(office).counter == 1


@pytest.mark.parametrize(
    ("signers", "code"), [((), "release.too-few-approvals"), (("he", "he"), "release.same-approver")]
)
def test_it_takes_an_approver(office: Office, keeper: Keeper, signers: tuple[str, ...], code: str) -> None:
    with pytest.raises(FangbangError) as caught:
        keeper.publish_pages(*office.pages_order(FIRST, 1, signers))

    assert caught.value.code == code
    assert not (office.folders.public / "pages.json").exists()


@pytest.mark.parametrize("content", [SECOND, b"x" * (MOST_BYTES + 1)])
def test_other_content_than_was_signed_is_refused(office: Office, keeper: Keeper, content: bytes) -> None:
    signed = content if len(content) > MOST_BYTES else FIRST
    order, approvals, _ = office.pages_order(signed, 1)

    with pytest.raises(FangbangError) as caught:
        keeper.publish_pages(order, approvals, content)

    assert caught.value.code == "keeper.bad-order"


def test_a_crash_before_the_pointer_is_finished_by_the_same_order(
    office: Office, keeper: Keeper, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = office.pages_order(FIRST, 1)

    def crash(*_: object) -> None:
        raise OSError("power cut")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="power cut"):
        patch.setattr("fangbang.keeper.service.swap_pointer", crash)
        keeper.publish_pages(*order)
    before = (office.folders.public / "pages.json").exists()
    office.keeper(clock).publish_pages(*order)

    assert (before, pointer(office).counter) == (False, 1)


def test_a_state_file_without_pages_is_read(office: Office, keeper: Keeper, clock: ManualClock) -> None:
    """As an earlier version of the program left it."""
    keeper.issue_board()
    path: Path = office.folders.state
    text = path.read_text()
    start, end = text.index('"pages"'), text.index("}", text.index('"pages"'))
    path.write_text(text[:start] + text[end + 1 :].lstrip(", \n"))

    assert office.keeper(clock).status()["pages"] == {"counter": 0, "bundle": "", "issued_at": ""}
