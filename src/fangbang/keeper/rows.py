"""Outcome rows → what the snapshot stores: the record's wire bytes and the credentials that lead to it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from fangbang.exams.vocabulary import CredentialKind
from fangbang.keeper.namesakes import Namesakes
from fangbang.people.rules import birth_date, mask_document
from fangbang.snapshot.buckets import Item
from fangbang.snapshot.derive import Pepperer
from fangbang.snapshot.record import LAYOUT, encode_wire, outcome_number, status_number, wire_statement

_CACHE_LIMIT = 200_000
_COLUMNS = (
    "ticket", "archive", "name", "doc_type", "doc_number", "level", "category", "specialty", "province", "city",
    "outcome", "statements", "version", "reason",
)  # fmt: skip

SubjectParts = tuple[str, str, str | None, int | None, str | None, int | str]
Credential = tuple[CredentialKind, str, str]


class Row(NamedTuple):
    """One candidate of one level: the main credential first, then every further one."""

    document: str
    credentials: tuple[Credential, ...]
    wire: bytes


def to_item(row: Row, pepperer: Pepperer) -> Item:
    """The row as the writer takes it."""
    m = pepperer.m
    first, *further = row.credentials
    return Item(m(*first), row.wire, tuple([m(*credential) for credential in further]))


def plain_mark(text: str | None) -> str | None:
    """A mark's decimal string without trailing zeros: 85.500 → 85.5, 60.000 → 60."""
    if text is None:
        return None
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass
class RowReader:
    """Turns batches of an outcome book into rows, repeating no work that repeats: explanations are cached.

    `kinds`: province → the credential kinds that open a result there ("" = every other province). `namesakes` of the
    book: who may be found by name and birth date; None where no province offers that.
    """

    kinds: dict[str, tuple[CredentialKind, ...]]
    namesakes: Namesakes | None = None
    _statements: dict[str, msgspec.Raw] = field(default_factory=dict)

    def rows(self, batch: pa.RecordBatch) -> Iterator[Row]:
        columns = [batch.column(name).to_pylist() for name in _COLUMNS]
        subjects = _subjects(batch.column("subjects"), batch.column("ticket"))
        for values in zip(subjects, *columns, strict=True):
            own, ticket, archive, name, doc_type, document, level, category, specialty, province, city = values[:11]
            outcome, statements, version, reason = values[11:]
            wire = encode_wire(
                (
                    LAYOUT,
                    name,
                    mask_document(document),
                    ticket,
                    province,
                    city,
                    level,
                    category,
                    specialty,
                    outcome_number(outcome),
                    own,
                    self._raw_statements(statements),
                    version,
                    reason,
                )
            )
            credentials = self._credentials(ticket, archive, name, document, province, own)
            if self.namesakes is not None:
                credentials += self._by_birth(self.namesakes, name, birth_date(doc_type, document))
            yield Row(document, tuple(credentials), wire)

    @staticmethod
    def _by_birth(namesakes: Namesakes, name: str, birth: str) -> list[Credential]:
        return [(CredentialKind.NAME_BIRTH, name, birth)] if birth and namesakes.finds(name, birth) else []

    def _credentials(
        self, ticket: str, archive: str, name: str, document: str, province: str, own: Sequence[SubjectParts]
    ) -> list[Credential]:
        found: list[Credential] = [(CredentialKind.TICKET_DOCUMENT, ticket, document)]
        kinds = self.kinds.get(province) or self.kinds[""]
        if CredentialKind.DOCUMENT_NAME in kinds:
            found.append((CredentialKind.DOCUMENT_NAME, document, name))
        if CredentialKind.ARCHIVE_DOCUMENT in kinds and archive:
            found.append((CredentialKind.ARCHIVE_DOCUMENT, archive, document))
        if further := {part[1] for part in own if part[1]}:
            found.extend((CredentialKind.TICKET_DOCUMENT, other, document) for other in sorted(further))
        return found

    def _raw_statements(self, text: str) -> msgspec.Raw:
        raw = self._statements.get(text)
        if raw is None:
            if len(self._statements) >= _CACHE_LIMIT:
                self._statements.clear()
            statements = msgspec.json.decode(text or "[]", type=list[list[str | int]])
            raw = msgspec.Raw(encode_wire([wire_statement(statement) for statement in statements]))
            self._statements[text] = raw
        return raw


def _subjects(column: Any, tickets: Any) -> Iterator[list[SubjectParts]]:
    """For each row of a list<struct> array its subjects as they go on the wire: marks as plain decimal strings, the
    ticket "" where it is the row's own in `tickets`."""
    lengths = pc.fill_null(pc.list_value_length(column), 0).to_pylist()
    values = column.flatten()
    children = dict(zip([child.name for child in values.type], values.flatten(), strict=True))
    main = tickets.take(pc.list_parent_indices(column))
    marks: dict[str | None, str | None] = {}
    for name in ("mark", "line"):
        for text in pc.unique(children[name].cast(pa.string())).to_pylist():
            marks[text] = plain_mark(text)
    parts = list(
        zip(
            children["subject"].to_pylist(),
            pc.if_else(pc.equal(children["ticket"], main), "", children["ticket"]).to_pylist(),
            [marks[text] for text in children["mark"].cast(pa.string()).to_pylist()],
            children["code"].to_pylist(),
            [marks[text] for text in children["line"].cast(pa.string()).to_pylist()],
            [status_number(word) for word in children["status"].to_pylist()],
            strict=True,
        )
    )
    first = 0
    for length in lengths:
        yield parts[first : first + length]
        first += length
