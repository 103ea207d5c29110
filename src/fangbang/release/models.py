"""Releases and what was signed about them."""

from django.db import models
from django.db.models import Q

from fangbang.release.rules import ReleaseKind, ReleaseState, Word

_EDITABLE = [state.value for state in ReleaseState if state.editable]
_UNSEALED = Q(state__in=_EDITABLE)
_SCHEDULED = Q(state__in=[ReleaseState.SCHEDULED, ReleaseState.PUBLISHED, ReleaseState.SUPERSEDED])


class Release(models.Model):
    """One part of a sitting on its way to the public. `scope` and `report` are canonical JSON; `revision` grows with
    each change, so that two writers cannot both think they moved it."""

    id = models.CharField(max_length=40, primary_key=True)
    sitting_id = models.CharField(max_length=80)
    scope = models.TextField()
    scope_key = models.CharField(max_length=400)
    kind = models.CharField(max_length=16)
    base = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="overlays")
    state = models.CharField(max_length=16)
    revision = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField()
    report = models.TextField(blank=True)
    report_hash = models.CharField(max_length=64, blank=True)
    frozen_at = models.DateTimeField(null=True)
    snapshot = models.CharField(max_length=64, blank=True)
    header = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the snapshot's header file")
    serial = models.PositiveIntegerField(default=0, help_text="how often the hour was set")
    t = models.DateTimeField(null=True, help_text="the hour T")
    published_at = models.DateTimeField(null=True)
    notice = models.TextField(blank=True, help_text="canonical JSON of a withdrawal's notice")

    class Meta:
        db_table = "release_release"
        ordering = ("opened_at", "id")
        constraints = (
            models.CheckConstraint(condition=Q(state__in=list(ReleaseState)), name="release_known_state"),
            models.CheckConstraint(
                condition=Q(kind=ReleaseKind.BASE, base=None) | Q(kind=ReleaseKind.OVERLAY, base__isnull=False),
                name="release_overlay_has_base",
            ),
            models.CheckConstraint(condition=Q(state=ReleaseState.DRAFT) | ~Q(report_hash=""), name="release_frozen"),
            models.CheckConstraint(condition=_UNSEALED | (~Q(snapshot="") & ~Q(header="")), name="release_sealed"),
            models.CheckConstraint(condition=~_SCHEDULED | Q(t__isnull=False), name="release_has_hour"),
            models.UniqueConstraint(
                fields=("sitting_id", "scope_key", "kind"), condition=_UNSEALED, name="release_one_unsealed"
            ),
            models.UniqueConstraint(fields=("snapshot",), condition=~Q(snapshot=""), name="release_snapshot_once"),
        )

    def __str__(self) -> str:
        return f"{self.id} {self.sitting_id} {self.state}"


class Purpose(models.TextChoices):
    """What was signed."""

    REPORT = "report"
    OVERRIDE = "override"
    SCHEDULE = "schedule"
    WITHDRAWAL = "withdrawal"


class Signature(models.Model):
    """One operator's signature under one document of a release. Voided ones stay, to be seen."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="signatures")
    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    document = models.TextField()
    document_hash = models.CharField(max_length=64)
    operator = models.CharField(max_length=32)
    operator_name = models.CharField(max_length=200)
    key_id = models.CharField(max_length=32)
    signature = models.CharField(max_length=128)
    at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True)
    voided_by = models.CharField(max_length=64, blank=True, help_text="the audit event that voided it")

    class Meta:
        db_table = "release_signature"
        ordering = ("at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("release", "purpose", "document_hash", "operator"),
                condition=Q(voided_at=None),
                name="release_signature_per_person",
            ),
            models.UniqueConstraint(
                fields=("release", "purpose", "document_hash", "key_id"),
                condition=Q(voided_at=None),
                name="release_signature_per_key",
            ),
        )

    def __str__(self) -> str:
        return f"{self.purpose} of {self.release_id} by {self.operator}"


class Confirmation(models.Model):
    """What was said of one province's counts in one frozen report. Voided words stay, to be seen."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="confirmations")
    report_hash = models.CharField(max_length=64)
    province = models.CharField(max_length=6)
    word = models.CharField(max_length=16)
    reason = models.TextField(blank=True)
    operator = models.CharField(max_length=32)
    operator_name = models.CharField(max_length=200)
    at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True)
    voided_by = models.CharField(max_length=64, blank=True, help_text="the audit event that voided it")

    class Meta:
        db_table = "release_confirmation"
        ordering = ("at", "id")
        constraints = (
            models.CheckConstraint(condition=Q(word__in=[word.value for word in Word]), name="release_known_word"),
            models.CheckConstraint(
                condition=Q(word=Word.CONFIRMED.value) | ~Q(reason=""), name="release_word_has_reason"
            ),
            models.UniqueConstraint(
                fields=("release", "province"),
                condition=Q(voided_at=None) & ~Q(word=Word.WAIVED.value),
                name="release_one_word_a_province",
            ),
            models.UniqueConstraint(
                fields=("release", "province", "operator"),
                condition=Q(voided_at=None, word=Word.WAIVED.value),
                name="release_waiver_per_person",
            ),
        )

    def __str__(self) -> str:
        return f"{self.province} of {self.release_id}: {self.word}"
