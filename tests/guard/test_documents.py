"""The documents say what is there: generated pages are current, the map names every room, links lead somewhere."""

import re
import tomllib
from pathlib import Path

import pytest

from docs.generate import PAGES, require_test
from fangbang.core.settings import SETTINGS
from tests.guard.source import ROOT, rooms

WRITTEN = sorted(
    path
    for pattern in ("*.md", "docs/*.md", "docs/adr/*.md", "docs/office/*.md", "docs/reference/*.md")
    for path in ROOT.glob(pattern)
)


def section(text: str, title: str) -> str:
    """What stands below a heading of level two."""
    return text.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def folders(text: str) -> set[str]:
    """The folder names in the first column of a table."""
    return set(re.findall(r"^\| `(\w+)/` \|", text, re.MULTILINE))


def dead_links(path: Path) -> list[str]:
    """Relative links of a page that lead nowhere."""
    targets = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", path.read_text(encoding="utf-8"))
    return [target for target in targets if not (path.parent / target).exists()]


def shape(path: Path) -> list[str]:
    """The skeleton of a page, language apart: heading levels, table rows, check boxes, commands and pictures."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        mark = re.match(r"(#+ |\||- \[ \]|```|!\[)", line)
        if mark:
            picture = re.search(r"images/office/\w+/([\w-]+)\.png", line)
            found.append(picture.group(1) if picture else mark.group(1).strip())
    return found


def test_both_runbooks_have_the_same_steps_and_pictures() -> None:
    english, chinese = (shape(ROOT / "docs/office" / name) for name in ("runbook.md", "runbook.zh-CN.md"))

    assert len(english) > 60
    assert english == chinese


def test_every_picture_is_small_and_shown_somewhere() -> None:
    pages = "".join(path.read_text(encoding="utf-8") for path in WRITTEN)
    pictures = sorted((ROOT / "docs/images").rglob("*.png"))

    assert len(pictures) > 10
    assert [path.name for path in pictures if path.relative_to(ROOT / "docs").as_posix() not in pages] == []
    assert [path.name for path in pictures if path.stat().st_size > 150_000] == []


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_current(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == PAGES[name](), "run ./dev docs"


def test_every_setting_is_documented() -> None:
    page = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")

    assert [setting.name for setting in SETTINGS if f"`FANGBANG_{setting.name}`" not in page] == []


@pytest.mark.parametrize("name", ["tests/none.py", "tests/guard/test_documents.py::test_none"])
def test_evidence_cannot_name_a_test_that_does_not_exist(name: str) -> None:
    with pytest.raises(LookupError, match=re.escape(name)):
        require_test(name)


def test_every_control_has_a_test_and_a_positive_control() -> None:
    controls = tomllib.loads((ROOT / "docs/controls.toml").read_text(encoding="utf-8"))["control"]
    identities = [control["id"] for control in controls]

    assert identities == sorted(set(identities))
    assert [control["id"] for control in controls if not (control["tests"] and control["positive"])] == []


def test_the_map_names_every_room_and_no_other() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")

    assert folders(section(page, "Stage map")) == rooms()
    assert folders(section(page, "Rooms to come")) & rooms() == set()


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(path: Path) -> None:
    assert dead_links(path) == []


def test_the_link_detector_sees_a_dead_one(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("[a](page.md) [b](https://example.org/x) [c](gone.md#part) [d](#here)")

    assert dead_links(page) == ["gone.md"]


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_readme_gives_the_two_commands(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")

    assert "./dev demo" in text
    assert "./dev test" in text


def test_both_readmes_tell_the_same_figures_and_commands() -> None:
    millions = re.compile(r"\d{1,3}(?:,000){2,}|\d,000 万")  # which Chinese counts by ten thousands
    figures = re.compile(r"\d+\.\d+ ?%?|1/\d+|\d{1,3}(?:,\d{3})+|`\./dev [^`]+`|`fangbang [^`]+`")
    english, chinese = (
        [
            found.replace(" ", "")
            for found in figures.findall(millions.sub("", (ROOT / name).read_text(encoding="utf-8")))
        ]
        for name in ("README.md", "README.zh-CN.md")
    )

    assert len(english) > 12
    assert english == chinese


def test_every_decision_is_one_page_with_the_same_parts() -> None:
    parts = ["Context", "Options", "Decision", "Consequences"]
    pages = sorted(ROOT.glob("docs/adr/[0-9]*.md"))

    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    assert [page.name for page in pages if re.findall(r"^## (.*)$", page.read_text(), re.MULTILINE) != parts] == []
