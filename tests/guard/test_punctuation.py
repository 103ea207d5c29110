"""Chinese texts have Chinese punctuation: half-width marks beside Chinese characters read like a machine's output."""

import ast
import re
from collections.abc import Iterator

import pytest
from babel.messages.pofile import read_po

from fangbang.exams.catalogue import load_catalogue
from fangbang.intake.rules import ROW_PROBLEMS, WARNINGS
from tests.guard.source import PACKAGE, ROOT, python_files, tree
from tests.guard.test_problems import everywhere

FORMATS = (
    "证件类型,证件号码,原姓名,现姓名", "证件类型,证件号码", "序号:散列值", "ntp://主机[:端口]",
    "日 {hh}:{mm}", "{time}:{ss}",
)  # fmt: skip
"""What a person types with half-width marks stands in a text as it is typed; so does the time of day."""
CHINESE = re.compile(r"[\u3400-\u9fff]")
HALF_WIDTH = re.compile(r"[\u3400-\u9fff”}）][,;:?!(]|[,;:?!)][\u3400-\u9fff“（]|[\u3400-\u9fff]\)")


def texts() -> dict[str, str]:
    rows = {item.code: item.zh for item in (*ROW_PROBLEMS.values(), *WARNINGS.values())}
    return {**{problem.code: problem.zh for problem in everywhere()}, **rows}


def half_width(text: str) -> bool:
    for form in FORMATS:
        text = text.replace(form, "甲")
    return HALF_WIDTH.search(text) is not None


def test_chinese_texts_of_failures_have_chinese_punctuation() -> None:
    found = texts()

    assert len(found) > 300, "positive control: there are texts to look at"
    assert {code: text for code, text in found.items() if half_width(text)} == {}


def said(node: ast.expr) -> str:
    """A text as written, with {} for what is put in."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr():
            return "".join(said(part) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        case _:
            return ""


def spoken(tree: ast.AST) -> Iterator[str]:
    """What code says in Chinese: by `zh=`, or as the second half of a Phrase."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call):
            yield from (said(part) for word in call.keywords if word.arg == "zh" for part in ast.walk(word.value)
                        if isinstance(part, ast.expr))  # fmt: skip
            if isinstance(call.func, ast.Name) and call.func.id == "Phrase" and len(call.args) == 2:
                yield said(call.args[1])


def test_what_commands_say_in_chinese_has_chinese_punctuation() -> None:
    found = [
        (path.name, text) for path in python_files() for text in spoken(ast.parse(path.read_text())) if half_width(text)
    ]

    assert [*map(half_width, spoken(ast.parse("f(zh=f'已写入 {a}:' + b); Phrase('x', f'{a}(多)')")))].count(True) == 2
    assert found == []


def test_notes_codes_and_sources_of_the_catalogue_have_it_too() -> None:
    catalogue = load_catalogue()
    files = [*catalogue.exams(), *catalogue.families()]
    titles = [source.title for file in files for source in file.sources]
    notes = [item.said("zh") for item in catalogue.unsure()]
    texts = [code.text.zh for file in files for code in file.codes]

    assert min(len(titles), len(notes)) > 20
    assert [text for text in (*titles, *notes, *texts) if half_width(text)] == []


def test_every_note_of_the_catalogue_is_in_both_languages() -> None:
    notes = [item.note for item in load_catalogue().unsure() if item.note]

    assert len(notes) > 20
    assert [note for note in notes if not re.fullmatch(r"[^/]*[\u3400-\u9fff][^/]* / [^。；]+", note)] == []


@pytest.mark.parametrize("room", ["office", "pages"])
def test_chinese_texts_of_pages_have_chinese_punctuation(room: str) -> None:
    with (PACKAGE / room / "translations" / "zh.po").open("rb") as file:
        found = {str(message.id): str(message.string) for message in read_po(file) if message.id}

    assert len(found) > 200, "positive control: there are texts to look at"
    assert {key: text for key, text in found.items() if half_width(text)} == {}


def written(module: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, text) of every string of a file with Chinese in it, line by line."""
    within = {id(part) for item in ast.walk(module) if isinstance(item, ast.JoinedStr) for part in item.values}
    for item in ast.walk(module):
        if isinstance(item, ast.expr) and id(item) not in within and CHINESE.search(text := said(item)):
            yield from ((item.lineno, line.strip()) for line in text.splitlines())


def test_chinese_texts_of_the_command_line_have_chinese_punctuation() -> None:
    found = [(path.name, *place) for path in python_files(PACKAGE / "cli") for place in written(tree(path))]

    assert len(found) > 500, "positive control: there are texts to look at"
    assert [place for place in found if half_width(place[2])] == []


@pytest.mark.parametrize("source", ['f"已写入 {file}({size} 字节)"', '"""作业(列表)。 / Jobs."""', 'help="链(PEM)"'])
def test_half_width_marks_in_code_are_seen(source: str) -> None:
    assert [text for _, text in written(ast.parse(source)) if half_width(text)]


@pytest.mark.parametrize("source", ['"""作业（列表）。 / Jobs (all): a list."""', 'f"{name}:{port}"'])
def test_other_strings_in_code_are_left_alone(source: str) -> None:
    assert [text for _, text in written(ast.parse(source)) if half_width(text)] == []


@pytest.mark.parametrize("name", ["README.zh-CN.md", "docs/office/runbook.zh-CN.md"])
def test_a_chinese_page_has_chinese_punctuation(name: str) -> None:
    text = re.sub(r"`[^`]*`|\]\([^)]*\)", "", (ROOT / name).read_text(encoding="utf-8"))

    assert [line for line in text.splitlines() if HALF_WIDTH.search(line)] == []


@pytest.mark.parametrize(
    "text", ["号码为空,请补全", "文件:不存在", "{file}:不存在", "无效(重复)", "(重复)无效", "已损坏;重存"]
)
def test_half_width_marks_are_seen(text: str) -> None:
    assert HALF_WIDTH.search(text)


@pytest.mark.parametrize(
    "text", ["号码为空，请补全", "-1 至 -9", "FANGBANG_INTAKE_SIZE", "CSV、XLSX 或 DBF", "（重复）", "#REF!"]
)
def test_other_texts_are_left_alone(text: str) -> None:
    assert HALF_WIDTH.search(text) is None


def test_templates_of_the_office_leave_the_colon_to_the_language() -> None:
    between = re.compile(r"\}\}: ?(?:\{\{|\{%)")
    pages = {path.name: path.read_text() for path in (ROOT / "src/fangbang/office/templates").glob("*.html")}

    assert between.search("<h1>{{ t('a') }}: {{ b }}</h1>"), "positive control"
    assert sum("t('list.colon')" in text for text in pages.values()) > 10, "and there are such places"
    assert [name for name, text in pages.items() if between.search(text)] == []
