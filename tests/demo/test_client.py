"""The client that asks like a candidate: its work is what the node accepts."""

import json
from base64 import urlsafe_b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fangbang.cli.demo.client import Ask, Crowd, prepare, solve
from fangbang.lookup.challenge import Salts, is_solved

KEY = b"k" * 32


@pytest.mark.parametrize("bits", [0, 1, 8, 12])
def test_work_is_what_the_node_checks(bits: int) -> None:
    nonce = solve("sitting.salt.query.", bits)

    assert is_solved(f"sitting.salt.query.{nonce}", bits)


def test_a_prepared_query_carries_salt_nonce_and_query() -> None:
    salts = Salts(KEY)
    salt = salts.issue(now=1_000_000, bits=6)
    ask = Ask("document-name", ("898955198102154507", "张龘明"))

    header = prepare("social-worker-2026", ask, salt, 6).header

    sent, nonce, query = header.split(".")
    assert salts.read(sent, now=1_000_000)[0] == 6
    assert is_solved(f"social-worker-2026.{sent}.{query}.{nonce}", 6)


@given(st.lists(st.text(max_size=20), min_size=1, max_size=3))
def test_a_query_survives_its_coding(fields: list[str]) -> None:
    coded = Ask("ticket-document", tuple(fields)).coded

    assert json.loads(urlsafe_b64decode(coded + "=" * (-len(coded) % 4))) == ["ticket-document", *fields]
    assert "=" not in coded


def test_a_crowd_comes_from_many_networks() -> None:
    """A node counts persons by network: 200 of a crowd share one, as people behind one address would."""
    parts = Crowd("127.0.0.1", 1, "s").by_address(list(range(450)))

    sources = [client.source for client, _ in parts]
    assert [list(part) for _, part in parts] == [list(range(200)), list(range(200, 400)), list(range(400, 450))]
    assert sources == ["127.1.0.1", "127.1.1.1", "127.1.2.1"]
