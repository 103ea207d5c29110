"""The reader: hits, proven misses, and damage that never passes for either."""

import random
from pathlib import Path

import pytest

from fangbang.core.errors import FangbangError, Kind
from fangbang.exams.vocabulary import CredentialKind
from fangbang.snapshot import layout
from fangbang.snapshot.derive import Deriver
from fangbang.snapshot.reader import TOMBSTONE, Snapshot
from fangbang.snapshot.record import decode
from tests.snapshot import samples
from tests.snapshot.samples import DIPEI, PEPPERER, RELEASE_KEY, SNAPSHOT_ID, TWICE, ZHANG

TICKET, NAME = CredentialKind.TICKET_DOCUMENT, CredentialKind.DOCUMENT_NAME


def test_every_person_is_found_by_every_credential(sample: Path) -> None:
    opened = Snapshot.open(sample).unlock(RELEASE_KEY)

    for person in samples.PEOPLE:
        wire = opened.lookup(PEPPERER.m(TICKET, person.ticket, person.document))
        assert wire is not None
        assert decode(wire) == person.record
    assert opened.lookup(PEPPERER.m(NAME, DIPEI.document, " \U00020bb7田・一郎 ")) == DIPEI.item.wire
    assert opened.lookup(PEPPERER.m(TICKET, "110600000009", ZHANG.document)) == ZHANG.item.wire


def test_an_ambiguous_credential_is_a_tombstone_and_an_unknown_one_a_miss(sample: Path) -> None:
    snapshot = Snapshot.open(sample)

    assert snapshot.lookup(RELEASE_KEY, PEPPERER.m(NAME, TWICE[0].document, "李四")) == TOMBSTONE
    assert snapshot.lookup(RELEASE_KEY, PEPPERER.m(TICKET, ZHANG.ticket, DIPEI.document)) is None


def test_a_wrong_release_key_is_refused_before_any_query(sample: Path) -> None:
    with pytest.raises(FangbangError) as caught:
        Snapshot.open(sample).unlock(bytes(32))

    assert caught.value.code == "snapshot.wrong-key"
    assert bytes(32).hex() not in str(caught.value)


def test_every_entry_is_found_at_its_address_and_nothing_between(sample: Path) -> None:
    snapshot = Snapshot.open(sample)

    for file in (snapshot.records, snapshot.pointers):
        for index in range(file.entries):
            entry = file.entry(index)
            assert file.find(entry[:16]) == entry[16:]
            beside = (int.from_bytes(entry[:16], "big") + 1) % (1 << 128)
            assert file.find(beside.to_bytes(16, "big")) is None


@pytest.mark.parametrize("address", [bytes(16), b"\xff" * 16])
def test_the_ends_of_the_address_space_are_misses(address: bytes, sample: Path) -> None:
    assert Snapshot.open(sample).find(address) is None


def test_a_header_other_than_the_board_s_is_refused(sample: Path) -> None:
    with pytest.raises(FangbangError) as caught:
        Snapshot.open(sample, header_sha256="00" * 32)

    assert caught.value.code == "snapshot.bad-header"


def test_opening_with_verification_finds_a_damaged_block(copy: Path) -> None:
    flip(copy / layout.POINTERS_FILE, 4096 + 5)

    with pytest.raises(FangbangError) as caught:
        Snapshot.open(copy)

    assert (caught.value.code, caught.value.params) == ("snapshot.corrupt", {"file": "pointers.bin", "block": 1})


@pytest.mark.parametrize("name", [layout.RECORDS_HASHES, layout.POINTERS_HASHES])
def test_damaged_block_hashes_are_found_even_without_verification(name: str, copy: Path) -> None:
    flip(copy / name, 3)

    with pytest.raises(FangbangError) as caught:
        Snapshot.open(copy, verify=False)

    assert caught.value.code == "snapshot.bad-file"


@pytest.mark.parametrize("name", [layout.RECORDS_FILE, layout.POINTERS_FILE])
def test_a_truncated_file_is_not_opened(name: str, copy: Path) -> None:
    (copy / name).write_bytes((copy / name).read_bytes()[:-4096])

    with pytest.raises(FangbangError) as caught:
        Snapshot.open(copy, verify=False)

    assert caught.value.code == "snapshot.bad-file"


def test_no_flipped_bit_turns_a_hit_into_a_miss_or_another_answer(copy: Path) -> None:
    """Wherever bits flip after the checks at start, each answer is the right one or an integrity error."""
    path = copy / layout.RECORDS_FILE
    intact = path.read_bytes()
    chance = random.Random(7)
    places = [index * 512 + chance.randrange(512) for index in near_the_people(copy)]
    queries = {person.item.m: person.item.wire for person in samples.PEOPLE}
    wrong, kinds = [], set()

    for place in places * 8:
        path.write_bytes(intact)
        flip(path, place, 1 << chance.randrange(8))
        opened = Snapshot.open(copy, verify=False).unlock(RELEASE_KEY)
        for m, wire in queries.items():
            try:
                if opened.lookup(m) != wire:
                    wrong.append(place)
            except FangbangError as error:
                kinds.add(error.problem.kind)

    assert wrong == []
    assert kinds == {Kind.INTEGRITY}


def test_two_swapped_entries_never_become_a_silent_miss(copy: Path) -> None:
    path = copy / layout.RECORDS_FILE
    data = bytearray(path.read_bytes())
    first, second = near_the_people(copy)[1] * 512, near_the_people(copy)[7] * 512
    data[first : first + 512], data[second : second + 512] = data[second : second + 512], data[first : first + 512]
    path.write_bytes(bytes(data))
    opened = Snapshot.open(copy, verify=False).unlock(RELEASE_KEY)

    outcomes = set()
    for person in samples.PEOPLE:
        try:
            outcomes.add("right" if opened.lookup(person.item.m) == person.item.wire else "wrong")
        except FangbangError:
            outcomes.add("error")

    assert outcomes == {"right", "error"}


def near_the_people(folder: Path) -> list[int]:
    """The entries of the four people, each with the one before and the one after."""
    records = Snapshot.open(folder).records
    deriver = Deriver(RELEASE_KEY, SNAPSHOT_ID)
    addresses = {deriver.place(person.item.m).address for person in samples.PEOPLE}
    own = [index for index in range(records.entries) if records.address(index) in addresses]
    return [index + step for index in own for step in (-1, 0, 1) if 0 <= index + step < records.entries]


def flip(path: Path, place: int, mask: int = 1) -> None:
    with path.open("r+b") as stream:
        stream.seek(place)
        byte = stream.read(1)[0]
        stream.seek(place)
        stream.write(bytes([byte ^ mask]))
