"""The canary scanner finds what is planted, in every encoding, on disk and in memory; else its zero says nothing."""

import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest

from fangbang.simulate.canaries import (
    DOCUMENT,
    ENCODINGS,
    KEY,
    MARK,
    NAME,
    TICKET,
    Canaries,
    Findings,
    Scanner,
    processes_below,
    scan_files,
    scan_memory,
)
from fangbang.snapshot.record import Record, SubjectLine, encode

CANARIES = Canaries(
    tickets=frozenset({"2666100000001"}),
    documents=frozenset({"898955198102154507"}),
    names=("张龘明", "欧阳龘"),
    subjects=("ability", "policy"),
    year=2026,
    secrets=(bytes(range(100, 132)),),
)
PLAIN = "证件 898955198102154507 准考证 2666100000001 姓名 张龘明"
RECORD = Record(
    "张龘明", "8989************07", "2666100000001", "660000", "", "junior", "full", "", "not-passed",
    (SubjectLine("ability", "", "59", None, "60", "not-passed"),), (),
)  # fmt: skip
NOTHING = {TICKET: 0, DOCUMENT: 0, NAME: 0, MARK: 0, KEY: 0}


def searched(data: bytes) -> Findings:
    findings = Findings()
    Scanner(CANARIES).scan_stream([data], "here", findings)
    return findings


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_text_is_found_in_every_encoding(encoding: str) -> None:
    found = searched(b"\x00\x01" + PLAIN.encode(encoding) + b"\xff")

    assert found.counts() == {TICKET: 1, DOCUMENT: 1, NAME: 1, MARK: 0, KEY: 0}


def test_an_unsealed_record_is_found_by_its_mark_too() -> None:
    found = searched(b"....." + encode(RECORD) + b"\x00" * 9)

    assert found.counts() == {TICKET: 1, DOCUMENT: 0, NAME: 1, MARK: 1, KEY: 0}


def test_an_answer_is_found_by_its_mark_too() -> None:
    body = b'{"subjects":[{"subject":"policy","ticket":"x","mark":"61.5","code":null}]}'

    assert searched(body).counts()[MARK] == 1


@pytest.mark.parametrize("spell", [bytes, lambda key: key.hex().encode(), b64encode])
def test_a_release_key_is_found_however_it_is_written(spell: Callable[[bytes], bytes]) -> None:
    assert searched(b"x" * 99 + spell(CANARIES.secrets[0]) + b"y").counts()[KEY] == 1


def test_a_number_inside_a_longer_run_of_digits_is_found() -> None:
    assert searched(b"2626661000000019").counts()[TICKET] == 1


def test_what_lies_across_a_border_is_found() -> None:
    data, findings = PLAIN.encode(), Findings()

    Scanner(CANARIES).scan_stream([data[:16], data[16:70], data[70:]], "here", findings)

    assert findings.counts() == {TICKET: 1, DOCUMENT: 1, NAME: 1, MARK: 0, KEY: 0}


@pytest.mark.parametrize(
    "innocent",
    [b"", b"2666100000002 898955198102154508", "龘 alone, 张三 and 60 marks".encode(), b'"mark":null', bytes(4096)],
)
def test_nothing_is_found_where_nothing_is(innocent: bytes) -> None:
    assert searched(innocent).counts() == NOTHING


def test_every_file_is_read_hidden_and_nested_ones_and_names_of_files(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / ".hidden").write_bytes(b"x" * 10_000 + "张龘明".encode("utf-16-le"))
    (tmp_path / "2666100000001.txt").write_bytes(b"")
    findings = Findings()

    files = scan_files(Scanner(CANARIES), [tmp_path], findings)

    assert files == 2
    assert findings.counts() == {TICKET: 1, DOCUMENT: 0, NAME: 1, MARK: 0, KEY: 0}
    assert set(findings.places) == {".hidden", "name of 2666100000001.txt"}


HOLDER = """
import os, sys
form = sys.argv[1]
kept = "".join(chr(int(part)) for part in sys.argv[2].split(","))
if form == "bytes": kept = kept.encode()
print(os.getpid(), flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("form", ["text", "bytes"])
def test_memory_of_a_living_process_is_read(form: str) -> None:
    """The positive control of the embargo's memory scan: a process that does hold a canary, as text or as bytes."""
    codes = ",".join(str(ord(letter)) for letter in "张龘明的准考证号是2666100000001")
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, form, codes], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    findings = Findings()
    try:
        process.stdout.readline()
        scan_memory(Scanner(CANARIES), [process.pid], findings)
    finally:
        process.stdin.close()
        process.wait()

    assert findings.unreadable == []
    assert (findings.counts()[TICKET], findings.counts()[NAME]) == (1, 1)
    assert findings.bytes_read > 1_000_000


def test_a_process_that_cannot_be_read_is_named() -> None:
    findings = Findings()

    scan_memory(Scanner(CANARIES), [2**22 + 1], findings)

    assert findings.unreadable == [str(2**22 + 1)]


def test_descendants_are_found() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert child.stdin
    try:
        assert child.pid in processes_below(os.getpid())
    finally:
        child.stdin.close()
        child.wait()
