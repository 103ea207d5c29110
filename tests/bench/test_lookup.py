"""What `bench lookup` does with its outcome."""

import json
from typing import Any

import pytest

from bench import lookup


@pytest.mark.parametrize(("saturated", "code", "recorded"), [(True, 0, 1), (False, 1, 0)])
def test_a_run_on_a_busy_machine_is_told_but_not_recorded(
    saturated: bool, code: int, recorded: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows: list[dict[str, Any]] = []
    monkeypatch.setattr(lookup, "run", lambda *_: {"saturated": saturated})
    monkeypatch.setattr(lookup, "record_lookup", rows.append)

    ended = lookup.main(["--json", "--record"])

    said = capsys.readouterr()
    assert (ended, len(rows)) == (code, recorded)
    assert json.loads(said.out) == {"saturated": saturated}
    assert ("not recorded" in said.err) is not saturated
