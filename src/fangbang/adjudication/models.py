"""Announced lines, and runs of the two calculators. Outcomes themselves are books, never rows."""

from django.db import models
from django.db.models import F, Q


class Line(models.Model):
    """A pass line as announced. province "": everywhere. `regional`: a second, lower line, valid only there.
    A line that was announced anew keeps its row with `replaced_at`."""

    sitting_id = models.CharField(max_length=80)
    level = models.CharField(max_length=64)
    subject = models.CharField(max_length=64)
    province = models.CharField(max_length=32, blank=True)
    regional = models.BooleanField(default=False)
    value = models.DecimalField(max_digits=9, decimal_places=3)
    document_number = models.CharField(max_length=200, help_text="the notice that announces it")
    announced_by = models.CharField(max_length=64)
    announced_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "adjudication_line"
        ordering = ("sitting_id", "level", "subject", "province", "regional", "announced_at")
        constraints = (
            models.UniqueConstraint(
                fields=("sitting_id", "level", "subject", "province", "regional"),
                condition=Q(replaced_at=None),
                name="adjudication_line_once",
            ),
            models.CheckConstraint(condition=Q(value__gte=0), name="adjudication_line_not_negative"),
            models.CheckConstraint(condition=Q(regional=False) | ~Q(province=""), name="adjudication_line_region"),
        )

    def __str__(self) -> str:
        return f"{self.sitting_id} {self.level} {self.subject} {self.province or '*'} {self.value}"


class ProposalState(models.TextChoices):
    """What became of a proposed line."""

    PROPOSED = "proposed", "待批准"
    APPROVED = "approved", "已批准"
    REFUSED = "refused", "已退回"


class LineProposal(models.Model):
    """A line that one member of staff proposes and another one announces or refuses. `subjects`: of the level;
    `provinces`: none means everywhere. `preview`: what each step of it would change, counts by province."""

    id = models.CharField(max_length=40, primary_key=True)
    sitting_id = models.CharField(max_length=80)
    level = models.CharField(max_length=64)
    subjects = models.JSONField()
    provinces = models.JSONField(default=list)
    regional = models.BooleanField(default=False)
    value = models.DecimalField(max_digits=9, decimal_places=3)
    document_number = models.CharField(max_length=200)
    replace = models.BooleanField(default=False)
    state = models.CharField(max_length=16, choices=ProposalState.choices, default=ProposalState.PROPOSED)
    proposed_by = models.CharField(max_length=64)
    proposed_by_name = models.CharField(max_length=200)
    proposed_at = models.DateTimeField()
    decided_by = models.CharField(max_length=64, blank=True)
    decided_by_name = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=400, blank=True, help_text="why it was refused")
    preview = models.JSONField(null=True)

    class Meta:
        db_table = "adjudication_line_proposal"
        ordering = ("sitting_id", "proposed_at", "id")
        constraints = (
            models.CheckConstraint(
                condition=~Q(state="approved") | ~Q(decided_by=F("proposed_by")) & ~Q(decided_by=""),
                name="adjudication_line_two_people",
            ),
            models.CheckConstraint(
                condition=Q(state="proposed", decided_at=None) | ~Q(state="proposed") & Q(decided_at__isnull=False),
                name="adjudication_line_decided",
            ),
        )

    def __str__(self) -> str:
        return f"{self.id} {self.sitting_id} {self.state}"


class RequestKind(models.TextChoices):
    """What is asked for."""

    WITHHOLD = "withhold", "暂缓"
    LIFT = "lift", "解除"


class RequestState(models.TextChoices):
    """Of a request."""

    ASKED = "asked", "待同意"
    AGREED = "agreed", "已同意"
    REFUSED = "refused", "已拒绝"


class WithholdingRequest(models.Model):
    """One member of staff asks to hold back one person's result, or to release it; another one decides."""

    id = models.CharField(max_length=40, primary_key=True)
    kind = models.CharField(max_length=10, choices=RequestKind.choices)
    sitting_id = models.CharField(max_length=80)
    ticket = models.CharField(max_length=64)
    region = models.CharField(max_length=32, blank=True, help_text="where the candidate belongs")
    reason = models.CharField(max_length=400)
    basis = models.CharField(max_length=200, help_text="the rule or document that it rests on")
    state = models.CharField(max_length=10, choices=RequestState.choices, default=RequestState.ASKED)
    asked_by = models.CharField(max_length=64)
    asked_name = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    decided_by = models.CharField(max_length=64, blank=True)
    decided_name = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "adjudication_withholding_request"
        ordering = ("asked_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("sitting_id", "ticket"), condition=Q(state=RequestState.ASKED), name="adjudication_one_request"
            ),
            models.CheckConstraint(condition=~Q(reason="") & ~Q(basis=""), name="adjudication_request_reason"),
            models.CheckConstraint(condition=~Q(decided_by=F("asked_by")), name="adjudication_request_second"),
            models.CheckConstraint(
                condition=Q(state=RequestState.ASKED, decided_by="")
                | (~Q(state=RequestState.ASKED) & ~Q(decided_by="")),
                name="adjudication_request_decided",
            ),
        )

    def __str__(self) -> str:
        return f"{self.id} {self.kind}"


class Withholding(models.Model):
    """One person's result of one sitting, held back by decision; lifted ones keep their row."""

    id = models.CharField(max_length=40, primary_key=True)
    sitting_id = models.CharField(max_length=80)
    ticket = models.CharField(max_length=64)
    region = models.CharField(max_length=32, blank=True)
    reason = models.CharField(max_length=400)
    basis = models.CharField(max_length=200, blank=True)
    second = models.CharField(max_length=64, blank=True, help_text="who agreed")
    by = models.CharField(max_length=64)
    by_name = models.CharField(max_length=200)
    at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.CharField(max_length=64, blank=True)
    lifted_reason = models.CharField(max_length=400, blank=True)
    lifted_basis = models.CharField(max_length=200, blank=True)
    lifted_second = models.CharField(max_length=64, blank=True)

    class Meta:
        db_table = "adjudication_withholding"
        ordering = ("sitting_id", "at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("sitting_id", "ticket"), condition=Q(lifted_at=None), name="adjudication_withheld_once"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="adjudication_withheld_with_reason"),
            models.CheckConstraint(
                condition=Q(lifted_at=None, lifted_by="", lifted_reason="")
                | (Q(lifted_at__isnull=False) & ~Q(lifted_by="") & ~Q(lifted_reason="")),
                name="adjudication_lifted_with_reason",
            ),
        )

    def __str__(self) -> str:
        return f"{self.id} {self.sitting_id}"


class Recomputation(models.Model):
    """A task: the last run of `sitting_id` used outcomes of the sitting `earlier` that a release has since replaced.
    `wanted` is what counts now, as in a run's history; a run that used just that closes the task.

    `earlier` "": the run used other documents of a person than were decided to be theirs since, by a link, a merge or
    an undoing. `wanted` is person → keyed hash of their documents, null for whoever is to be nobody (in a task of
    before that was told: the digest of the links that the run used); a run that used them so, or knew them so and
    noticed nothing of them, closes the task. `cause` is the decision."""

    sitting_id = models.CharField(max_length=80)
    earlier = models.CharField(max_length=80)
    cause = models.CharField(max_length=40, help_text="the release, or the undoing")
    wanted = models.JSONField()
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=40, blank=True, help_text="the run")

    class Meta:
        db_table = "adjudication_recomputation"
        ordering = ("opened_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("sitting_id", "earlier"), condition=Q(closed_at=None), name="adjudication_recompute_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.sitting_id} ← {self.earlier}"


class RunState(models.TextChoices):
    """How a run ended."""

    FINISHED = "finished", "完成"
    REFUSED = "refused", "不一致，作废"


class Run(models.Model):
    """Both calculators over a whole sitting. The id is a hash of the inputs: the same inputs are the same run."""

    id = models.CharField(max_length=40, primary_key=True)
    sitting_id = models.CharField(max_length=80)
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=16, choices=RunState.choices)
    inputs = models.JSONField(help_text="books by kind, history as [{sitting, version, year, book}], choices")
    rule_hash = models.CharField(max_length=64, help_text="rules of the year and announced lines")
    code_version = models.CharField(max_length=100)
    outcomes = models.CharField(max_length=100, blank=True, help_text="the book of outcomes; empty when refused")
    candidates = models.PositiveIntegerField()
    disagreements = models.PositiveIntegerField()
    samples = models.JSONField(help_text="where the first disagreements are: rows, never people")
    counts = models.JSONField()
    actor = models.CharField(max_length=64)
    actor_name = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        db_table = "adjudication_run"
        ordering = ("sitting_id", "number")
        constraints = (
            models.UniqueConstraint(fields=("sitting_id", "number"), name="adjudication_run_in_turn"),
            models.CheckConstraint(
                condition=Q(state="refused", outcomes="") | Q(state="finished", disagreements=0) & ~Q(outcomes=""),
                name="adjudication_run_agreed",
            ),
        )

    def __str__(self) -> str:
        return f"{self.id} {self.sitting_id} {self.state}"
