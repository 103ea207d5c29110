"""Operators: who may do what, and whose signatures count."""

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from fangbang.accounts import actions, queries
from fangbang.accounts.problems import (
    BAD_OPERATOR_ID,
    BAD_PROOF,
    BAD_ROLES,
    CLASHING_ROLES,
    KEY_TAKEN,
    NAME_MISSING,
    NOT_A_SIGNING_KEY,
    OPERATOR_EXISTS,
    OPERATOR_RETIRED,
    ROLE_MISSING,
    UNKNOWN_KEY,
    UNKNOWN_OPERATOR,
    WEAK_PASSPHRASE,
    WRONG_PASSPHRASE,
)
from fangbang.accounts.rules import Role, check_operator, check_roles, create_key, open_key, prove_possession
from fangbang.audit import queries as audit
from fangbang.audit.rules import SYSTEM
from fangbang.core.clock import ManualClock
from fangbang.core.errors import FangbangError, Problem
from fangbang.release.rules import load_trust

PASSPHRASE = "correct horse battery"


def refusal(act: Callable[[], object]) -> Problem:
    """The problem that an act is refused with."""
    with pytest.raises(FangbangError) as caught:
        act()
    return caught.value.problem


def add(clock: ManualClock, operator_id: str = "wang", *roles: str) -> None:
    """Enter an operator, by default an approver."""
    actions.add_operator(actor=SYSTEM, operator_id=operator_id, name="王芳", roles=roles or ("approver",), clock=clock)


def enrol(clock: ManualClock, key: Ed25519PrivateKey, operator_id: str = "wang", *, proof: bytes | None = None) -> str:
    """Enrol a key for an operator, by default with the right proof."""
    return actions.enrol_key(
        actor=SYSTEM,
        operator_id=operator_id,
        public_key=key.public_key().public_bytes_raw(),
        proof=prove_possession(key, operator_id) if proof is None else proof,
        clock=clock,
    )


def test_a_key_opens_with_its_passphrase_only() -> None:
    key, pem = create_key(PASSPHRASE)

    assert open_key(pem, PASSPHRASE).private_bytes_raw() == key.private_bytes_raw()
    assert refusal(lambda: open_key(pem, PASSPHRASE + " ")) == WRONG_PASSPHRASE
    assert refusal(lambda: open_key(pem, "")) == WRONG_PASSPHRASE


def test_a_short_passphrase_is_refused() -> None:
    assert refusal(lambda: create_key("12345678901")) == WEAK_PASSPHRASE


def test_other_files_are_no_signing_keys() -> None:
    plain = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    curve = generate_private_key(SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(PASSPHRASE.encode())
    )

    for pem in (b"", plain, curve):
        assert refusal(lambda pem=pem: open_key(pem, PASSPHRASE)) == NOT_A_SIGNING_KEY  # type: ignore[misc]


@given(st.text() | st.text("abz09.-A_ é", max_size=40))
def test_an_operator_id_is_plain_or_refused(text: str) -> None:
    plain = text[:1].islower() and 2 <= len(text) <= 32 and set(text) <= set("abcdefghijklmnopqrstuvwxyz0123456789.-")

    if plain and text.isascii():
        check_operator(text, "王芳")
    else:
        assert refusal(lambda: check_operator(text, "王芳")) == BAD_OPERATOR_ID


def test_an_operator_has_a_name() -> None:
    assert refusal(lambda: check_operator("wang", " ")) == NAME_MISSING


@given(st.sets(st.sampled_from(Role), min_size=1))
def test_nobody_brings_in_and_approves_and_administrators_and_auditors_do_nothing_else(roles: set[Role]) -> None:
    alone = roles & {Role.ADMINISTRATOR, Role.AUDITOR}
    clashes = {Role.IMPORTER, Role.APPROVER} <= roles or bool(alone and len(roles) > 1)

    if clashes:
        assert refusal(lambda: check_roles(roles)) == CLASHING_ROLES
    else:
        assert check_roles(roles) == roles


@pytest.mark.parametrize("roles", [(), ("king",), ("approver", "king")])
def test_unknown_roles_are_refused(roles: tuple[str, ...]) -> None:
    assert refusal(lambda: check_roles(roles)) == BAD_ROLES


@pytest.mark.django_db
def test_an_enrolled_key_is_trusted_with_its_owners_roles(clock: ManualClock) -> None:
    add(clock, "wang", "approver", "adjudicator")
    key, _ = create_key(PASSPHRASE)

    key_id = enrol(clock, key)

    trusted = queries.trusted_keys()
    assert list(trusted) == [key_id]
    assert trusted[key_id].operator == "wang"
    assert trusted[key_id].roles == {"approver", "adjudicator"}
    assert load_trust(queries.trust_file()) == trusted
    assert [entry.event for entry in audit.entries()] == ["accounts.operator-added", "accounts.key-enrolled"]


@pytest.mark.django_db
def test_only_its_holder_enrols_a_key_and_only_once(clock: ManualClock) -> None:
    add(clock, "wang")
    add(clock, "zhao")
    key, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()

    assert refusal(lambda: enrol(clock, key, proof=prove_possession(other, "wang"))) == BAD_PROOF
    assert refusal(lambda: enrol(clock, key, proof=prove_possession(key, "zhao"))) == BAD_PROOF
    enrol(clock, key)
    assert refusal(lambda: enrol(clock, key)) == KEY_TAKEN
    assert refusal(lambda: enrol(clock, key, "zhao")) == KEY_TAKEN
    assert refusal(lambda: enrol(clock, other, "nobody")) == UNKNOWN_OPERATOR


@pytest.mark.django_db
def test_a_retired_key_counts_no_longer_and_never_again(clock: ManualClock) -> None:
    add(clock)
    key = Ed25519PrivateKey.generate()
    key_id = enrol(clock, key)

    actions.retire_key(actor=SYSTEM, identity=key_id, reason="lost", clock=clock)
    actions.retire_key(actor=SYSTEM, identity=key_id, reason="lost", clock=clock)

    assert queries.trusted_keys() == {}
    assert refusal(lambda: enrol(clock, key)) == KEY_TAKEN
    assert refusal(lambda: actions.retire_key(actor=SYSTEM, identity="0", reason="", clock=clock)) == UNKNOWN_KEY
    assert audit.head().seq == 3


@pytest.mark.django_db
def test_who_leaves_takes_all_their_keys_along(clock: ManualClock) -> None:
    add(clock, "wang")
    add(clock, "zhao")
    enrol(clock, Ed25519PrivateKey.generate(), "wang")
    enrol(clock, Ed25519PrivateKey.generate(), "wang")
    stays = enrol(clock, Ed25519PrivateKey.generate(), "zhao")

    actions.retire_operator(actor=SYSTEM, operator_id="wang", clock=clock)
    before = audit.head()
    actions.retire_operator(actor=SYSTEM, operator_id="wang", clock=clock)

    assert list(queries.trusted_keys()) == [stays]
    assert audit.head() == before
    assert refusal(lambda: queries.acting("wang", Role.APPROVER)) == OPERATOR_RETIRED
    assert refusal(lambda: enrol(clock, Ed25519PrivateKey.generate(), "wang")) == OPERATOR_RETIRED
    assert refusal(lambda: add(clock, "wang")) == OPERATOR_EXISTS


@pytest.mark.django_db
def test_roles_decide_who_acts(clock: ManualClock) -> None:
    add(clock, "wang", "approver")

    assert queries.acting("wang", Role.APPROVER, Role.ADJUDICATOR).id == "wang"
    assert refusal(lambda: queries.acting("wang", Role.IMPORTER)) == ROLE_MISSING
    assert refusal(lambda: queries.acting("nobody")) == UNKNOWN_OPERATOR
    actions.change_roles(actor=SYSTEM, operator_id="wang", roles=["adjudicator"], clock=clock)
    actions.change_roles(actor=SYSTEM, operator_id="wang", roles=["adjudicator"], clock=clock)
    assert refusal(lambda: queries.acting("wang", Role.APPROVER)) == ROLE_MISSING
    assert audit.head().seq == 2


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_staff_takes_two_queries_however_long(
    clock: ManualClock, count: int, django_assert_num_queries: Callable[..., object]
) -> None:
    for number in range(count):
        add(clock, f"wang{number}")

    with django_assert_num_queries(2):  # type: ignore[attr-defined]
        assert len(queries.operators()) == count
