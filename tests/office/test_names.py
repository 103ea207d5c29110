"""Pages speak of exams, files, checks, levels and events by their names, never by an id alone."""

import pytest

from fangbang.core.clock import ManualClock
from fangbang.office.web import called, covers, missing
from fangbang.pages.texts import LANGUAGES, texts
from fangbang.project.naming import Names, known_catalogue
from fangbang.release.rules import Scope
from tests.office.desk import Desk, enter

PACKAGE = "fangbang.office"


@pytest.mark.parametrize(
    ("sitting", "language", "told"),
    [
        ("social-worker-2026", "zh", "2026年度社会工作者"),
        ("social-worker-2026", "en", "Social worker 2026"),
        ("no-such-exam-2026", "zh", "no-such-exam-2026"),
        ("x-²", "zh", "x-²"),
        ("social-worker-²⁰²⁶", "zh", "social-worker-²⁰²⁶"),
        (f"social-worker-{'9' * 5000}", "en", f"social-worker-{'9' * 5000}"),
    ],
)
def test_a_sitting_is_called_as_candidates_read_it(sitting: str, language: str, told: str) -> None:
    assert called(sitting, language) == told


@pytest.mark.parametrize(
    ("scope", "told"),
    [
        (Scope(), "全国"),
        (Scope(("110000", "460000")), "北京市、海南省"),
        (Scope((), ("junior", "middle")), "全国 · 初级、中级"),
    ],
)
def test_a_scope_is_told_by_names(scope: Scope, told: str) -> None:
    assert covers(texts("zh", PACKAGE), "social-worker-2026", scope) == told


@pytest.mark.parametrize(
    ("part", "zh", "en"),
    [
        (("no-file", "marks"), "缺少文件\uff1a成绩", "No file yet: marks"),
        (("red", "states"), "检查未通过\uff1a没有不可能的状态", "Red check: No impossible states"),
        (("red", "a-new-check"), "检查未通过\uff1aa-new-check", "Red check: a-new-check"),
        (("unconfirmed", "460000"), "尚未确认\uff1a海南省", "Not confirmed yet: Hainan"),
        (("approvals", 1), "还差 1 人签名", "1 more must sign"),
    ],
)
def test_what_a_step_lacks_is_told_by_names(part: tuple[str | int, ...], zh: str, en: str) -> None:
    assert [missing(texts(language, PACKAGE), part) for language in LANGUAGES] == [zh, en]


def test_findings_name_subjects_and_places() -> None:
    names = Names(known_catalogue(None), "social-worker-2026", "zh")

    told = names.told_in(("spike-in-place", "junior/ability", "460000", "60"))

    assert told == ["spike-in-place", "初级 · 社会工作综合能力(初级)", "海南省", "60"]
    assert names.subject_of_any("ability") == "社会工作综合能力(初级) / 社会工作综合能力(中级)"
    assert names.subject_of_any("nothing") == "nothing"


@pytest.mark.django_db
def test_the_log_is_read_in_words(clock: ManualClock) -> None:
    enter(clock, "sun", "auditor")

    page = Desk(clock).seat("sun").get("/audit?lang=zh").content.decode()

    assert '<td>登记工作人员<br><code class="small">accounts.operator-added</code></td>' in page
    assert '<option value="desk.preview-shown">查看公布前预览 (desk.preview-shown)</option>' in page
