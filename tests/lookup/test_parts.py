"""Small parts of a node: counters, metrics, access records, request reading."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import generate_latest

from fangbang.lookup.alarms import Alarms, Thresholds
from fangbang.lookup.answers import State
from fangbang.lookup.counters import Counter, Counters, Gauge
from fangbang.lookup.door.hops import Hops
from fangbang.lookup.door.wire import Request
from fangbang.lookup.metrics import NodeCollector, registry
from fangbang.lookup.records import AccessRecords, read_records
from fangbang.lookup.requests import form_of, wish_of


def asked(client: str = "192.0.2.1", headers: dict[str, str] | None = None, query: str = "") -> Request:
    return Request("GET", "/", query, headers or {}, b"", client)


def read_form(body: bytes, kind: str = "application/x-www-form-urlencoded; charset=utf-8") -> dict[str, str] | None:
    return form_of(Request("POST", "/", "", {"content-type": kind}, body, "192.0.2.1"))


# ---- counters and metrics ----


def test_the_rows_of_dead_workers_keep_their_counts(tmp_path: Path) -> None:
    Counters.create(tmp_path / "c")
    code = (
        "import sys; from pathlib import Path; from fangbang.lookup.counters import *;"
        "row = Counters(Path(sys.argv[1])).claim(); row[0] += 3; row[Gauge.SITTINGS_OPEN] = 7"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "c")], check=True)
    counters = Counters(tmp_path / "c")

    row = counters.claim()
    row[0] += 1

    assert (row[0], row[Gauge.SITTINGS_OPEN], row[Gauge.PID]) == (4, 0, os.getpid())
    assert len(counters.rows()) == len(counters.living()) == 1


def test_metrics_add_up_the_workers(tmp_path: Path) -> None:
    Counters.create(tmp_path / "c")
    counters = Counters(tmp_path / "c")
    row = counters.claim()
    row[State.FOUND] = 5
    row[Counter.KEYS_REFUSED] = 2
    row[Gauge.BOARD_ISSUED] = 1000

    text = generate_latest(registry(NodeCollector(counters, lambda: 1012.5, lambda: 7, Alarms(Thresholds())))).decode()

    assert 'fangbang_lookup_answers_total{state="found"} 5.0' in text
    assert "fangbang_lookup_keys_refused_total 2.0" in text
    assert "fangbang_lookup_board_age_seconds 12.5" in text
    assert "fangbang_lookup_workers 1.0" in text
    assert "fangbang_lookup_images_ready 7.0" in text


# ---- access records ----


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.binary(min_size=16, max_size=16)), max_size=20))
def test_records_are_read_as_they_were_written(entries: list[tuple[int, bytes]]) -> None:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        records = AccessRecords(Path(folder), "w")
        for second, hashed in entries:
            records.buffer.extend(second.to_bytes(4, "big") + hashed)

        written = records.append(records.take())
        records.close()

        assert written == len(entries)
        assert read_records(Path(folder) / "w.bin") == entries


def test_a_record_that_a_crash_cut_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "w.bin").write_bytes(b"\0\0\0\1" + b"h" * 16 + b"\0\0")

    assert read_records(tmp_path / "w.bin") == [(1, b"h" * 16)]


def test_records_are_for_the_owner_alone(tmp_path: Path) -> None:
    AccessRecords(tmp_path / "access", "w").close()

    assert (tmp_path / "access").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "access" / "w.bin").stat().st_mode & 0o777 == 0o600


# ---- requests ----


@pytest.mark.parametrize(
    ("query", "cookie", "accepted", "language"),
    [
        ("", "", "", "zh"),
        ("", "", "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("", "", "en-GB,en;q=0.9", "en"),
        ("", "", "de", "en"),
        ("", "", "*", "zh"),
        ("", "a=1; lang=en", "zh-CN", "en"),
        ("lang=zh", "lang=en", "en", "zh"),
        ("lang=xx", "lang=yy", "", "zh"),
    ],
)
def test_the_language_of_a_page(query: str, cookie: str, accepted: str, language: str) -> None:
    wish = wish_of(asked(headers={"cookie": cookie, "accept-language": accepted}, query=query))

    assert wish.language == language


@pytest.mark.parametrize(
    ("accept", "json"), [("", False), ("application/json", True), ("text/html,application/json;q=0.5", False)]
)
def test_the_format_of_an_answer(accept: str, json: bool) -> None:
    assert wish_of(asked(headers={"accept": accept})).json == json


def test_a_form_is_read() -> None:
    assert read_form(b"kind=a&name=%E5%BC%A0") == {"kind": "a", "name": "张"}


@pytest.mark.parametrize("body", [b"a=%FF", "a=张".encode(), b"&".join(b"a%d=1" % n for n in range(40))])
def test_what_is_no_form_of_ours(body: bytes) -> None:
    assert read_form(body) is None


def test_json_is_no_form() -> None:
    assert read_form(b"{}", "application/json") is None


def test_a_forwarded_address_counts_from_a_trusted_proxy_only() -> None:
    forwarded = {"x-forwarded-for": "203.0.113.9, 198.51.100.7"}
    behind = asked("10.0.0.5", forwarded)
    direct = asked("192.0.2.1", forwarded)

    trusting, plain = Hops(("10.0.0.0/8",)).client_of, Hops(()).client_of

    assert trusting(behind) == "198.51.100.7", "the last hop's own word, not the client's"
    assert trusting(direct) == "192.0.2.1"
    assert plain(behind) == "10.0.0.5"
    assert trusting(asked("10.0.0.5", {"x-forwarded-for": "nonsense"})) == "10.0.0.5"
    assert plain(asked("2001:db8::1")) == "2001:db8::1"


def test_more_parameters_than_any_page_has_count_as_none() -> None:
    assert wish_of(asked(query="&".join(["lang=en"] * 17))).query == {}
    assert wish_of(asked(query="lang=en&" + "&".join(["a=1"] * 15))).query == {"lang": "en", "a": "1"}


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=300))
def test_no_query_string_breaks_the_reading(query: str) -> None:
    assert isinstance(wish_of(asked(query=query)).query, dict)
