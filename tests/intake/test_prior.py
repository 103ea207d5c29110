"""Passes of years before this system: the same checks, a book of their own."""

import pytest

from tests.intake.files import Desk, document, prior, write_rows


def take(desk: Desk, *rows: dict[str, str]) -> dict[str, int]:
    path = write_rows(desk.folder / f"prior-{len(list(desk.folder.iterdir()))}.csv", rows)
    return dict(desk.take("prior-passes", path, bad_share=1).findings)


def test_a_pass_and_an_exemption(desk: Desk) -> None:
    take(desk, prior(1, 有效期至="2026", 专业="civil"), prior(2, 依据="免试", 单独划线地区="西藏"))

    first, second = desk.rows("prior-passes")
    assert first == {
        "doc_type": "resident-id", "doc_number": document(1), "name": "张三", "level": "middle", "subject": "ability",
        "year": 2025, "through": 2026, "region": "", "specialty": "civil", "basis": "pass",
    }  # fmt: skip
    assert (second["through"], second["region"], second["basis"]) == (None, "540000", "exemption")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"合格年度": "2026"}, "intake.year-format"),
        ({"合格年度": "去年"}, "intake.year-format"),
        ({"有效期至": "2024"}, "intake.through-format"),
        ({"有效期至": "长期"}, "intake.through-format"),
        ({"依据": "推荐"}, "intake.basis-unknown"),
        ({"单独划线地区": "江南"}, "intake.province-unknown"),
        ({"级别": "初级"}, "intake.subject-unknown"),
        ({"证件号码": "110105194912310021"}, "people.document-check"),
        ({"姓名": "测试"}, "intake.row-test"),
    ],
)
def test_a_bad_record_is_quarantined(desk: Desk, changes: dict[str, str], code: str) -> None:
    if code == "intake.subject-unknown":
        changes = changes | {"科目": "社会工作法规与政策(中级)"}

    assert take(desk, prior(1, **changes), prior(2)) == {code: 1}


def test_records_that_contradict_each_other(desk: Desk) -> None:
    found = take(desk, prior(1), prior(1), prior(2), prior(2, 有效期至="2026"), prior(3))

    assert found == {"intake.pass-twice": 2, "intake.row-repeated": 1}
    assert [row["doc_number"] for row in desk.rows("prior-passes")] == [document(1), document(3)]


def test_an_accepted_record_stays(desk: Desk) -> None:
    take(desk, prior(1))

    found = take(desk, prior(1, 有效期至="2026"), prior(1), prior(2))

    assert found == {"intake.pass-already-accepted": 1, "intake.row-repeated": 1}
    assert [row["through"] for row in desk.rows("prior-passes")] == [None, None]
