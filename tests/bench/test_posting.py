"""The bench of posting tells answers from silence."""

from pathlib import Path

import pytest

from bench.posting import CONNECTIONS, Asker, one_round

pytestmark = pytest.mark.slow


def test_nobody_is_answered_before_the_key_and_everybody_after_it(tmp_path: Path) -> None:
    seen = one_round(tmp_path, workers=2)

    assert seen["early"] == 0
    assert len(seen["opened"]) == CONNECTIONS


def test_an_address_where_nobody_listens_is_silence() -> None:
    asker = Asker(1, b"GET / HTTP/1.1\r\n\r\n")

    assert asker.ask() == ""
