"""Salts and proofs of work."""

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fangbang.lookup.challenge import LIFETIME, SALT_CHARACTERS, Salts, is_solved, solve

NOW = 1_790_000_000
SALTS = Salts(b"k" * 32)


@given(st.integers(0, 255))
def test_a_salt_carries_its_price(bits: int) -> None:
    salt = SALTS.issue(NOW, bits)

    assert len(salt) == SALT_CHARACTERS
    assert SALTS.read(salt, NOW)[0] == bits


def test_a_salt_lapses() -> None:
    salt = SALTS.issue(NOW, 16)

    assert SALTS.read(salt, NOW + LIFETIME - 1)[0] == 16
    assert SALTS.read(salt, NOW + LIFETIME)[0] == -1


def test_another_nodes_salt_is_not_ours() -> None:
    assert Salts(b"o" * 32).read(SALTS.issue(NOW, 16), NOW) == (-1, 0)


@given(st.integers(0, SALT_CHARACTERS - 1), st.sampled_from("ABCxyz019-_"))
def test_no_character_of_a_salt_can_be_changed(place: int, letter: str) -> None:
    salt = SALTS.issue(NOW, 16)
    changed = salt[:place] + letter + salt[place + 1 :]

    price = SALTS.read(changed, NOW)[0]

    assert price == (16 if changed == salt else -1) or place == SALT_CHARACTERS - 1


@given(st.text(max_size=40))
def test_any_text_is_no_salt(text: str) -> None:
    assert SALTS.read(text, NOW) == (-1, 0)


@settings(max_examples=20)
@given(st.text(st.characters(codec="ascii", categories=["L", "N"]), max_size=30), st.integers(0, 8))
def test_a_solution_is_a_hash_with_leading_zero_bits(query: str, bits: int) -> None:
    nonce = solve("s", "salt", query, bits)
    digest = int.from_bytes(sha256(f"s.salt.{query}.{nonce}".encode()).digest(), "big")

    assert is_solved(f"s.salt.{query}.{nonce}", bits)
    assert digest >> (256 - bits) == 0


def test_a_solution_of_one_query_is_none_of_another() -> None:
    nonce = solve("s", "salt", "query", 12)

    assert not all(is_solved(f"s.salt.other{number}.{nonce}", 12) for number in range(3))


@pytest.mark.parametrize("bits", [1, 16, 20])
def test_a_hash_with_a_set_bit_is_refused(bits: int) -> None:
    text = next(str(n) for n in range(99) if sha256(str(n).encode()).digest()[0] & 0x80)

    assert not is_solved(text, bits)
