"""The columns of each kind of book. A text that is not known is "", never null; a mark is an exact decimal.

Row orders (they make a book's name a function of its rows, and let a reader walk two books side by side):

* registrations, prior passes: by `doc_number`, then `level`, then `ticket` / `subject`
* marks: by `doc_number`, then `ticket`, then `subject`
* outcomes: as their writer says, documented there
"""

import pyarrow as pa

SHADOW = "~shadow-"
"""How tickets and document numbers of shadow people begin (`adjudication.shadows`). Nobody can have one: no ticket and
no document holds such a sign, so intake lets none in; a row of a book that has one is a fault."""

TEXT: pa.DataType = pa.string()
MARK: pa.DataType = pa.decimal128(9, 3)
YEAR: pa.DataType = pa.int16()
CODE: pa.DataType = pa.int16()

_PERSON = [(name, TEXT) for name in ("ticket", "archive", "name", "doc_type", "doc_number")]
_PLACE = [(name, TEXT) for name in ("level", "category", "specialty", "province", "city")]

REGISTRATIONS = pa.schema(
    [*_PERSON, *_PLACE, ("subjects", pa.list_(TEXT)), ("subject_tickets", pa.list_(TEXT))],
)
"""One row a candidate and level. `subject_tickets` is aligned with `subjects`; all may equal `ticket`."""

MARKS = pa.schema(
    [("ticket", TEXT), ("doc_number", TEXT), ("subject", TEXT), ("mark", MARK), ("code", CODE)],
)
"""One row a subject sat. Exactly one of `mark` and `code` is set. `ticket` is the subject's own ticket."""

PRIOR_PASSES = pa.schema(
    [
        *[(name, TEXT) for name in ("doc_type", "doc_number", "name", "level", "subject")],
        ("year", YEAR),
        ("through", YEAR),
        ("region", TEXT),
        ("specialty", TEXT),
        ("basis", TEXT),
    ],
)
"""Passes of years before this system. `through` null = the rule decides; `basis` = `pass` or `exemption`."""

SUBJECT_OUTCOME = pa.struct(
    [
        ("subject", TEXT),
        ("ticket", TEXT),
        ("mark", MARK),
        ("code", CODE),
        ("full", MARK),
        ("line", MARK),
        ("status", TEXT),
    ],
)
PASS = pa.struct([("subject", TEXT), ("year", YEAR), ("through", YEAR), ("region", TEXT)])

OUTCOMES = pa.schema(
    [
        *_PERSON,
        *_PLACE,
        ("outcome", TEXT),
        ("subjects", pa.list_(SUBJECT_OUTCOME)),
        ("passes", pa.list_(PASS)),
        ("statements", TEXT),
        ("version", pa.int16()),
        ("reason", TEXT),
    ],
)
"""One row a candidate and level of a run. `passes` are those that count after this sitting (region "" = national);
`statements` is canonical JSON `[[code, *args], …]` with codes of `fangbang.exams.vocabulary.StatementCode`."""
