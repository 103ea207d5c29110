"""`fangbang keeper`: made once, asked when it is there, named when it is not."""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from fangbang.cli import main


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("FANGBANG_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("FANGBANG_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_init_makes_a_keeper_and_keeps_it(environment: Path) -> None:
    first = CliRunner().invoke(main, ["--json", "keeper", "init"])
    anchor = (environment / "public" / "trust.json").read_bytes()
    again = CliRunner().invoke(main, ["--json", "keeper", "init"])

    assert (first.exit_code, again.exit_code) == (0, 0)
    assert (environment / "public" / "trust.json").read_bytes() == anchor
    assert json.loads(first.stdout)["custody"] == "demo"
    assert (environment / "keeper" / "keys").stat().st_mode & 0o777 == 0o700
    assert (environment / "keeper" / "keys" / "signing.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("option", ["--officer", "--custodian", "--name"])
def test_a_ceremonys_options_are_not_dropped_in_demo_custody(environment: Path, option: str) -> None:
    """Whoever gives them believes that this is in earnest: keys must not lie beside the data unseen."""
    result = CliRunner().invoke(main, ["keeper", "init", option, "a"])

    assert (result.exit_code, "[cli.usage.together]" in result.stderr) == (2, True)
    assert not (environment / "keeper").exists()


def test_status_of_no_keeper_is_unavailable(environment: Path) -> None:
    result = CliRunner().invoke(main, ["keeper", "status"])

    assert result.exit_code == 7
    assert "snapshot.keeper-unreachable" in result.stderr
