"""`fangbang adjudicate withhold`, `agree` and `unwithhold`: within one's reach, as on the pages."""

from pathlib import Path

import pytest

from fangbang.accounts import actions as accounts
from fangbang.adjudication import queries
from fangbang.audit.rules import SYSTEM
from fangbang.books.store import BookStore
from fangbang.core.clock import ManualClock
from fangbang.core.errors import Kind
from tests.accounts.keyed import signed_by
from tests.adjudication import test_cli
from tests.adjudication.office import take_in
from tests.adjudication.test_cli import PEOPLE, refusal, signed, told
from tests.adjudication.world import TIBET

pytestmark = pytest.mark.django_db
books = test_cli.store


def test_a_province_s_approver_withholds_and_agrees_for_that_province_alone(
    books: BookStore, clock: ManualClock, tmp_path: Path
) -> None:
    accounts.add_operator(actor=SYSTEM, operator_id="luo", name="罗桑", roles=["approver"], region=TIBET, clock=clock)
    key = signed_by("luo", tmp_path, clock)
    sitting = take_in(books, clock, 2026, PEOPLE)
    words = ["--reason", "雷同核查", "--basis", "第六条", "--yes"]
    for place, person in enumerate(PEOPLE):
        (tmp_path / f"{place}.txt").write_text(f"{person.ticket}\n", encoding="utf-8")
    beijing, tibet = (["withhold", sitting, str(tmp_path / f"{place}.txt"), *words] for place in (0, 1))

    asks = refusal(clock, "adjudicate", *beijing, "--as", "luo")
    requests = [told(clock, "adjudicate", *ask, "--as", "zhang")["request"] for ask in (beijing, tibet)]
    agrees = refusal(clock, "adjudicate", "agree", requests[0], *key, "--yes")
    refuses = refusal(clock, "adjudicate", "agree", requests[0], "--refuse", *key, "--yes")
    own = told(clock, "adjudicate", "agree", requests[1], *key, "--yes")
    told(clock, "adjudicate", "agree", requests[0], *signed("qian"), "--yes")
    lifts = refusal(clock, "adjudicate", "unwithhold", *beijing[1:], "--as", "luo")

    missing = (Kind.REFUSED.exit_code, "accounts.role-missing")
    assert (asks, agrees, refuses, lifts, own["done"]) == (missing, missing, missing, missing, True)
    assert [item.state for item in queries.withholding_requests(sitting)] == ["agreed", "agreed"]
