"""The page bundle: one spelling, plain text, notices at their hour; and the files it is written from."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fangbang.core.clock import AUTHORITY_ZONE, to_wire
from fangbang.core.errors import FangbangError
from fangbang.exams.model import Text
from fangbang.pages.bundle import FORMAT, Bundle, Notice, Topic, decode_bundle, encode_bundle
from fangbang.pages.sources import read_sources

HOUR = datetime(2026, 8, 20, 10, tzinfo=AUTHORITY_ZONE)
WORDS = Text("成绩将于十点发布。", "Results come at ten.")


def notice(identity: str = "result-day", at: datetime = HOUR, **changes: Any) -> Notice:
    base: dict[str, Any] = {"id": identity, "title": WORDS, "body": (WORDS,), "not_before": to_wire(at)}
    return Notice(**{**base, **changes})


SAMPLE = Bundle(
    home=(WORDS,),
    help=(Topic("when", Text("何时？", "When?"), (WORDS,)),),
    notices=(notice(), notice("later", HOUR + timedelta(days=1), link="https://www.example.cn/a", sitting="s-2026")),
)
plain = st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=20)
texts = st.builds(Text, plain, plain)
moments = st.timedeltas(timedelta(days=-3000), timedelta(days=3000)).map(lambda later: HOUR + later)
notices = st.builds(
    notice, st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True), moments, title=texts, body=st.tuples(texts)
)
bundles = st.builds(
    Bundle,
    home=st.lists(texts, max_size=3).map(tuple),
    notices=st.lists(notices, max_size=4, unique_by=lambda item: item.id).map(tuple),
)


@given(bundles)
def test_a_bundle_comes_back_from_its_bytes(bundle: Bundle) -> None:
    assert decode_bundle(encode_bundle(bundle)) == bundle


@pytest.mark.parametrize(
    "bundle",
    [
        Bundle(format="fangbang-page-bundle/2"),
        Bundle(home=(Text("", "x"),)),
        Bundle(home=(Text("中", "two\nlines"),)),
        Bundle(home=(Text("中", "turned \u202e round"),)),
        Bundle(home=(Text("中" * 2001, "x"),)),
        Bundle(home=(WORDS,) * 41),
        Bundle(notices=(notice(), notice())),
        Bundle(notices=(notice("Upper"),)),
        Bundle(notices=(notice(body=()),)),
        Bundle(notices=(notice(title=Text("中" * 121, "x")),)),
        Bundle(notices=(notice(link="javascript:alert(1)"),)),
        Bundle(notices=(notice(link="http://plain.example"),)),
        Bundle(notices=(notice(sitting="../x"),)),
        Bundle(notices=(notice(not_before="2026-08-20"),)),
        Bundle(notices=(notice(until=to_wire(HOUR)),)),
        Bundle(help=(Topic("when", WORDS, ()),)),
    ],
)
def test_what_breaks_a_rule_is_neither_written_nor_read(bundle: Bundle) -> None:
    data = msgspec.json.encode(bundle)

    for act in (lambda: encode_bundle(bundle), lambda: decode_bundle(data)):
        with pytest.raises(FangbangError) as caught:
            act()
        assert caught.value.code == "pages.bad-bundle"


@pytest.mark.parametrize(
    "data",
    [
        b"", b"[]", b"{}x", b'{"format":1}', b'{"format":"fangbang-page-bundle/1","more":1}', b"[" * 100_000,
        encode_bundle(SAMPLE).replace(b'"home"', b' "home"'), encode_bundle(SAMPLE) + b"\n",
    ],
)  # fmt: skip
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(FangbangError) as caught:
        decode_bundle(data)

    assert caught.value.code == "pages.bad-bundle"


def test_notices_come_at_their_hour_and_go() -> None:
    bundle = Bundle(notices=(notice("gone", until=to_wire(HOUR + timedelta(hours=1))), notice("stays", HOUR)))

    def ids(at: datetime) -> list[str]:
        return [item.id for item in bundle.due(at)]

    assert ids(HOUR - timedelta(microseconds=1)) == []
    assert ids(HOUR) == ["gone", "stays"]
    assert ids(HOUR + timedelta(hours=1)) == ["stays"]


def test_the_newest_notice_is_first() -> None:
    bundle = Bundle(notices=(notice("old"), notice("new", HOUR + timedelta(days=1))))

    assert [item.id for item in bundle.due(HOUR + timedelta(days=2))] == ["new", "old"]


PAGES = """format = "fangbang-page-sources/1"
[[home]]
zh = "首页"
en = "Home"
[[help]]
id = "when"
question = { zh = "何时？", en = "When?" }
answer = [{ zh = "十点。", en = "At ten." }]
"""
NOTICE = """title = { zh = "公告", en = "Notice" }
body = [{ zh = "正文。", en = "Text." }]
not_before = 2026-08-20T10:00:00
"""


def sources(folder: Path, pages: str = PAGES, text: str = NOTICE) -> Path:
    (folder / "notices").mkdir(parents=True)
    (folder / "pages.toml").write_text(pages, encoding="utf-8")
    (folder / "notices" / "result-day.toml").write_text(text, encoding="utf-8")
    return folder


def test_sources_become_a_bundle(tmp_path: Path) -> None:
    bundle = read_sources(sources(tmp_path / "texts"))

    assert (bundle.format, bundle.home, bundle.help[0].id) == (FORMAT, (Text("首页", "Home"),), "when")
    assert [(item.id, item.not_before, item.until) for item in bundle.notices] == [
        ("result-day", "2026-08-20T02:00:00.000000Z", None)
    ]


def test_a_zone_of_its_own_is_kept(tmp_path: Path) -> None:
    text = NOTICE.replace("10:00:00", "10:00:00Z") + "until = 2026-09-01T00:00:00+08:00\n"

    found = read_sources(sources(tmp_path / "texts", text=text)).notices[0]

    assert (found.not_before, found.until) == ("2026-08-20T10:00:00.000000Z", "2026-08-31T16:00:00.000000Z")


@pytest.mark.parametrize(
    ("pages", "text", "file"),
    [
        ("format = 1", NOTICE, "pages.toml"),
        (PAGES + "colour = 1\n", NOTICE, "pages.toml"),
        (PAGES, "title = 1", "result-day.toml"),
        (PAGES, "not toml", "result-day.toml"),
    ],
)
def test_a_bad_source_is_named(tmp_path: Path, pages: str, text: str, file: str) -> None:
    with pytest.raises(FangbangError) as caught:
        read_sources(sources(tmp_path / "texts", pages, text))

    assert (caught.value.code, caught.value.params["file"]) == ("pages.bad-source", file)


def test_a_folder_without_sources_is_named(tmp_path: Path) -> None:
    with pytest.raises(FangbangError) as caught:
        read_sources(tmp_path)

    assert caught.value.params["file"] == "pages.toml"
