"""Derivation: folded alike means found alike; everything else leads elsewhere."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fangbang.core.errors import FangbangError
from fangbang.exams.vocabulary import CredentialKind
from fangbang.snapshot.derive import FIELDS, Deriver, Pepperer, canonical_credential, key_check, subkey
from tests.snapshot.samples import PEPPER, PEPPERER, RELEASE_KEY, SITTING, SNAPSHOT_ID

kinds = st.sampled_from(list(CredentialKind))


@given(kinds, st.text(max_size=20), st.text(max_size=20))
def test_precomputed_pads_give_the_plain_hmac(kind: CredentialKind, one: str, two: str) -> None:
    fields = (one, two)[: len(FIELDS[kind])]

    plain = hmac.digest(PEPPER, canonical_credential(SITTING, kind, fields), hashlib.sha512)

    assert PEPPERER.m(kind, *fields) == plain


@given(st.tuples(st.text("0123456789X", max_size=6), st.text("0123456789X", max_size=6)), st.integers(0, 6))
def test_moving_the_border_between_fields_changes_the_credential(fields: tuple[str, str], border: int) -> None:
    joined = "".join(fields)
    moved = (joined[:border], joined[border:])

    same = PEPPERER.m(CredentialKind.TICKET_DOCUMENT, *fields) == PEPPERER.m(CredentialKind.TICKET_DOCUMENT, *moved)

    assert same == (moved == fields)


@pytest.mark.parametrize("typed", ["11010119900101004x", " 110101 19900101 004X", "110101199001010-04X"])
def test_forgiven_spellings_lead_to_the_same_entry(typed: str) -> None:
    kind = CredentialKind.TICKET_DOCUMENT

    assert PEPPERER.m(kind, "1", typed) == PEPPERER.m(kind, "1", "11010119900101004X")


def test_sitting_kind_pepper_key_and_snapshot_each_lead_elsewhere() -> None:
    kind, fields = CredentialKind.TICKET_DOCUMENT, ("1", "2")
    m = PEPPERER.m(kind, *fields)

    places = {
        Deriver(RELEASE_KEY, SNAPSHOT_ID).place(m),
        Deriver(bytes(32), SNAPSHOT_ID).place(m),
        Deriver(RELEASE_KEY, bytes(16)).place(m),
        Deriver(RELEASE_KEY, SNAPSHOT_ID).place(Pepperer(bytes(32), SITTING).m(kind, *fields)),
        Deriver(RELEASE_KEY, SNAPSHOT_ID).place(Pepperer(PEPPER, "eia-2026").m(kind, *fields)),
        Deriver(RELEASE_KEY, SNAPSHOT_ID).place(PEPPERER.m(CredentialKind.ARCHIVE_DOCUMENT, *fields)),
    }

    assert len({place.address for place in places}) == 6
    assert len({place.key for place in places}) == 6


@pytest.mark.parametrize("fields", [(), ("1",), ("1", "2", "3")])
def test_a_wrong_number_of_fields_is_refused(fields: tuple[str, ...]) -> None:
    with pytest.raises(FangbangError) as fast:
        PEPPERER.m(CredentialKind.TICKET_DOCUMENT, *fields)
    with pytest.raises(FangbangError) as plain:
        canonical_credential(SITTING, CredentialKind.TICKET_DOCUMENT, fields)

    assert fast.value.code == plain.value.code == "snapshot.bad-credential"


def test_subkeys_differ_by_purpose_and_tell_nothing_of_the_key() -> None:
    found = {subkey(RELEASE_KEY, SNAPSHOT_ID, purpose)[:16] for purpose in ("annex", "annex-salt", "key-check")}

    assert len(found) == 3
    assert key_check(RELEASE_KEY, SNAPSHOT_ID) in found
    assert RELEASE_KEY[:16] not in found
