"""Any k of n people open what was wrapped for them; fewer do not, and nothing that was touched opens."""

from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from fangbang.core.errors import FangbangError
from fangbang.keeper.quorum import Copy, Person, Quorum, part_of, person_from, unwrap, wrap
from tests.keeper.production import People

SECRET = bytes(range(32))
NAMES = ("li", "wu", "he", "qi", "sun", "mao", "bai")
EVERYBODY = People(*NAMES)


def parts(quorum: Quorum, *names: str) -> dict[str, bytes]:
    return {name: part_of(quorum, name, EVERYBODY.private[name]) for name in names}


@settings(max_examples=60)
@given(st.data())
def test_k_of_n_open_it_and_fewer_do_not(data: st.DataObject) -> None:
    total = data.draw(st.integers(2, 7))
    needed = data.draw(st.integers(2, total))
    come = data.draw(st.permutations(NAMES[:total]))[: data.draw(st.integers(0, total))]
    quorum = wrap(SECRET, "test", EVERYBODY.cards(*NAMES[:total]), needed)

    if len(come) >= needed:
        assert unwrap(quorum, parts(quorum, *come)) == SECRET
    else:
        with pytest.raises(FangbangError) as caught:
            unwrap(quorum, parts(quorum, *come))
        assert caught.value.code == "keeper.quorum-short"


def test_saying_that_fewer_are_needed_opens_nothing() -> None:
    quorum = wrap(SECRET, "test", EVERYBODY.cards("li", "wu", "he"), 3)
    lowered = msgspec.structs.replace(quorum, needed=2)

    with pytest.raises(FangbangError) as caught:
        unwrap(lowered, parts(quorum, "li", "wu"))

    assert caught.value.code == "keeper.quorum-damaged"


def test_one_person_alone_opens_nothing_even_if_the_file_says_one() -> None:
    quorum = wrap(SECRET, "test", EVERYBODY.cards("li", "wu"), 2)
    lowered = msgspec.structs.replace(quorum, needed=1)

    with pytest.raises(FangbangError) as caught:
        unwrap(lowered, parts(quorum, "li"))

    assert caught.value.code == "keeper.quorum-short"


def test_nothing_of_the_secret_or_the_parts_stands_in_the_wrapped_copies() -> None:
    quorum = wrap(SECRET, "test", EVERYBODY.cards("li", "wu", "he"), 2)

    written = msgspec.json.encode(quorum)

    hidden = [SECRET, *parts(quorum, "li", "wu", "he").values()]
    assert [
        item for item in hidden if item in written or b64encode(item) in written or item.hex().encode() in written
    ] == []


def flipped(text: str) -> str:
    data = bytearray(b64decode(text))
    data[-1] ^= 1
    return b64encode(bytes(data)).decode()


def touched_part(quorum: Quorum) -> Quorum:
    return msgspec.structs.replace(quorum, parts={**quorum.parts, "wu": flipped(quorum.parts["wu"])})


def exchanged_part(quorum: Quorum) -> Quorum:
    return msgspec.structs.replace(quorum, parts={**quorum.parts, "wu": quorum.parts["li"]})


def other_purpose(quorum: Quorum) -> Quorum:
    return msgspec.structs.replace(quorum, purpose="other")


def touched_copy(quorum: Quorum) -> Quorum:
    return msgspec.structs.replace(quorum, copies=tuple(Copy(it.members, flipped(it.sealed)) for it in quorum.copies))


def exchanged_copies(quorum: Quorum) -> Quorum:
    first, *rest = quorum.copies
    turned = [*(it.sealed for it in rest), first.sealed]
    copies = tuple(Copy(it.members, sealed) for it, sealed in zip(quorum.copies, turned, strict=True))
    return msgspec.structs.replace(quorum, copies=copies)


@pytest.mark.parametrize(
    ("touch", "code"),
    [
        (touched_part, "keeper.part-wrong"),
        (exchanged_part, "keeper.part-wrong"),
        (other_purpose, "keeper.part-wrong"),
        (touched_copy, "keeper.quorum-damaged"),
        (exchanged_copies, "keeper.quorum-damaged"),
    ],
)
def test_what_was_tampered_with_does_not_open(touch: Callable[[Quorum], Quorum], code: str) -> None:
    quorum = wrap(SECRET, "test", EVERYBODY.cards("li", "wu", "he"), 2)
    assert unwrap(quorum, parts(quorum, "li", "wu")) == SECRET

    with pytest.raises(FangbangError) as caught:
        unwrap(touch(quorum), parts(touch(quorum), "li", "wu"))

    assert caught.value.code == code


def test_a_part_that_is_not_the_officers_is_named() -> None:
    quorum = wrap(SECRET, "test", EVERYBODY.cards("li", "wu"), 2)
    true = parts(quorum, "li", "wu")

    with pytest.raises(FangbangError) as caught:
        unwrap(quorum, {**true, "wu": true["li"]})

    assert (caught.value.code, caught.value.params) == ("keeper.part-wrong", {"name": "wu"})


def test_a_stranger_has_no_part() -> None:
    quorum = wrap(SECRET, "test", EVERYBODY.cards("li", "wu"), 2)

    with pytest.raises(FangbangError) as caught:
        part_of(quorum, "he", EVERYBODY.private["he"])

    assert caught.value.code == "keeper.not-a-member"


@pytest.mark.parametrize(("names", "needed"), [(("li",), 1), (("li", "wu"), 1), (("li", "wu"), 3), ((), 2)])
def test_too_few_people_make_no_quorum(names: tuple[str, ...], needed: int) -> None:
    with pytest.raises(FangbangError) as caught:
        wrap(SECRET, "test", EVERYBODY.cards(*names), needed)

    assert caught.value.code == "keeper.bad-quorum"


def test_one_key_under_two_names_makes_no_quorum() -> None:
    li = EVERYBODY.cards("li")[0]

    with pytest.raises(FangbangError) as caught:
        wrap(SECRET, "test", [li, Person("somebody else", li.public_key)], 2)

    assert caught.value.code == "keeper.bad-quorum"


CARD = {"name": "li", "public_key": X25519PrivateKey.generate().public_key().public_bytes_raw().hex()}


@pytest.mark.parametrize(
    "changes",
    [
        {"name": " "},
        {"name": "a\nb"},
        {"name": None},
        {"public_key": "00"},
        {"public_key": "not hex"},
        {"format": "fangbang-custody-person/2"},
    ],
)
def test_a_bad_card_is_refused(changes: dict[str, Any]) -> None:
    assert person_from(msgspec.json.encode(CARD)).name == "li"

    with pytest.raises(FangbangError) as caught:
        person_from(msgspec.json.encode({**CARD, **changes}))

    assert caught.value.code == "keeper.bad-card"


def test_a_key_that_nothing_can_be_sealed_to_is_refused() -> None:
    with pytest.raises(FangbangError) as caught:
        wrap(SECRET, "test", [*EVERYBODY.cards("li"), Person("low", "00" * 32)], 2)

    assert caught.value.code == "keeper.bad-card"
