"""Centres and helplines are data: dated, sourced, and never invented."""

import re
from pathlib import Path

import pytest

from fangbang.core.errors import FangbangError
from fangbang.pages.contacts import Centre, Contacts, Helpline, load_contacts
from fangbang.pages.site import Card, Site
from fangbang.pages.texts import texts
from fangbang.pages.wording import centre_line, helpline_line

KINDS = {"ticket-document": ("ticket", "document"), "document-name": ("document", "name")}
CARD = Card("s-2026", {"zh": "考试", "en": "Exam"}, 2026, "published", kinds=KINDS)
SAMPLE = """
format = "fangbang-contacts/1"

[[sources]]
id = "notice"
title = "样例公告"
seen_at = ["example.test/notice"]

[[centres]]
region = "110000"
name = { zh = "样例市人事考试中心", en = "Sample Examination Centre" }
address = { zh = "样例路 1 号", en = "1 Sample Road" }
phone = ["010-00000000", "010-00000001"]
hours = { zh = "工作日 9:00 至 17:00", en = "Weekdays 9:00 to 17:00" }
notice_url = "https://example.test/notice"
as_of = 2026-10-01
source = ["notice"]

[[centres]]
region = "120000"
name = { zh = "另一人事考试中心", en = "Other Examination Centre" }
as_of = 2026-10-01
source = ["notice"]

[[helplines]]
id = "psychological-aid"
name = { zh = "样例热线", en = "the sample line" }
phone = "000"
hours = { zh = "全天", en = "all day" }
as_of = 2026-10-01
source = ["notice"]
"""


def folder(root: Path, text: str) -> Path:
    (root / "contacts").mkdir()
    (root / "contacts" / "sample.toml").write_text(text, "utf-8")
    return root


@pytest.fixture
def sample(tmp_path: Path) -> Contacts:
    return load_contacts(folder(tmp_path, SAMPLE))


def test_the_shipped_table_names_no_centres_telephone() -> None:
    shipped = load_contacts()

    assert [centre.phone for centre in shipped.centres.values()] == [()]
    assert shipped.national is not None
    assert shipped.national.unsure
    assert shipped.provincial == ()


def test_every_shipped_entry_names_its_source() -> None:
    shipped = load_contacts()

    entries: list[Centre | Helpline] = [*shipped.centres.values(), *shipped.helplines.values()]
    assert all(shipped.cited(entry) for entry in entries)


def test_the_authoritys_files_add_and_replace(sample: Contacts) -> None:
    assert [centre.region for centre in sample.provincial] == ["110000", "120000"]
    assert sample.helplines["psychological-aid"].phone == "000"
    assert sample.national == load_contacts().national


def test_a_folder_without_contacts_changes_nothing(tmp_path: Path) -> None:
    assert load_contacts(tmp_path) == load_contacts()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("fangbang-contacts/1", "fangbang-contacts/2"),
        ('region = "110000"', 'region = "110001"'),
        ('source = ["notice"]', 'source = ["nowhere"]'),
        ('source = ["notice"]', "source = []"),
        ("as_of = 2026-10-01\n", ""),
        ("https://example.test/notice", "javascript:alert(1)"),
        ("hours =", "hour ="),
        ("[[centres]]", "[[centres"),
    ],
)
def test_a_wrong_file_is_refused_by_name(tmp_path: Path, old: str, new: str) -> None:
    with pytest.raises(FangbangError, match=r"sample\.toml"):
        load_contacts(folder(tmp_path, SAMPLE.replace(old, new, 1)))


def test_a_centre_in_one_sentence(sample: Contacts) -> None:
    known, bare = sample.provincial

    assert centre_line(texts("zh"), known) == (
        "您报考地的人事考试机构：样例市人事考试中心。"
        "样例路 1 号；电话 010-00000000；电话 010-00000001；工作日 9:00 至 17:00（信息日期：2026年10月1日）。"
    )
    assert "以当地人事考试机构公告为准" in centre_line(texts("zh"), bare)


def test_the_helpline_in_one_sentence(sample: Contacts) -> None:
    assert helpline_line(texts("zh"), sample).endswith("可以拨打样例热线 000（全天）。")
    assert helpline_line(texts("en"), sample).endswith("You can call the sample line, 000 (all day).")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_without_data_no_number_is_named(language: str) -> None:
    assert not re.search(r"\d", helpline_line(texts(language), Contacts()))


def test_the_way_without_a_ticket_ends_with_the_centres(sample: Contacts) -> None:
    page = Site(contacts=sample).forgot("zh", CARD).decode()

    assert "北京市：样例市人事考试中心" in page
    assert "010-00000000、010-00000001" in page
    assert 'href="https://example.test/notice" rel="external noreferrer"' in page
    assert "信息日期：2026年10月1日。来源：样例公告。" in page
    assert page.count("地址、电话、办公时间：以当地人事考试机构公告为准。") == 2, "the other and the national centre"
    assert "准：河北省、" in page


def test_without_data_the_page_says_whose_word_holds() -> None:
    page = Site(contacts=Contacts()).forgot("zh", CARD).decode()

    assert "请以当地人事考试机构公告为准：北京市、天津市" in page
    assert "电话" not in page


def test_the_ways_that_the_exam_allows_are_offered() -> None:
    one = Card("s-2026", CARD.exam, 2026, "published", kinds={"ticket-document": ("ticket", "document")})

    assert 'href="/score/s-2026?by=document-name"' in Site().forgot("zh", CARD).decode()
    assert "目前只支持" in Site().forgot("zh", one).decode()
    assert "请先选择考试" in Site().forgot("zh").decode()
