import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fangbang.core.canonical import canonical_json, content_hash, length_prefixed

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def split(data: bytes) -> list[bytes]:
    """Inverse of `length_prefixed`: a parser exists, so the joining is unambiguous."""
    fields = []
    while data:
        size = int.from_bytes(data[:4], "big")
        fields.append(data[4 : 4 + size])
        data = data[4 + size :]
    return fields


@given(st.lists(st.binary(max_size=40), max_size=6))
def test_length_prefixed_fields_can_be_told_apart(fields: list[bytes]) -> None:
    assert split(length_prefixed(fields)) == fields


def test_moving_a_byte_between_fields_changes_the_bytes() -> None:
    assert length_prefixed([b"ab", b"c"]) != length_prefixed([b"a", b"bc"])


def test_canonical_json_is_the_spelling_of_rfc_8785() -> None:
    value = {"b": [1, None, True], "a": "社会工作者\n", "\ufb33": "", "€": ""}

    assert canonical_json(value) == '{"a":"社会工作者\\n","b":[1,null,true],"€":"","\ufb33":""}'.encode()


@given(json_values)
def test_canonical_json_survives_a_round_trip(value: object) -> None:
    once = canonical_json(value)

    assert canonical_json(json.loads(once)) == once


@given(st.dictionaries(st.text(), st.integers(0, 9), min_size=2))
def test_the_order_of_keys_does_not_matter(value: dict[str, int]) -> None:
    backwards = dict(reversed(value.items()))

    assert content_hash(backwards) == content_hash(value)


@pytest.mark.parametrize("value", [60.0, [60.0], {"mark": 60.0}, {"marks": [("ability", 59.5)]}], ids=repr)
def test_a_float_is_refused_wherever_it_hides(value: object) -> None:
    with pytest.raises(TypeError, match="decimal string"):
        canonical_json(value)


def test_content_hash_is_sha256_of_the_canonical_bytes() -> None:
    assert content_hash({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
