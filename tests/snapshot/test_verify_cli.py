"""`fangbang verify snapshot`: outcome, reasons and exit code, for people and for machines."""

import hashlib
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


def test_an_anchor_that_is_none_is_a_named_error_and_no_verdict(sample: Path, tmp_path: Path) -> None:
    """Exit code 6 would say that the snapshot is not valid."""
    path = tmp_path / "anchor.json"
    path.write_text("{}")

    result = CliRunner().invoke(main, ["--lang", "en", "verify", "snapshot", str(sample), "--trust", str(path)])

    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr == "Error [snapshot.bad-anchor] The trust anchor anchor.json cannot be used: malformed\n"


def test_the_announced_hash_is_read_as_a_notice_prints_it(sample: Path, anchor: str) -> None:
    digest = hashlib.sha256((sample / "header.json").read_bytes()).hexdigest().upper()
    printed = " ".join(digest[at : at + 8] for at in range(0, 64, 8))

    result = CliRunner().invoke(main, ["verify", "snapshot", str(sample), "--trust", anchor, "--header", printed])

    assert (result.exit_code, result.output.splitlines()[0]) == (0, "有效")


@pytest.mark.parametrize("typed", ["", "0" * 63, "g" * 64, "０" * 64])
def test_what_is_no_hash_is_a_named_error_and_no_verdict(sample: Path, anchor: str, typed: str) -> None:
    result = CliRunner().invoke(main, ["verify", "snapshot", str(sample), "--trust", anchor, "--header", typed])

    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr == "错误 [cli.bad-hash] --header 须为 64 位十六进制的 SHA-256\n"


@pytest.mark.parametrize("typed", ["412", "412:", "x:9f2c", "-1:9f2c", "²:9f2c"])
def test_what_is_no_head_of_a_log_is_not_said_of_the_log(tmp_path: Path, typed: str) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text("{}\n")

    result = CliRunner().invoke(main, ["verify", "audit", str(log), "--anchor", typed])

    assert (result.exit_code, "[cli.bad-anchor]" in result.stderr) == (3, True)


@pytest.mark.parametrize("content", [b"", b"[]\n", b"\xff\n", b"[" * 100_000])
def test_what_is_no_exported_log_is_named(tmp_path: Path, content: bytes) -> None:
    log = tmp_path / "log.jsonl"
    log.write_bytes(content)

    result = CliRunner().invoke(main, ["verify", "audit", str(log)])

    assert (result.exit_code, "[audit.not-an-export]" in result.stderr) == (3, True)
