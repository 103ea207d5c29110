"""Passes: for one query, for five minutes, telling nothing."""

from hypothesis import given
from hypothesis import strategies as st

from fangbang.lookup.passes import LIFETIME, SUFFICED, Query

NOW = 1_790_000_000
KEY = b"k" * 32
FIELDS = ["20260100", "110101190003070011"]

queries = st.tuples(
    st.sampled_from(["a-2026", "b-2026"]), st.sampled_from(["x", "y"]), st.lists(st.text(max_size=6), max_size=3)
)


def query(key: bytes = KEY) -> Query:
    return Query(key, "sitting", "ticket-document", FIELDS)


def test_a_pass_is_good_for_its_query_until_it_lapses() -> None:
    given_out = query().grant(SUFFICED, NOW + LIFETIME)

    assert query().read(given_out, NOW) == (SUFFICED, NOW + LIFETIME)
    assert query().read(given_out, NOW + LIFETIME - 1) == (SUFFICED, NOW + LIFETIME)
    assert query().read(given_out, NOW + LIFETIME) == (0, 0)


@given(one=queries, other=queries, level=st.integers(0, 255))
def test_a_pass_for_another_query_is_none(
    one: tuple[str, str, list[str]], other: tuple[str, str, list[str]], level: int
) -> None:
    text = Query(KEY, *one).grant(level, NOW + 1)

    read = Query(KEY, *other).read(text, NOW)

    assert read == ((level, NOW + 1) if one == other else (0, 0))


def test_fields_do_not_run_into_each_other() -> None:
    one, other = Query(KEY, "s", "k", ["ab", "c"]), Query(KEY, "s", "k", ["a", "bc"])

    assert other.read(one.grant(1, NOW + 9), NOW) == (0, 0)
    assert one.cookie != other.cookie


@given(place=st.integers(0, 27), letter=st.sampled_from("ABCxyz019-_"))
def test_no_character_of_a_pass_can_be_changed(place: int, letter: str) -> None:
    text = query().grant(1, NOW + 9)
    changed = text[:place] + letter + text[place + 1 :]

    assert (query().read(changed, NOW) == (1, NOW + 9)) == (changed == text)


def test_another_nodes_pass_is_none() -> None:
    assert query().read(query(b"x" * 32).grant(1, NOW + 9), NOW) == (0, 0)


@given(st.text(max_size=40))
def test_anything_else_is_no_pass(text: str) -> None:
    assert query().read(text, NOW) == (0, 0)


def test_neither_pass_nor_cookie_name_tells_whom_was_asked_for() -> None:
    told = query().cookie + query().grant(1, NOW + 9)

    assert [field for field in FIELDS if field in told] == []
    assert query().cookie != query(b"x" * 32).cookie, "without the node's key the name cannot be computed"
