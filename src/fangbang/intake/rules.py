"""What can be wrong with one row, and how a cell becomes a value. Codes are stable; texts are for the operator.

The checks over whole columns are in `cells.py`, `marks.py`, `joining.py` and `registrations.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from fangbang.core.errors import Problem
from fangbang.intake.manifest import build_manifest, sign_manifest
from fangbang.people import problems as people

__all__ = ["ROW_PROBLEMS", "RowProblem", "build_manifest", "mark_text", "safe_cell", "sign_manifest", "unsafe_cell"]

NUMBER_FIELDS = ("ticket", "archive", "doc_number", "subject_tickets")
"""Fields that look like numbers and are none: a leading zero counts, and an X may stand at the end."""
FORMULA_START = "=+-@\t\r\n\0"
MOST_OF_A_FILE = Decimal("0.5")
"""Share of bad rows from which on a file is refused as a whole: columns are swapped, or it is the wrong file."""


@dataclass(frozen=True)
class RowProblem:
    """One thing that can be wrong with a row."""

    code: str
    zh: str
    en: str


def _from_people(problem: Problem) -> RowProblem:
    return RowProblem(problem.code, problem.zh, problem.en)


_OWN = (
    # the shape of the row
    ("row-columns", "这一行的列数与表头不同", "The row has another number of columns than the header"),
    ("row-quotes", "单元格内有换行（引号不成对会把几行并成一行）", "The cell has a line break: lone quotes join rows"),
    ("row-garbled", "内容是乱码（曾以错误的编码保存）", "The text is garbled (saved in a wrong encoding before)"),
    ("row-formula", "单元格内是公式", "The cell holds a formula"),
    ("row-spreadsheet", "号码被电子表格改成了科学计数法", "A spreadsheet turned the number into scientific notation"),
    (
        "cell-number",
        "号码在文件中存为数字（前导零、末位 X 或末几位可能已丢失），请设为文本后重新导出",
        "The number is stored as a numeric cell: leading zeros, the X or last digits may be lost; export it as text",
    ),
    ("cell-error", "单元格内是错误值（如 #REF!）", "The cell holds an error value such as #REF!"),
    ("cell-memo", "备注型字段的内容在另一文件中，无法接收", "The content of a memo field lies in another file"),
    ("row-test", "这是测试数据", "This is a test row"),
    ("row-swapped", "两列的内容对调了（姓名与证件号码，或准考证号与证件号码）", "Two columns were swapped"),
    ("row-repeated", "与已有的一行完全相同，不必改正", "The row repeats one that is there: nothing to mend"),
    ("row-year", "年度不是本场次的年度", "The year is not that of this sitting"),
    # registrations
    ("ticket-format", "准考证号为空或格式不对", "The ticket number is blank or malformed"),
    ("archive-format", "档案号格式不对", "The archive number is malformed"),
    ("level-unknown", "级别不在本场次中", "The level is not part of this sitting"),
    ("category-unknown", "报考级别不在该级别中", "The category is not part of the level"),
    ("specialty-unknown", "专业不在目录中", "The specialty is not in the catalogue"),
    ("province-unknown", "省份无法识别", "The province is not known"),
    ("subjects-blank", "没有报考科目", "No subject is named"),
    ("subject-unknown", "科目不在该级别中", "The subject is not part of the level"),
    ("subject-twice", "同一科目出现两次", "A subject is named twice"),
    ("subject-not-owed", "该报考级别不需要考此科目", "The category does not owe this subject"),
    ("subject-tickets", "科目准考证号的个数与科目不符", "There are not as many subject tickets as subjects"),
    ("text-too-long", "内容过长", "The text is too long"),
    ("ticket-two-people", "同一准考证号属于两个人（或两次报名）", "One ticket number stands for two registrations"),
    ("person-two-tickets", "同一人在同一级别有两个准考证号", "One person has two ticket numbers at one level"),
    (
        "person-two-registrations",
        "同一人同一级别的两次报名内容不同",
        "Two registrations of one person at one level differ",
    ),
    ("document-two-names", "同一证件号码对应两个姓名", "One document number goes with two names"),
    ("already-registered", "此人此级别的报名已在先前批次中接收", "This registration was accepted in an earlier batch"),
    # marks
    ("mark-blank", "没有成绩，也没有结果代码", "There is neither a mark nor a result code"),
    ("mark-format", "成绩不是数字", "The mark is not a number"),
    ("mark-decimals", "成绩的小数超过三位", "The mark has more than three decimals"),
    ("mark-and-absent", "既有成绩又标为缺考", "There is a mark, and the row says absent"),
    ("code-unknown", "结果代码超出 -1 至 -9（可能丢了小数点或多了负号）", "The result code is not between -1 and -9"),
    ("mark-above-full", "成绩高于满分", "The mark is above the full mark"),
    ("mark-off-step", "成绩不是计分单位的倍数", "The mark is not a multiple of the score step"),
    ("marks-not-registered", "此证件号码没有报名记录", "No registration has this document number"),
    (
        "marks-other-ticket",
        "准考证号与证件号码不属于同一报名（可能串行）",
        "Ticket and document are not of one registration",
    ),
    (
        "ticket-of-neighbour",
        "准考证号与相邻行相同，证件号码却不同（可能粘贴串行）",
        "The ticket is that of the neighbouring row, with another document: pasted one row off",
    ),
    (
        "rows-shifted",
        "连续多行的准考证号整体错开一行",
        "Ticket numbers of several rows in turn are shifted by one row",
    ),
    ("marks-last-year", "此准考证号与证件号码是上一场次的", "Ticket and document are those of the sitting before"),
    ("marks-subject-not-registered", "此人没有报考该科目", "The person did not register for this subject"),
    ("marks-other-name", "姓名与报名记录不同", "The name differs from the registration"),
    ("marks-twice", "同一科目有两个不同的成绩", "One subject has two different marks"),
    ("mark-already-accepted", "该科目成绩已在先前批次中接收", "This mark was accepted in an earlier batch"),
    # prior passes
    ("year-format", "年度不对", "The year is malformed or not before this sitting"),
    ("through-format", "有效期止年度不对", "The last valid year is malformed or before the year of the pass"),
    ("basis-unknown", "依据应为“合格”或“免试”", "The basis is neither pass nor exemption"),
    ("pass-twice", "同一科目同一年度有两条不同的记录", "Two records of one subject and year differ"),
    ("pass-already-accepted", "该记录已在先前批次中接收", "This record was accepted in an earlier batch"),
)

_PEOPLE = (
    people.DOCUMENT_TYPE,
    people.DOCUMENT_BLANK,
    people.DOCUMENT_SPREADSHEET,
    people.DOCUMENT_OLD,
    people.DOCUMENT_LENGTH,
    people.DOCUMENT_CHARACTERS,
    people.DOCUMENT_REGION,
    people.DOCUMENT_FORMAT,
    people.DOCUMENT_BIRTH,
    people.DOCUMENT_CHECK,
    people.NAME_BLANK,
    people.NAME_LENGTH,
    people.NAME_CHARACTERS,
)

ROW_PROBLEMS: Mapping[str, RowProblem] = {
    problem.code: problem
    for problem in (
        *(RowProblem(f"intake.{code}", zh, en) for code, zh, en in _OWN),
        *(_from_people(problem) for problem in _PEOPLE),
    )
}
"""Every problem a row can have, by code."""


WARNINGS: Mapping[str, RowProblem] = {
    warning.code: warning
    for warning in (
        RowProblem(
            "people.region-unknown",
            "证件号码开头的地区代码不在现行代码中（已接收，请留意）",
            "The region code of the document number is not in use (accepted all the same)",
        ),
        RowProblem("intake.dbf-deleted", "DBF 中标为删除的记录（未读取）", "DBF records marked as deleted (not read)"),
    )
}
"""What an operator is told though no row is refused for it, by code."""


def mark_text(thousandths: int) -> str:
    """A mark in thousandths as the shortest exact decimal text: 59500 → "59.5"."""
    sign, whole = ("-" if thousandths < 0 else ""), abs(thousandths)
    text = f"{whole // 1000}.{whole % 1000:03d}".rstrip("0").rstrip(".")
    return f"{sign}{text}"


def safe_cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula; plain numbers (a result code -1) stay as they are."""
    number = text[:1] in ("+", "-") and text[1:].replace(".", "", 1).isdigit()
    if text and text[0] in FORMULA_START and not number:
        return f"'{text}"
    return f"'{text}" if text.startswith("'") else text


def unsafe_cell(text: str) -> str:
    """Inverse of `safe_cell`: what a mended quarantine file meant."""
    return text[1:] if text.startswith("'") else text
