"""Requests to look at one person, and what was looked for. No number and no name of a candidate stands here in clear:
what must be found again is ciphertext, what must only be counted a keyed hash."""

from django.db import models
from django.db.models import F, Q

from fangbang.desk.rules import PreviewState
from fangbang.desk.rules.exports import Content, FileFormat


class Preview(models.Model):
    """One person's result before the hour: who asked why, who agreed, until when."""

    id = models.CharField(max_length=40, primary_key=True)
    release_id = models.CharField(max_length=40)
    sitting_id = models.CharField(max_length=80)
    region = models.CharField(max_length=32, help_text="where the candidate belongs")
    sealed = models.TextField(help_text="ticket and level, encrypted")
    digest = models.CharField(max_length=64, help_text="keyed hash of the ticket")
    reason = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=[(state, state) for state in PreviewState])
    asked_by = models.CharField(max_length=64)
    asked_name = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    decided_by = models.CharField(max_length=64, blank=True)
    decided_name = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    views = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "desk_preview"
        ordering = ("asked_at", "id")
        constraints = (
            models.CheckConstraint(condition=~Q(reason=""), name="desk_preview_reason"),
            models.CheckConstraint(condition=~Q(decided_by=F("asked_by")), name="desk_preview_second_person"),
            models.CheckConstraint(
                condition=Q(state=PreviewState.ASKED, decided_by="")
                | (~Q(state=PreviewState.ASKED) & ~Q(decided_by="")),
                name="desk_preview_decided",
            ),
        )

    def __str__(self) -> str:
        return f"{self.id} {self.state}"


class Enquiry(models.Model):
    """One search of a member of staff: what limits are counted by."""

    operator = models.CharField(max_length=64)
    at = models.DateTimeField()
    kind = models.CharField(max_length=20)
    sitting_id = models.CharField(max_length=80)
    digest = models.CharField(max_length=64)
    refused = models.BooleanField(default=False)

    class Meta:
        db_table = "desk_enquiry"
        ordering = ("at", "id")
        indexes = (models.Index(fields=("operator", "at"), name="desk_enquiry_recent"),)

    def __str__(self) -> str:
        return f"{self.operator} {self.kind}"


class Export(models.Model):
    """A list of passers that a province asked for. The file lies beside the books, encrypted, for a day."""

    id = models.CharField(max_length=40, primary_key=True)
    sitting_id = models.CharField(max_length=80)
    region = models.CharField(max_length=32)
    content = models.CharField(max_length=10, choices=[(item, item) for item in Content])
    format = models.CharField(max_length=10, choices=[(item, item) for item in FileFormat])
    purpose = models.CharField(max_length=200)
    asked_by = models.CharField(max_length=64)
    asked_name = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    rows = models.PositiveIntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    releases = models.JSONField(default=list)
    made_at = models.DateTimeField(null=True)
    fetched = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "desk_export"
        ordering = ("asked_at", "id")
        constraints = (
            models.CheckConstraint(condition=~Q(purpose="") & ~Q(region=""), name="desk_export_purpose"),
            models.CheckConstraint(
                condition=Q(made_at=None, sha256="", rows=None) | (Q(made_at__isnull=False) & ~Q(sha256="")),
                name="desk_export_made",
            ),
        )

    def __str__(self) -> str:
        return self.id
