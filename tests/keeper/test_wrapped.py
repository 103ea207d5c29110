"""Production custody on the disk: nothing on it opens by itself, nothing on it can be exchanged unnoticed."""

import shutil
from itertools import combinations
from pathlib import Path

import msgspec
import pytest

from fangbang.core.errors import FangbangError
from fangbang.keeper.escrow import open_copies
from fangbang.keeper.journal import Journal
from fangbang.keeper.quorum import Person, part_of
from fangbang.keeper.state import State, load_state, save_state
from fangbang.keeper.wrapped import WrappedCustody, keyring_path, load_keyring, make_custody
from tests.keeper.production import CUSTODIANS, OFFICERS, People

WHO = People(*OFFICERS, *CUSTODIANS, "wang", "zhao")


@pytest.fixture
def custody(tmp_path: Path) -> WrappedCustody:
    return make_custody(tmp_path / "keeper", "a", WHO.cards(*OFFICERS), 2, WHO.cards(*CUSTODIANS))


def armed(home: Path, *names: str, people: People = WHO) -> WrappedCustody:
    """As after a start."""
    keyring = load_keyring(home)
    parts = {name: part_of(keyring.officers, name, people.private[name]) for name in names}
    return WrappedCustody.opened(home, keyring, parts)


@pytest.mark.parametrize("officers", list(combinations(OFFICERS, 2)))
def test_any_two_officers_arm_it(custody: WrappedCustody, tmp_path: Path, officers: tuple[str, ...]) -> None:
    secret = custody.draw("release-1")

    again = armed(tmp_path / "keeper", *officers)

    assert (again.get("release-1"), again.draw("release-1"), again.keeper) == (secret, secret, "a")


@pytest.mark.parametrize("officer", OFFICERS)
def test_one_officer_does_not(custody: WrappedCustody, tmp_path: Path, officer: str) -> None:
    with pytest.raises(FangbangError) as caught:
        armed(tmp_path / "keeper", officer)

    assert caught.value.code == "keeper.quorum-short"


def spellings(secret: bytes) -> tuple[bytes, ...]:
    return secret, secret.hex().encode(), secret.hex().upper().encode()


def found_on(folder: Path, secrets: list[bytes]) -> list[Path]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [
        path for path in files if any(text in path.read_bytes() for secret in secrets for text in spellings(secret))
    ]


def test_no_secret_lies_on_the_disk_and_the_scan_would_see_one(custody: WrappedCustody, tmp_path: Path) -> None:
    secrets = [custody.draw(name) for name in ("release-1", "pepper-x", "signing", "state", "link")]

    before = found_on(tmp_path, secrets)
    (tmp_path / "slip").write_text(f"note: {secrets[0].hex()}")

    assert (before, found_on(tmp_path, secrets)) == ([], [tmp_path / "slip"])


def test_all_of_a_disk_but_the_officers_opens_nothing(custody: WrappedCustody, tmp_path: Path) -> None:
    """The keyring's own copies are all there is, and they want two parts that only officers' keys open."""
    custody.draw("release-1")
    keyring = load_keyring(tmp_path / "keeper")
    thief = People("thief").private["thief"]

    for name in OFFICERS:
        with pytest.raises(FangbangError) as caught:
            part_of(keyring.officers, name, thief)
        assert caught.value.code == "keeper.part-wrong"


@pytest.mark.parametrize("pair", list(combinations(CUSTODIANS, 2)))
def test_any_pair_of_custodians_opens_every_copy(custody: WrappedCustody, pair: tuple[str, ...]) -> None:
    drawn = {name: custody.draw(name) for name in ("release-1", "pepper-x", "signing", "state", "link")}

    opened = open_copies(custody.escrow, {name: WHO.private[name] for name in pair})

    assert opened == drawn


@pytest.mark.parametrize("alone", CUSTODIANS)
def test_one_custodian_opens_nothing(custody: WrappedCustody, alone: str) -> None:
    with pytest.raises(FangbangError) as caught:
        open_copies(custody.escrow, {alone: WHO.private[alone]})

    assert caught.value.code == "keeper.quorum-short"


def test_officers_are_no_custodians(custody: WrappedCustody) -> None:
    with pytest.raises(FangbangError) as caught:
        open_copies(custody.escrow, {name: WHO.private[name] for name in ("li", "wu")})

    assert caught.value.code == "keeper.not-a-member"


def test_a_copy_under_another_name_is_refused(custody: WrappedCustody) -> None:
    custody.draw("release-1")
    custody.draw("release-2")
    shutil.copy(custody.escrow / "release-1.json", custody.escrow / "release-2.json")

    with pytest.raises(FangbangError) as caught:
        open_copies(custody.escrow, {name: WHO.private[name] for name in ("jia", "yi")})

    assert caught.value.code == "keeper.quorum-damaged"


def test_an_empty_escrow_is_told(tmp_path: Path) -> None:
    with pytest.raises(FangbangError) as caught:
        open_copies(tmp_path, {name: WHO.private[name] for name in ("jia", "yi")})

    assert caught.value.code == "keeper.not-in-escrow"


@pytest.mark.parametrize("name", ["release-1", "custodians", "peer"])
def test_what_was_exchanged_on_the_disk_is_refused(custody: WrappedCustody, tmp_path: Path, name: str) -> None:
    """Another custodian or another keeper put in its place would get the next secret."""
    custody.draw("release-1")
    custody.draw("release-2")
    custody.write("peer", b"{}")
    shutil.copy(custody.vault / "release-2.sealed", custody.vault / f"{name}.sealed")

    with pytest.raises(FangbangError) as caught:
        armed(tmp_path / "keeper", "li", "wu").read(name)

    assert (caught.value.code, caught.value.params) == ("keeper.secret-damaged", {"name": name})


def test_a_folder_of_another_keeper_does_not_open(custody: WrappedCustody, tmp_path: Path) -> None:
    make_custody(tmp_path / "other", "b", WHO.cards(*OFFICERS), 2, WHO.cards(*CUSTODIANS))
    shutil.copy(keyring_path(tmp_path / "other"), keyring_path(tmp_path / "keeper"))

    with pytest.raises(FangbangError) as caught:
        armed(tmp_path / "keeper", "li", "wu")

    assert caught.value.code == "keeper.secret-damaged"


def test_a_second_ceremony_never_replaces_the_first(custody: WrappedCustody, tmp_path: Path) -> None:
    with pytest.raises(FangbangError) as caught:
        make_custody(tmp_path / "keeper", "a", WHO.cards(*OFFICERS), 2, WHO.cards(*CUSTODIANS))

    assert caught.value.code == "keeper.already-made"


@pytest.mark.parametrize("content", [b"", b"{}", b"[]"])
def test_a_keyring_that_cannot_be_read_is_told(custody: WrappedCustody, tmp_path: Path, content: bytes) -> None:
    keyring_path(tmp_path / "keeper").write_bytes(content)

    with pytest.raises(FangbangError) as caught:
        load_keyring(tmp_path / "keeper")

    assert caught.value.code == "keeper.bad-keyring"


def test_an_erased_secret_is_gone_from_the_escrow_too(custody: WrappedCustody) -> None:
    custody.draw("release-1")

    custody.erase("release-1")

    assert (custody.holds("release-1"), custody.names()) == (False, ["link", "signing", "state"])


def test_other_people_take_the_place_of_the_first(custody: WrappedCustody, tmp_path: Path) -> None:
    secret = custody.draw("release-1")
    custody.write("peer", b"the other keeper")
    before = load_keyring(tmp_path / "keeper")
    old = {name: part_of(before.officers, name, WHO.private[name]) for name in ("li", "wu")}

    custody.appoint(WHO.cards("wang", "zhao"), 2, WHO.cards("jia", "yi", "zhao"))

    again = armed(tmp_path / "keeper", "wang", "zhao")
    assert (custody.get("release-1"), again.get("release-1"), again.read("peer")) == (
        secret,
        secret,
        b"the other keeper",
    )
    assert open_copies(custody.escrow, {n: WHO.private[n] for n in ("yi", "zhao")})["release-1"] == secret
    with pytest.raises(FangbangError) as caught:
        WrappedCustody.opened(tmp_path / "keeper", load_keyring(tmp_path / "keeper"), old)
    assert caught.value.code == "keeper.not-a-member"
    with pytest.raises(FangbangError):
        WrappedCustody.opened(tmp_path / "keeper", before, old).get("release-1")


def test_a_change_of_people_that_was_cut_short_changes_nothing(
    custody: WrappedCustody, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = custody.draw("release-1")
    monkeypatch.setattr("fangbang.keeper.wrapped._encoded", _power_cut)
    with pytest.raises(OSError, match="power"):
        custody.appoint(WHO.cards("wang", "zhao"), 2, WHO.cards(*CUSTODIANS))

    again = armed(tmp_path / "keeper", "li", "he")

    assert again.get("release-1") == secret
    assert sorted(path.name for path in (tmp_path / "keeper").iterdir()) == ["escrow-1", "keyring.json", "vault-1"]


def _power_cut(keyring: object) -> bytes:
    raise OSError("power")


def test_people_who_make_no_quorum_are_not_appointed(custody: WrappedCustody, tmp_path: Path) -> None:
    with pytest.raises(FangbangError) as caught:
        custody.appoint(WHO.cards("wang"), 2, WHO.cards(*CUSTODIANS))

    assert caught.value.code == "keeper.bad-quorum"
    assert armed(tmp_path / "keeper", "li", "wu").custodians == tuple(WHO.cards(*CUSTODIANS))


def test_an_hour_moved_on_the_disk_is_noticed(custody: WrappedCustody, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    save_state(path, State(counter=7), custody.state_key)
    assert load_state(path, custody.state_key).counter == 7
    path.write_bytes(path.read_bytes().replace(b'"counter": 7', b'"counter": 6'))

    with pytest.raises(FangbangError) as caught:
        load_state(path, custody.state_key)

    assert caught.value.code == "keeper.bad-state"


@pytest.mark.parametrize("touch", ["change", "remove", "swap", "cut", "garbage"])
def test_the_journal_of_acts_shows_any_change(tmp_path: Path, touch: str) -> None:
    path = tmp_path / "acts.jsonl"
    journal = Journal(path, bytes(32))
    for act in ("arm", "pair x", "alone"):
        count = journal.add("2026-03-01T02:00:00.000000Z", act, ["wu", "li"])
    assert [it.officers for it in journal.entries(count)] == [("li", "wu")] * 3
    lines = path.read_bytes().splitlines(keepends=True)
    touched = {
        "change": [lines[0].replace(b'"li"', b'"he"'), *lines[1:]],
        "remove": lines[1:],
        "swap": [lines[1], lines[0], lines[2]],
        "cut": lines[:2],
        "garbage": [*lines, b"{}\n"],
    }
    path.write_bytes(b"".join(touched[touch]))

    with pytest.raises(FangbangError) as caught:
        journal.entries(count)

    assert caught.value.code == "keeper.journal-broken"


def test_a_line_that_a_crash_left_half_written_is_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "acts.jsonl"
    journal = Journal(path, bytes(32))
    journal.add("2026-03-01T02:00:00.000000Z", "arm", ["li", "wu"])
    path.write_bytes(path.read_bytes() + b'{"number":2,"at"')

    journal.add("2026-03-01T02:00:01.000000Z", "alone", ["li", "wu"], least=1)

    assert [item.act for item in journal.entries(2)] == ["arm", "alone"]


def test_a_card_has_a_fingerprint_of_its_key() -> None:
    first, second = Person("li", "11" * 32), Person("li", "12" * 32)

    assert len({first.fingerprint, second.fingerprint, msgspec.structs.replace(first, name="wu").fingerprint}) == 2
