"""`fangbang verify snapshot`: outcome, reasons and exit code, for people and for machines."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from fangbang.cli import main
from fangbang.snapshot.board import anchor_document
from fangbang.snapshot.layout import RECORDS_FILE
from tests.snapshot import samples


@pytest.fixture
def anchor(tmp_path: Path) -> str:
    path = tmp_path / "anchor.json"
    path.write_bytes(anchor_document(samples.SIGNER.public_key()))
    return str(path)


def test_valid_with_an_anchor(sample: Path, anchor: str) -> None:
    result = CliRunner().invoke(main, ["--lang", "en", "verify", "snapshot", str(sample), "--trust", anchor])

    assert (result.exit_code, result.output.splitlines()[0]) == (0, "valid")


def test_cannot_decide_without_an_anchor(sample: Path) -> None:
    result = CliRunner().invoke(main, ["--lang", "zh", "verify", "snapshot", str(sample)])

    assert (result.exit_code, result.output.splitlines()[0]) == (7, "无法判断")
    assert result.output.splitlines()[-1] == "  [signer.no-anchor] header.json: 没有给出信任锚，无法判断由谁签名"


def test_not_valid_as_json_with_the_block(copy: Path, anchor: str) -> None:
    with (copy / RECORDS_FILE).open("r+b") as stream:
        stream.seek(5000)
        stream.write(b"changed")

    result = CliRunner().invoke(main, ["verify", "snapshot", str(copy), "--trust", anchor, "--json"])

    told = json.loads(result.stdout)
    assert (result.exit_code, told["outcome"]) == (6, "not-valid")
    assert {"reason": "block.hash", "file": "records.bin", "place": 1} in told["findings"]


def test_an_anchor_that_is_none_is_a_named_error(sample: Path, tmp_path: Path) -> None:
    path = tmp_path / "anchor.json"
    path.write_text("{}")

    result = CliRunner().invoke(main, ["verify", "snapshot", str(sample), "--trust", str(path)])

    assert result.exit_code == 6
    assert "snapshot.bad-board" in result.stderr
