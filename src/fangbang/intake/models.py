"""Sittings, the batches that were taken in, and the marking centres whose manifests are believed."""

from django.db import models


class Kind(models.TextChoices):
    """What a file holds."""

    REGISTRATIONS = "registrations", "报名"
    MARKS = "marks", "成绩"
    PRIOR_PASSES = "prior-passes", "既往合格"


class Sitting(models.Model):
    """One examination in one year. The id is the catalogue's: `social-worker-2026`."""

    id = models.CharField(max_length=80, primary_key=True)
    exam_id = models.CharField(max_length=64)
    year = models.PositiveSmallIntegerField()
    catalogue_version = models.CharField(max_length=64)
    opened_by = models.CharField(max_length=64)
    opened_at = models.DateTimeField()

    class Meta:
        db_table = "intake_sitting"
        ordering = ("exam_id", "year")
        constraints = (models.UniqueConstraint(fields=("exam_id", "year"), name="intake_sitting_once"),)

    def __str__(self) -> str:
        return self.id


class Batch(models.Model):
    """One file that was accepted. `book` holds every accepted row of its kind so far, this file's included:
    the batch with the highest `number` names the sitting's book."""

    id = models.CharField(max_length=40, primary_key=True)
    sitting = models.ForeignKey(Sitting, on_delete=models.PROTECT, related_name="batches")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    number = models.PositiveIntegerField()
    file_name = models.CharField(max_length=255)
    file_sha256 = models.CharField(max_length=64)
    file_rows = models.PositiveIntegerField()
    book = models.CharField(max_length=100)
    book_rows = models.PositiveIntegerField()
    rows = models.PositiveIntegerField(help_text="rows of this file that were accepted")
    quarantined = models.PositiveIntegerField()
    quarantine = models.CharField(max_length=255, blank=True, help_text="file name of the quarantine, if any")
    totals = models.JSONField(help_text="control totals of the file: rows, and by subject; marks as decimal texts")
    findings = models.JSONField(help_text="row problem code → how often")
    manifest = models.JSONField(null=True, help_text="the totals that the marking centre signed, shaped like `totals`")
    signed = models.JSONField(null=True, help_text="its manifest as it came, with key and signature")
    missing = models.JSONField(default=dict, help_text="marks: subject → registered people still without a mark")
    suspicions = models.JSONField(default=list, help_text="what looked wrong as a whole and was said to be right")
    warnings = models.JSONField(default=dict, help_text="what was told though no row was refused for it: code → count")
    importer = models.CharField(max_length=64)
    importer_name = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        db_table = "intake_batch"
        ordering = ("sitting", "kind", "number")
        constraints = (
            models.UniqueConstraint(fields=("sitting", "kind", "number"), name="intake_batch_in_turn"),
            models.UniqueConstraint(fields=("sitting", "kind", "file_sha256"), name="intake_batch_file_once"),
        )

    def __str__(self) -> str:
        return f"{self.sitting_id} {self.kind} {self.number}"


class Centre(models.Model):
    """A marking centre: the Ed25519 public key (hex) that signs its manifests."""

    key = models.CharField(max_length=64, primary_key=True)
    name = models.CharField(max_length=200)
    enrolled_by = models.CharField(max_length=64)
    enrolled_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "intake_centre"

    def __str__(self) -> str:
        return self.name
