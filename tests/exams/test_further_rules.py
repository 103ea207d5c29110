"""Successions, rules without effect, certificates, reviews: what an exam file may say beside papers and lines."""

from pathlib import Path

import pytest

from fangbang.core.errors import FangbangError
from fangbang.exams.catalogue import load_catalogue
from fangbang.exams.model import NO_REVIEW, CertificateForm, ReviewCause, SubjectKind
from fangbang.exams.problems import NO_RULES_FOR_YEAR
from tests.exams.own_file import GOOD, load, refusal

SHIPPED = load_catalogue()

SECOND = """
[[levels.subjects]]
id = "t"
names = [{ zh = "科目二", en = "Second", status = "seen", source = ["notice"] }]
papers = [{ YEARS full = "100", kind = "objective", status = "seen", source = ["notice"] }]
succeeds = [SUCCEEDS]
[[levels.categories]]
"""


def two_subjects(succeeds: str, years: str = "", first: str = "") -> str:
    """The good file with a second subject, which took the place of others."""
    second = SECOND.replace("YEARS", years).replace("SUCCEEDS", succeeds)
    text = GOOD.replace("[[levels.categories]]\n", second.lstrip(), 1)
    return text.replace(
        "papers = [{ full", f"{first}papers = [{{ until = 2020, full" if years else f"{first}papers = [{{ full", 1
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (two_subjects('"s"'), "one.t.succeeds: s is sat in the same years"),
        (two_subjects('"x"', first='succeeds = ["x"]\n'), "one.s.succeeds: x is succeeded by t too"),
    ],
)
def test_a_former_subject_passes_to_one_subject_only(tmp_path: Path, text: str, reason: str) -> None:
    assert refusal(tmp_path, text) == reason


def test_a_subject_may_take_the_place_of_one_that_is_not_sat_any_more(tmp_path: Path) -> None:
    text = two_subjects('"s"', years="from = 2021,").replace(
        'owes = ["s"]\nwindow = 1', 'owes = ["t"]\nwindow = 1\nfrom = 2021'
    )

    level = load(tmp_path, text).sitting("own", 2021).levels["one"]

    assert (list(level.subjects), level.subjects["t"].succeeds) == (["t"], ("s",))


def test_nobody_owes_a_subject_that_has_no_paper_in_the_year(tmp_path: Path) -> None:
    catalogue = load(tmp_path, two_subjects('"s"', years="from = 2021,"))

    with pytest.raises(FangbangError) as caught:
        catalogue.sitting("own", 2021)

    assert caught.value.problem is NO_RULES_FOR_YEAR
    assert str(caught.value.params["reason"]) == "one.full owes s, which has no paper in that year"


@pytest.mark.parametrize(
    ("added", "reason"),
    [
        ('[[credentials]]\nkinds = ["bound"]', "credentials[0]: bound does not open a public query"),
        ("[[not_held]]\nyear = 2024\nregions = []", "not_held[0]: names no region"),
        ('[[not_held]]\nyear = 2024\nregions = ["*"]\nfrom = 2023', "not_held[0]: says its year once, with year"),
    ],
)
def test_a_shared_rule_that_would_have_no_effect_is_refused(tmp_path: Path, added: str, reason: str) -> None:
    text = f'{GOOD}\n{added}\nstatus = "seen"\nsource = ["notice"]\n'

    assert refusal(tmp_path, text) == reason


def test_rounding_may_not_lift_the_full_mark_above_itself(tmp_path: Path) -> None:
    paper = 'full = "99.5", step = "0.5", rounding = { mode = "half-up", to = "1" }'

    assert refusal(tmp_path, GOOD.replace('full = "100"', paper)) == (
        "one.s: rounding would lift the full mark 99.5 above itself"
    )


def test_what_a_pass_leads_to_is_a_dated_rule(tmp_path: Path) -> None:
    forms = """
[[levels.certificates]]
until = 2021
forms = ["paper"]
status = "seen"
source = ["notice"]
[[levels.certificates]]
from = 2022
kind = { zh = "电子证书", en = "Electronic certificate" }
forms = ["electronic", "paper"]
status = "seen"
source = ["notice"]
"""
    catalogue = load(tmp_path, GOOD + forms)

    old, new = (catalogue.sitting("own", year).levels["one"].certificate for year in (2021, 2022))

    assert (old.forms, old.kind) == ((CertificateForm.PAPER,), None)
    assert (new.forms, new.kind and new.kind.en) == (
        (CertificateForm.ELECTRONIC, CertificateForm.PAPER),
        "Electronic certificate",
    )


def test_social_workers_certificates_by_level() -> None:
    levels = SHIPPED.sitting("social-worker", 2026).levels

    assert [[form.value for form in level.certificate.forms] for level in levels.values()] == [
        ["electronic", "paper"],
        ["electronic"],
        [],
    ]


def test_objective_papers_are_reviewed_only_for_certain_results() -> None:
    review = SHIPPED.sitting("pharmacist", 2026).review

    assert (review.days, review.province_days, review.centre_days) == (30, 40, 15)
    assert not review.accepts(SubjectKind.OBJECTIVE, frozenset())
    assert all(review.accepts(SubjectKind.OBJECTIVE, frozenset({cause})) for cause in ReviewCause)
    assert review.accepts(SubjectKind.SUBJECTIVE, frozenset())
    assert review.accepts(SubjectKind.MIXED, frozenset())


def test_an_exam_without_a_review_reviews_nothing() -> None:
    assert not NO_REVIEW.accepts(SubjectKind.SUBJECTIVE, frozenset(ReviewCause))
