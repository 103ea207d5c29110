"""The exam file's format, `fangbang-exam/1`: what stands in a TOML file, before a year is chosen.

Every rule says in which exam years it holds (`from`, `until`, both inclusive, absent = open), how well it is known
(`status`) and where it was read (`source`, ids of the file's own `sources` or of its family's). Of several rules
for the same thing the last one in the file whose years fit is taken. A family file holds what many exams share.
Numbers with a fraction are written as strings, so that they stay exact.
"""

from decimal import Decimal
from typing import Literal

import msgspec

from fangbang.exams.model import CertificateForm, Effect, ReviewCause, Scope, Source, Status, SubjectKind, Text, side
from fangbang.exams.rounding import Rounding
from fangbang.exams.vocabulary import CredentialKind

FORMAT = "fangbang-exam/1"


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every dated rule carries."""

    status: Status
    source: tuple[str, ...]
    first: int | None = msgspec.field(name="from", default=None)
    until: int | None = None
    note: str = ""
    """What a reader should know of it, "中文 / English"."""

    def said(self, language: str) -> str:
        """The note in one language."""
        return side(self.note, language)

    def holds_in(self, year: int) -> bool:
        """Whether the rule is in force in that exam year."""
        return (self.first is None or self.first <= year) and (self.until is None or year <= self.until)


class NameRule(Rule, frozen=True, kw_only=True):
    """The subject's name in some years: ids stay, names change."""

    zh: str
    en: str


class PaperRule(Rule, frozen=True, kw_only=True):
    """A paper design: full mark and score step belong to exam, year and subject. Where no source states the step or the
    rounding, the field is left out: whole points and no rounding are taken then, and `unsure` says so."""

    full: Decimal
    kind: SubjectKind
    step: Decimal | None = None
    rounding: Rounding | None = None

    @property
    def marked_in(self) -> Decimal:
        """The step that holds."""
        return Decimal(1) if self.step is None else self.step

    @property
    def rounded(self) -> Rounding:
        """The rounding that holds."""
        return self.rounding or Rounding()


class CategoryRule(Rule, frozen=True, kw_only=True):
    """A registration category."""

    id: str
    name: Text
    owes: tuple[str, ...]
    window: int


class LineRule(Rule, frozen=True, kw_only=True):
    """A pass line: a share of the full mark or a value, for all subjects or some, everywhere or in some regions.

    reach `full`: the line itself. reach `regional`: a second, lower line whose pass is valid only in the region.
    Without `share` and `value` the lines of those years are announced later.
    A regional line whose regions no source names stands in the file but is applied only when announced.
    """

    share: Decimal | None = None
    value: Decimal | None = None
    subjects: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    reach: Literal["full", "regional"] = "full"


class CodeRule(Rule, frozen=True, kw_only=True):
    """A result code. What no rule defines stays undefined."""

    code: int
    text: Text
    scope: Scope
    effect: Effect
    basis: str = ""


class PanelRule(Rule, frozen=True, kw_only=True):
    """A pass leads to an expert panel; the proof lasts `years` (absent: without end)."""

    years: int | None = None


class CertificateRule(Rule, frozen=True, kw_only=True):
    """What a pass of this level leads to: the kind of certificate and the forms in which the holder gets it."""

    kind: Text | None = None
    forms: tuple[CertificateForm, ...] = ()


class ReviewRule(Rule, frozen=True, kw_only=True):
    """Days in which a review may be asked for, and the clocks of province and centre.

    `refuses`: kinds of papers whose marks are not reviewed, but for a result that is one of `unless`.
    """

    days: int
    province_days: int = 0
    centre_days: int = 0
    refuses: tuple[SubjectKind, ...] = ()
    unless: tuple[ReviewCause, ...] = ()


class CredentialRule(Rule, frozen=True, kw_only=True):
    """What opens a result; for some provinces or for all others."""

    kinds: tuple[CredentialKind, ...]
    provinces: tuple[str, ...] = ()


class NotHeldRule(Rule, frozen=True, kw_only=True):
    """A sitting that was cancelled in some regions ("*": everywhere): not an exam year there."""

    year: int
    regions: tuple[str, ...]


class SubjectFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One subject. `succeeds`: former subjects, not sat any more, whose passes count as passes of this one."""

    id: str
    names: tuple[NameRule, ...]
    papers: tuple[PaperRule, ...]
    by_specialty: bool = False
    marked_by: Literal["centre", "province"] = "centre"
    succeeds: tuple[str, ...] = ()


class Specialty(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A specialty of a level."""

    id: str
    name: Text


class LevelFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One level."""

    id: str
    name: Text
    subjects: tuple[SubjectFile, ...] = ()
    categories: tuple[CategoryRule, ...]
    lines: tuple[LineRule, ...] = ()
    panel: tuple[PanelRule, ...] = ()
    specialties: tuple[Specialty, ...] = ()
    certificate: Text | None = None
    certificates: tuple[CertificateRule, ...] = ()
    authority: Literal["national", "provincial"] = "national"


class SharedRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Rules that an exam file may hold itself or take from its family."""

    sources: tuple[Source, ...] = ()
    lines: tuple[LineRule, ...] = ()
    codes: tuple[CodeRule, ...] = ()
    review: tuple[ReviewRule, ...] = ()
    credentials: tuple[CredentialRule, ...] = ()
    not_held: tuple[NotHeldRule, ...] = ()


class FamilyFile(SharedRules, frozen=True, kw_only=True):
    """What the exams of one authority share."""

    format: Literal["fangbang-exam/1"]
    family: str


class ExamFile(SharedRules, frozen=True, kw_only=True):
    """One exam with its levels inside."""

    format: Literal["fangbang-exam/1"]
    id: str
    name: Text
    levels: tuple[LevelFile, ...]
    family: str = ""
    first_year: int | None = None
    selectable: bool = True
    note: str = ""
