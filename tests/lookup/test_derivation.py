"""The hot path's derivation gives the bytes of the normative one."""

from hypothesis import given
from hypothesis import strategies as st

from fangbang.exams.vocabulary import CredentialKind
from fangbang.lookup.derivation import FoldedPepperer
from fangbang.snapshot.derive import FIELDS, Pepperer

PEPPERS = st.binary(min_size=32, max_size=32)


@given(PEPPERS, st.sampled_from(list(CredentialKind)), st.lists(st.text(max_size=64), min_size=2, max_size=2))
def test_the_same_bytes(pepper: bytes, kind: CredentialKind, typed: list[str]) -> None:
    fields = [fold(text) for fold, text in zip(FIELDS[kind], typed, strict=False)]

    assert FoldedPepperer(pepper, "s-2026").m(kind, fields) == Pepperer(pepper, "s-2026").m(kind, *fields)
