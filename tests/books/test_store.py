"""The book store: durable, immutable, encrypted, authentic; every way of tampering is seen."""

import stat
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from fangbang.books.keys import BookKeys
from fangbang.books.problems import BAD_BOOK_NAME, BAD_KEYS, BOOK_MISSING, BOOK_NAME_MISMATCH, BOOK_UNREADABLE
from fangbang.books.schemas import MARKS, REGISTRATIONS
from fangbang.books.store import BookStore
from fangbang.core.errors import FangbangError

CANARY = "CANARY99990101001X"


def marks(count: int, mark: str = "59.5") -> list[pa.RecordBatch]:
    table = pa.Table.from_pylist(
        [
            {"ticket": f"{row:08d}", "doc_number": CANARY, "subject": "ability", "mark": Decimal(mark), "code": None}
            for row in range(count)
        ],
        schema=MARKS,
    )
    return table.to_batches(max_chunksize=7)


@pytest.fixture
def store(tmp_path: Path) -> BookStore:
    return BookStore(tmp_path / "books", BookKeys.draw())


def test_what_is_written_is_read_back(store: BookStore) -> None:
    book = store.write("marks", MARKS, marks(20))

    table = store.read(book.name)

    assert (book.rows, store.rows(book.name), table.num_rows) == (20, 20, 20)
    assert table.to_pylist()[3] == {
        "ticket": "00000003", "doc_number": CANARY, "subject": "ability", "mark": Decimal("59.500"), "code": None,
    }  # fmt: skip
    assert store.schema(book.name) == MARKS


def test_streaming_keeps_the_order_and_takes_columns(store: BookStore) -> None:
    book = store.write("marks", MARKS, marks(20))

    batches = list(store.batches(book.name, columns=["ticket"], size=6))

    assert [row["ticket"] for batch in batches for row in batch.to_pylist()] == [f"{row:08d}" for row in range(20)]
    assert batches[0].schema.names == ["ticket"]


@pytest.mark.parametrize(
    ("values", "blocks"),
    [
        (["00000000"], [0]),
        (["00131071"], [0]),
        (["00131072"], [1]),
        (["00139999", "00000005"], [0, 1]),
        (["00131071x", "9"], []),  # between the blocks, and behind the last one
        ([], []),
    ],
)
def test_only_blocks_that_can_hold_one_of_the_values_are_read(
    store: BookStore, values: list[str], blocks: list[int]
) -> None:
    numbers, nothing = [f"{number:08d}" for number in range(140_000)], [None] * 140_000
    columns = {"ticket": numbers, "doc_number": numbers, "subject": numbers, "mark": nothing, "code": nothing}
    book = store.write("marks", MARKS, pa.table(columns, schema=MARKS).to_batches())

    read = store.batches(book.name, ["ticket"], size=1 << 20, near=("doc_number", values))

    sizes = {0: 131_072, 1: 140_000 - 131_072}
    assert sum(batch.num_rows for batch in read) == sum(sizes[block] for block in blocks)


def test_an_empty_book_is_a_book(store: BookStore) -> None:
    book = store.write("marks", MARKS, [])

    assert (book.rows, store.read(book.name).num_rows) == (0, 0)
    store.check(book.name)


def test_the_same_rows_get_the_same_name_and_are_not_written_again(store: BookStore) -> None:
    first = store.write("marks", MARKS, marks(20))
    path = store.folder / f"{first.name}.parquet"
    before = path.read_bytes()

    second = store.write("marks", MARKS, marks(20))

    assert second == first
    assert path.read_bytes() == before
    assert [item.name for item in store.folder.iterdir()] == [path.name]


def test_names_do_not_tell_rows_to_who_has_no_key(store: BookStore, tmp_path: Path) -> None:
    other = BookStore(tmp_path / "other", BookKeys.draw())

    assert store.write("marks", MARKS, marks(3)).name != other.write("marks", MARKS, marks(3)).name


def test_nothing_of_the_rows_lies_on_the_disk(store: BookStore) -> None:
    book = store.write("marks", MARKS, marks(50))

    data = (store.folder / f"{book.name}.parquet").read_bytes()

    assert CANARY.encode() not in data
    assert b"doc_number" not in data, "the footer is encrypted too"
    assert CANARY in store.read(book.name, ["doc_number"]).to_pylist()[0].values(), "positive control"


def test_every_flipped_bit_is_an_error_or_changes_nothing(store: BookStore) -> None:
    book = store.write("marks", MARKS, marks(20))
    path = store.folder / f"{book.name}.parquet"
    sound = path.read_bytes()
    rows = store.read(book.name)
    caught = 0

    for place in range(0, len(sound), 11):
        path.write_bytes(sound[:place] + bytes([sound[place] ^ 1]) + sound[place + 1 :])
        caught += not _reads_as(store, book.name, rows)

    assert caught > len(sound) // 11 // 2, "positive control: nearly every byte is authenticated"


def _reads_as(store: BookStore, name: str, rows: pa.Table) -> bool:
    """Whether the book reads, and then as these rows; an error other than BOOK_UNREADABLE fails the test."""
    try:
        read = store.read(name)
    except FangbangError as error:
        if error.problem != BOOK_UNREADABLE:
            raise
        return False
    assert read.equals(rows)
    return True


def test_a_truncated_book_is_unreadable(store: BookStore) -> None:
    book = store.write("marks", MARKS, marks(20))
    path = store.folder / f"{book.name}.parquet"
    path.write_bytes(path.read_bytes()[:-20])

    with pytest.raises(FangbangError) as caught:
        store.rows(book.name)

    assert caught.value.problem == BOOK_UNREADABLE


def test_one_book_cannot_stand_in_for_another(store: BookStore) -> None:
    real = store.write("marks", MARKS, marks(20))
    other = store.write("marks", MARKS, marks(20, mark="99"))
    (store.folder / f"{other.name}.parquet").replace(store.folder / f"{real.name}.parquet")

    with pytest.raises(FangbangError) as caught:
        store.read(real.name)

    assert caught.value.problem == BOOK_NAME_MISMATCH


def test_check_recomputes_the_name(store: BookStore, tmp_path: Path) -> None:
    keys = BookKeys.draw()
    honest = BookStore(tmp_path / "honest", keys)
    book = honest.write("marks", MARKS, marks(20))
    renamed = BookStore(tmp_path / "honest", BookKeys(keys.encryption, b"other naming key".ljust(32)))

    honest.check(book.name)
    with pytest.raises(FangbangError) as caught:
        renamed.check(book.name)

    assert caught.value.problem == BOOK_NAME_MISMATCH


def test_other_keys_open_nothing(store: BookStore) -> None:
    book = store.write("marks", MARKS, marks(3))

    with pytest.raises(FangbangError) as caught:
        BookStore(store.folder, BookKeys.draw()).read(book.name)

    assert caught.value.problem == BOOK_UNREADABLE


def test_a_missing_book_and_a_bad_name_are_told_apart(store: BookStore) -> None:
    with pytest.raises(FangbangError) as missing:
        store.read(f"marks-{'0' * 64}")
    with pytest.raises(FangbangError) as bad:
        store.read("../../etc/passwd")

    assert (missing.value.problem, bad.value.problem) == (BOOK_MISSING, BAD_BOOK_NAME)


def test_a_writer_that_fails_leaves_nothing(store: BookStore) -> None:
    def broken() -> Iterator[pa.RecordBatch]:
        yield from marks(20)
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        store.write("marks", MARKS, broken())

    assert list(store.folder.iterdir()) == []


def test_what_a_killed_writer_left_is_swept_but_a_living_one_is_not(store: BookStore) -> None:
    (store.folder / ".dead.tmp").write_bytes(b"half a book")

    def living() -> Iterator[pa.RecordBatch]:
        yield from marks(7)
        store.write("marks", MARKS, marks(3))
        yield from marks(7)

    book = store.write("marks", MARKS, living())

    assert not (store.folder / ".dead.tmp").exists()
    assert store.rows(book.name) == 14


def test_keys_are_kept_for_their_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "books.json"

    made = BookKeys.create(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert BookKeys.load(path) == made
    assert made.encryption.hex() not in repr(made)
    with pytest.raises(FileExistsError):
        BookKeys.create(path)


@pytest.mark.parametrize(
    "body", [b"", b"{}", b'{"format": 1}', b'{"format":"fangbang-book-keys/1","encryption":"AA==","naming":"AA=="}']
)
def test_a_damaged_key_file_is_refused(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "books.json"
    path.write_bytes(body)

    with pytest.raises(FangbangError) as caught:
        BookKeys.load(path)

    assert caught.value.problem == BAD_KEYS


def test_a_book_with_lists_is_checked_like_any_other(store: BookStore) -> None:
    person = {
        **dict.fromkeys(("ticket", "archive", "name", "doc_type", "doc_number", "level", "category"), "x"),
        **dict.fromkeys(("specialty", "province", "city"), ""),
        "subjects": ["ability", "policy"],
        "subject_tickets": ["x", "x"],
    }
    table = pa.Table.from_pylist([person, {**person, "subjects": [], "subject_tickets": []}], schema=REGISTRATIONS)

    book = store.write("registrations", REGISTRATIONS, table.to_batches())

    store.check(book.name)
    assert store.read(book.name).to_pylist() == table.to_pylist()
