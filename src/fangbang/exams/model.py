"""The rules of one sitting (one exam in one year), ready for use: what intake, adjudication and pages read.

Made by `Catalogue.sitting`; every rule is already chosen for the year. Marks and lines are exact decimals in points.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum

import msgspec

from fangbang.core.canonical import content_hash
from fangbang.exams.rounding import Rounding, round_mark
from fangbang.exams.vocabulary import CredentialKind


class Text(msgspec.Struct, frozen=True):
    """A text in both languages."""

    zh: str
    en: str

    def get(self, language: str) -> str:
        """Chinese unless `language` starts with "en"."""
        return self.en if language.startswith("en") else self.zh


def side(note: str, language: str) -> str:
    """The language's side of a note written "中文 / English"; all of one that has a single side."""
    zh, parted, en = note.partition(" / ")
    return note if not parted else en if language.startswith("en") else zh


class Status(StrEnum):
    """How well a rule is known."""

    SEEN = "seen"
    """Read in a source."""
    CONFLICT = "conflict"
    """Sources disagree; the note says how."""
    MEMORY = "memory"
    """Not seen in any source."""


class Source(msgspec.Struct, frozen=True):
    """Where a rule was read."""

    id: str
    title: str
    seen_at: tuple[str, ...] = ()


class SubjectKind(StrEnum):
    """How a paper is marked; it decides which marks may be reviewed."""

    OBJECTIVE = "objective"
    SUBJECTIVE = "subjective"
    MIXED = "mixed"


class Effect(StrEnum):
    """What a result code does to the subject that carries it."""

    ABSENT = "absent"
    VIOLATION = "violation"
    INVALID = "invalid"


class Scope(StrEnum):
    """How far a result code reaches."""

    NONE = "none"
    """The subject has no mark; nothing else follows."""
    SUBJECT = "subject"
    """The subject is void."""
    SITTING = "sitting"
    """Every subject of this sitting is void."""


class ReviewCause(StrEnum):
    """A result that may be reviewed whatever the paper's kind."""

    ZERO = "zero"
    ABSENT = "absent"
    VIOLATION = "violation"
    INVALID = "invalid"


class CertificateForm(StrEnum):
    """In which form the holder gets a certificate."""

    ELECTRONIC = "electronic"
    PAPER = "paper"


class ResultCode(msgspec.Struct, frozen=True):
    """A negative number that stands where a mark would stand."""

    code: int
    text: Text
    scope: Scope
    effect: Effect
    basis: str
    """The legal basis as the source names it; "" if none was seen."""
    source: tuple[str, ...]


class Category(msgspec.Struct, frozen=True):
    """A registration category (考全科, 免二科 …): the subjects it owes and the window in which they must be passed."""

    id: str
    name: Text
    owes: tuple[str, ...]
    window: int
    """Exam years, this one included. 1: everything in one sitting."""
    source: tuple[str, ...]


class SubjectRules(msgspec.Struct, frozen=True):
    """One subject's paper and lines in one year."""

    id: str
    name: Text
    full: Decimal
    step: Decimal
    """The score step: every mark is a multiple of it."""
    kind: SubjectKind
    rounding: Rounding
    national_line: Decimal | None
    """The line that the catalogue knows; None: announced later."""
    regional_lines: Mapping[str, Decimal]
    """Region → the lower line that is valid only there."""
    own_lines: Mapping[str, Decimal]
    """Region → the full line of that region, where lines differ by region."""
    by_specialty: bool
    """A pass counts only for the specialty in which it was earned."""
    marked_by: str
    """`centre` or `province`: who marks it, and so who reviews it."""
    succeeds: tuple[str, ...]
    """Former subjects whose passes count as passes of this one."""

    def line(self, province: str = "") -> Decimal | None:
        """The full line that holds in this province, in points; None: not announced yet."""
        return self.own_lines.get(province, self.national_line)

    def rounded(self, mark: Decimal) -> Decimal:
        """The mark that counts. Rounding happens here and nowhere else."""
        return round_mark(mark, self.rounding)


class Panel(msgspec.Struct, frozen=True):
    """A pass leads to an expert panel with a pass proof, not straight to a certificate."""

    years: int | None
    """Validity of the pass proof; None: without end."""
    source: tuple[str, ...]


class Certificate(msgspec.Struct, frozen=True):
    """What a pass leads to in the end."""

    title: Text | None
    """As it stands on the certificate."""
    kind: Text | None
    forms: tuple[CertificateForm, ...]
    """Empty: no source says."""
    source: tuple[str, ...]


class Review(msgspec.Struct, frozen=True):
    """When a review may be asked for, and of which marks."""

    days: int
    """Natural days after publication; 0: there is no review."""
    province_days: int
    centre_days: int
    refuses: tuple[SubjectKind, ...]
    unless: tuple[ReviewCause, ...]
    source: tuple[str, ...]

    def accepts(self, kind: SubjectKind, causes: frozenset[ReviewCause]) -> bool:
        """Whether a result of a paper of this kind may be reviewed; `causes` are what the result is."""
        return self.days > 0 and (kind not in self.refuses or not causes.isdisjoint(self.unless))


NO_REVIEW = Review(0, 0, 0, (), (), ())


class LevelRules(msgspec.Struct, frozen=True):
    """One level of a sitting. `subjects` and `categories` are in the catalogue's order."""

    id: str
    name: Text
    subjects: Mapping[str, SubjectRules]
    categories: Mapping[str, Category]
    specialties: Mapping[str, Text]
    """Empty: the catalogue does not list them, any text is taken."""
    panel: Panel | None
    certificate: Certificate
    provincial: bool
    """Set, lined and released by each province."""

    def category(self, category_id: str) -> Category:
        """The category; "" is the first one."""
        return self.categories[category_id or next(iter(self.categories))]


class SittingRules(msgspec.Struct, frozen=True):
    """Everything that holds for one exam in one year."""

    exam_id: str
    exam_name: Text
    year: int
    levels: Mapping[str, LevelRules]
    codes: Mapping[int, ResultCode]
    credential_rules: Mapping[str, tuple[CredentialKind, ...]]
    """Province ("": every other one) → what opens a result there."""
    review: Review
    sources: tuple[Source, ...]
    """Every source of the exam, in a fixed order: statements name one by its index."""
    not_held: Mapping[int, tuple[str, ...]]
    """Year → regions in which the sitting was cancelled ("*": everywhere): no exam year there."""
    catalogue_version: str

    @property
    def id(self) -> str:
        return f"{self.exam_id}-{self.year}"

    def credentials(self, province: str = "") -> tuple[CredentialKind, ...]:
        """The credential kinds that open a result in this province, in order of preference."""
        return self.credential_rules.get(province, self.credential_rules[""])

    @property
    def rule_hash(self) -> str:
        """SHA-256 (hex) over everything that can change a result; the catalogue's version is not part of it."""
        value = msgspec.to_builtins(self, str_keys=True)
        value.pop("catalogue_version")
        return content_hash(value)

    def source_index(self, source: tuple[str, ...]) -> int:
        """The place of a rule's first source in `sources`; -1 if it has none."""
        ids = [item.id for item in self.sources]
        return ids.index(source[0]) if source and source[0] in ids else -1

    def held(self, year: int, region: str) -> bool:
        """Whether the exam was held in that year in that region."""
        cancelled = self.not_held.get(year, ())
        return "*" not in cancelled and region not in cancelled

    def valid_through(self, earned: int, window: int, region: str) -> int:
        """The last year in which a pass of that year counts. Years to come are taken as held."""
        year = earned
        left = window - 1
        while left > 0:
            year += 1
            left -= self.held(year, region)
        return year
