"""The writer: the same bytes however it is run, nothing in clear on disk, padding that tells nothing."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fangbang.core.errors import FangbangError
from fangbang.exams.vocabulary import CredentialKind
from fangbang.snapshot import buckets, layout
from fangbang.snapshot.buckets import Item, SealKeys
from fangbang.snapshot.reader import TOMBSTONE, Snapshot
from fangbang.snapshot.record import pad
from fangbang.snapshot.writer import open_every_entry
from tests.snapshot import samples
from tests.snapshot.samples import PEPPERER, RELEASE_KEY, SUBJECT, TWICE, ZHANG, ListSource, Person, seal_sample


def many(count: int) -> tuple[Item, ...]:
    return tuple(Person(f"1106{n:08d}", f"11010119900101{n:04d}", f"考生{n % 50}").item for n in range(count))


UNLIKELY = 400
"""Of chi-square with 255 degrees of freedom: 1 in 10^8."""


def chi_square(data: bytes) -> float:
    """How far the bytes are from evenly spread."""
    expected = len(data) / 256
    return sum((data.count(byte) - expected) ** 2 / expected for byte in range(256))


def folder_bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_several_processes_write_the_bytes_that_one_writes(tmp_path: Path) -> None:
    items = many(1500)

    alone = seal_sample(tmp_path / "one", items)
    together = seal_sample(tmp_path / "two", items, workers=2)

    assert folder_bytes(together.folder) == folder_bytes(alone.folder)
    assert (alone.records, alone.pointers, alone.header.records.entries) == (1500, 1500, 2048)


def test_the_order_of_the_items_does_not_show(tmp_path: Path) -> None:
    items = many(100)

    forward, backward = seal_sample(tmp_path / "one", items), seal_sample(tmp_path / "two", items[::-1])

    assert folder_bytes(forward.folder) == folder_bytes(backward.folder)


def test_a_repeated_seal_of_the_same_inputs_is_a_no_op_and_of_others_is_refused(tmp_path: Path) -> None:
    first = seal_sample(tmp_path, many(10))
    before = folder_bytes(first.folder)

    seal_sample(tmp_path, many(10))
    with pytest.raises(FileExistsError):
        seal_sample(tmp_path, many(11))

    assert folder_bytes(first.folder) == before
    assert [path.name for path in tmp_path.iterdir()] == [first.folder.name]


@dataclass(frozen=True)
class BreakingSource:
    """Fails on the way, as a process that is killed."""

    def items(self, share: int, shares: int) -> Iterator[Item]:
        yield from many(2000)
        raise InterruptedError


def test_an_interrupted_seal_leaves_nothing_and_can_be_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch, pytest.raises(InterruptedError):
        patch.setattr(samples, "ListSource", lambda _: BreakingSource())
        seal_sample(tmp_path, ())

    assert list(tmp_path.iterdir()) == []
    assert seal_sample(tmp_path, many(10)).records == 10


def test_nothing_readable_lies_in_the_bucket_files_or_the_snapshot(tmp_path: Path) -> None:
    keys = SealKeys(RELEASE_KEY, samples.SNAPSHOT_ID, bytes(32))
    buckets.fill(tmp_path, keys, 512, 0, many(500))
    seal_sample(tmp_path / "sealed", many(500))
    needles = [text.encode() for text in ("考生", "1106000", "ability", "61.5", "window")]

    files = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != layout.HEADER_FILE]

    assert len(files) > 100
    assert [(path.name, needle) for path in files for needle in needles if needle in path.read_bytes()] == []


def test_two_records_with_one_main_credential_stop_the_seal(tmp_path: Path) -> None:
    twin = replace(ZHANG, name="张四")

    with pytest.raises(FangbangError) as caught:
        seal_sample(tmp_path, (ZHANG.item, twin.item))

    assert (caught.value.code, caught.value.params) == ("snapshot.duplicate-credential", {"count": 1})
    assert list(tmp_path.iterdir()) == []


def test_a_pointer_that_is_somebody_else_s_main_credential_stops_the_seal(tmp_path: Path) -> None:
    thief = Person("110600000005", ZHANG.document, "张三", further_tickets=(ZHANG.ticket,))

    with pytest.raises(FangbangError) as caught:
        seal_sample(tmp_path, (ZHANG.item, thief.item))

    assert caught.value.code == "snapshot.duplicate-credential"


def test_a_pointer_to_one_s_own_main_credential_is_left_out(tmp_path: Path) -> None:
    own = replace(ZHANG, further_tickets=(ZHANG.ticket,))

    result = seal_sample(tmp_path, (own.item,))

    assert Snapshot.open(result.folder).lookup(RELEASE_KEY, own.item.m) == own.item.wire


def test_ambiguous_pointers_are_counted_and_cannot_be_told_by_the_size(tmp_path: Path) -> None:
    unique = tuple(replace(person, name=f"李{n}") for n, person in enumerate(TWICE))

    ambiguous = seal_sample(tmp_path / "one", tuple(person.item for person in TWICE))
    plain = seal_sample(tmp_path / "two", tuple(person.item for person in unique))

    assert (ambiguous.ambiguous, plain.ambiguous) == (1, 0)
    assert ambiguous.header.pointers.entries == plain.header.pointers.entries


def test_a_tombstone_says_stop(tmp_path: Path) -> None:
    gone = Item(ZHANG.item.m, b"")

    snapshot = Snapshot.open(seal_sample(tmp_path, (gone,)).folder)

    assert snapshot.lookup(RELEASE_KEY, gone.m) == TOMBSTONE


def test_all_passed_and_all_absent_give_files_of_equal_size(tmp_path: Path) -> None:
    """And bytes that no chi-square test tells from chance."""
    passed = tuple(replace(ZHANG, document=f"11010119900101{n:04d}", mark="100").item for n in range(300))
    absent = tuple(Item(item.m, b"\x91\x00", item.pointers) for item in passed)

    results = [seal_sample(tmp_path / name, items) for name, items in (("one", passed), ("two", absent))]

    sizes = [{path.name: path.stat().st_size for path in result.folder.iterdir()} for result in results]
    assert sizes[0] == sizes[1]
    for result in results:
        assert chi_square((result.folder / layout.RECORDS_FILE).read_bytes()) < UNLIKELY


def test_the_chi_square_test_sees_records_that_are_not_sealed() -> None:
    texts = b"".join(pad(item.wire, 480) for item in many(300))

    assert chi_square(texts) > UNLIKELY


def test_a_record_longer_than_its_entry_is_refused_and_fits_a_bigger_one(tmp_path: Path) -> None:
    long = Item(PEPPERER.m(CredentialKind.TICKET_DOCUMENT, "1", "2"), bytes(600))

    with pytest.raises(FangbangError) as caught:
        seal_sample(tmp_path, (long,))
    result = seal_sample(tmp_path, (long,), replace(SUBJECT, entry_size=1024))

    assert caught.value.code == "snapshot.record-too-long"
    assert Snapshot.open(result.folder).lookup(RELEASE_KEY, long.m) == bytes(600)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 99), st.sampled_from("甲乙")), max_size=30, unique_by=lambda pair: pair[0]))
def test_whatever_was_sealed_answers_each_credential(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[tuple[int, str]]
) -> None:
    people = [Person(f"{number}", f"D{number % 7}", name) for number, name in drawn]
    items = tuple(person.item for person in people)
    result = seal_sample(tmp_path_factory.mktemp("any"), items, replace(SUBJECT, kind="overlay", base="00" * 16))
    claims = {m: [item for item in items if m in item.pointers] for item in items for m in item.pointers}

    opened = Snapshot.open(result.folder).unlock(RELEASE_KEY)

    assert [opened.lookup(item.m) for item in items] == [item.wire for item in items]
    for m, claimants in claims.items():
        assert opened.lookup(m) == (claimants[0].wire if len(claimants) == 1 else TOMBSTONE)
    assert result.ambiguous == sum(len(claimants) > 1 for claimants in claims.values())


def test_opening_every_entry_compares_with_the_source(sample: Path) -> None:
    source = ListSource(tuple(person.item for person in samples.PEOPLE))

    opened = open_every_entry(folder=sample, release_key=RELEASE_KEY, source=source)

    assert (opened.records, opened.pointers, opened.ambiguous) == (4, 5, 2)


@pytest.mark.parametrize(
    "other",
    [
        Item(ZHANG.item.m, b"\x90"),
        Item(bytes(64), ZHANG.item.wire),
        Item(ZHANG.item.m, ZHANG.item.wire, (bytes(64),)),
        Item(ZHANG.item.m, ZHANG.item.wire, (samples.DIPEI.item.m,)),
    ],
)
def test_opening_every_entry_finds_what_was_sealed_wrongly(other: Item, sample: Path) -> None:
    with pytest.raises(FangbangError) as caught:
        open_every_entry(folder=sample, release_key=RELEASE_KEY, source=ListSource((other,)))

    assert caught.value.code == "snapshot.bad-file"
