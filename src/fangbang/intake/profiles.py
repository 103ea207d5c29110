"""Profiles: which column of a file holds which field, and which words stand for what. TOML, or built in; `EXAMPLE`
shows every field (docs/reference/files.md)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from fangbang.core.errors import FangbangError, Phrase
from fangbang.intake.problems import AMBIGUOUS_HEADER, BAD_PROFILE, MISSING_COLUMN, NO_FILE
from fangbang.intake.quarantine import ADDED

FORMAT = "fangbang-profile/1"
EXAMPLE = """\
format = "fangbang-profile/1"
kind = "marks"                 # registrations | marks | prior-passes
form = "wide"                  # long: a row a subject (default) · wide: a column a subject
columns = { ticket = "考号", doc_number = "证件" }      # field = column, in place of the usual names
constants = { year = "2026" }                           # fields that no column holds
subjects = { ability = "综合能力", practice = "实务" }  # wide: subject = its column
ignored = ["备注"]             # columns that are known and not read
absent = ["缺考", "缺"]        # words for code -1
blank = "refuse"               # wide: an empty cell is an error (default), or "skip": not registered for it
delimiter = "|"                # between subjects in one cell of a registration
sheets = ["成绩"]              # workbooks: these sheets only (default: all that hold data)
"""


@dataclass(frozen=True)
class Field:
    """A field of a kind of file: its usual headers, and whether a file must have it."""

    headers: tuple[str, ...]
    needed: bool = True


FIELDS: Mapping[str, Mapping[str, Field]] = {
    "registrations": {
        "ticket": Field(("准考证号", "准考证号码", "ticket")),
        "archive": Field(("档案号", "报名序号", "archive"), needed=False),
        "name": Field(("姓名", "考生姓名", "name")),
        "doc_type": Field(("证件类型", "doc_type")),
        "doc_number": Field(("证件号码", "身份证号", "身份证号码", "证件号", "doc_number")),
        "level": Field(("级别", "考试级别", "level")),
        "category": Field(("报考级别", "报考类别", "免试类型", "category")),
        "specialty": Field(("专业", "报考专业", "specialty"), needed=False),
        "province": Field(("省份", "省", "考区", "province")),
        "city": Field(("地市", "市", "city"), needed=False),
        "subjects": Field(("报考科目", "科目", "subjects")),
        "subject_tickets": Field(("科目准考证号", "subject_tickets"), needed=False),
        "year": Field(("年度", "考试年度", "year"), needed=False),
    },
    "marks": {
        "ticket": Field(("准考证号", "准考证号码", "ticket")),
        "doc_number": Field(("证件号码", "身份证号", "身份证号码", "证件号", "doc_number")),
        "subject": Field(("科目", "科目名称", "考试科目", "subject")),
        "mark": Field(("成绩", "分数", "得分", "mark")),
        "name": Field(("姓名", "考生姓名", "name"), needed=False),
        "absent": Field(("缺考标记", "缺考", "absent"), needed=False),
        "year": Field(("年度", "考试年度", "year"), needed=False),
    },
    "prior-passes": {
        "doc_type": Field(("证件类型", "doc_type")),
        "doc_number": Field(("证件号码", "身份证号", "身份证号码", "证件号", "doc_number")),
        "name": Field(("姓名", "考生姓名", "name")),
        "level": Field(("级别", "考试级别", "level")),
        "subject": Field(("科目", "科目名称", "合格科目", "subject")),
        "earned": Field(("合格年度", "年度", "earned")),
        "through": Field(("有效期至", "有效年度", "through"), needed=False),
        "region": Field(("单独划线地区", "地区", "region"), needed=False),
        "specialty": Field(("专业", "报考专业", "specialty"), needed=False),
        "basis": Field(("依据", "basis"), needed=False),
    },
}
"""Kind → field → the column names seen in such files."""


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How to read one sender's files."""

    kind: Literal["registrations", "marks", "prior-passes"]
    format: Literal["fangbang-profile/1"] = "fangbang-profile/1"
    form: Literal["long", "wide"] = "long"
    columns: dict[str, str] = {}
    constants: dict[str, str] = {}
    subjects: dict[str, str] = {}
    ignored: tuple[str, ...] = ()
    absent: tuple[str, ...] = ("缺考", "absent")
    blank: Literal["refuse", "skip"] = "refuse"
    delimiter: str = "|"
    sheets: tuple[str, ...] = ()

    def resolve(self, name: str, header: Sequence[str]) -> dict[str, str]:
        """Field → column of this file. MISSING_COLUMN or AMBIGUOUS_HEADER, naming the columns, if that fails."""
        found: dict[str, str] = {}
        missing: list[str] = []
        for field, usual in FIELDS[self.kind].items():
            if field in self.constants or (self.form == "wide" and field in ("subject", "mark")):
                continue
            wanted = (self.columns[field],) if field in self.columns else usual.headers
            present = [column for column in wanted if column in header]
            if len(present) > 1:
                raise FangbangError(AMBIGUOUS_HEADER, file=name, first=present[0], second=present[1])
            if present:
                found[field] = present[0]
            elif usual.needed or field in self.columns:
                missing.append(wanted[0])
        missing += [column for column in self.subjects.values() if column not in header]
        if missing:
            raise FangbangError(
                MISSING_COLUMN,
                file=name,
                columns="、".join(missing),
                found="、".join(column or "?" for column in header),
            )
        return found | {f"subject/{subject}": column for subject, column in self.subjects.items()}

    def unread(self, columns: Mapping[str, str], header: Sequence[str]) -> list[str]:
        """Columns of the file that nothing reads and the profile does not say to ignore: told to the operator."""
        known = {*columns.values(), *self.ignored, *ADDED, ""}
        return [column for column in header if column not in known]


def load_profile(path: Path) -> Profile:
    """Read a profile; BAD_PROFILE, naming the place, for anything that does not fit."""
    try:
        profile = msgspec.toml.decode(path.read_bytes(), type=Profile)
    except OSError as error:
        raise FangbangError(NO_FILE, file=path.name) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FangbangError(BAD_PROFILE, file=path.name, reason=str(error)) from error
    unknown = sorted({*profile.columns, *profile.constants} - set(FIELDS[profile.kind]))
    if unknown:
        named = ", ".join(unknown)
        raise FangbangError(
            BAD_PROFILE, file=path.name, reason=Phrase(f"unknown field {named}", f"没有这样的字段 {named}")
        )
    if (profile.form == "wide") != bool(profile.subjects) or (profile.form == "wide" and profile.kind != "marks"):
        raise FangbangError(
            BAD_PROFILE,
            file=path.name,
            reason=Phrase(
                "wide marks files, and only they, name their subjects", "宽表成绩文件才须列明科目，其他文件不得列明"
            ),
        )
    return profile


def profile_text(profile: Profile) -> str:
    """The profile as TOML, for `load_profile` to read again. What is as usual is left out."""
    lines = [f"format = {_text(profile.format)}", f"kind = {_text(profile.kind)}", f"form = {_text(profile.form)}"]
    usual = default_profile(profile.kind)
    for name in ("ignored", "absent", "sheets"):
        if getattr(profile, name) != getattr(usual, name):
            lines.append(f"{name} = [{', '.join(map(_text, getattr(profile, name)))}]")
    for name in ("blank", "delimiter"):
        if getattr(profile, name) != getattr(usual, name):
            lines.append(f"{name} = {_text(getattr(profile, name))}")
    for name in ("columns", "constants", "subjects"):
        pairs = getattr(profile, name)
        lines += ["", f"[{name}]", *(f"{key} = {_text(value)}" for key, value in pairs.items())] if pairs else []
    return "\n".join(lines) + "\n"


def _text(text: str) -> str:
    """A TOML string: JSON's escapes are TOML's."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def default_profile(kind: str) -> Profile:
    """The built-in profile of a kind: usual Chinese headers, long form."""
    return msgspec.convert({"kind": kind}, Profile)
