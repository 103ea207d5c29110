"""One person's result as the candidate sees it: the same record, the same answer and the same sentences as the public
query gives, made from a row of the outcome book. No key of any snapshot has a part in it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
import pyarrow as pa
from django.conf import settings

from fangbang.adjudication.queries import rules_of
from fangbang.books.schemas import OUTCOMES
from fangbang.core.clock import to_wire
from fangbang.keeper.rows import RowReader
from fangbang.lookup.answers import record_json
from fangbang.pages.contacts import load_contacts
from fangbang.pages.result import View, result_view
from fangbang.pages.texts import texts
from fangbang.pages.wording import sitting_words
from fangbang.project.stores import exam_catalogue


def result_of(
    row: Mapping[str, Any], sitting: str, language: str, *, released: datetime, releases: Sequence[datetime] = ()
) -> View:
    """What the result page says of a row. `released`: when it was, or would be, published; `releases`: when results of
    this sitting were published so far."""
    rules = rules_of(sitting, exam_catalogue(settings.EXAMS))
    t = texts(language)
    title = t("sitting.title", exam=rules.exam_name.get(language), year=rules.year)
    words = sitting_words(t, title, rules, load_contacts(settings.EXAMS), [to_wire(at) for at in releases])
    batch = pa.RecordBatch.from_pylist([dict(row)], schema=OUTCOMES)
    wire = next(RowReader({"": ()}).rows(batch)).wire
    return result_view(msgspec.json.decode(record_json(wire)), words, to_wire(released))
