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


class UploadState(models.TextChoices):
    """How far a file is that somebody brings in."""

    ARRIVING = "arriving", "上传中"
    HERE = "here", "已收到"
    TAKEN = "taken", "已接收"
    GONE = "gone", "已删除"


class Upload(models.Model):
    """A file on its way into a batch. Its bytes lie in the office's folder until it is taken in or gone; the row stays.

    `pieces`: SHA-256 of each piece, in order, so that an interrupted upload can be gone on with and no other file be
    appended. `look`: what the file seems to be; `trial`: what taking it in would do. Neither holds anything of a
    person in clear."""

    id = models.CharField(max_length=40, primary_key=True)
    sitting = models.ForeignKey(Sitting, on_delete=models.PROTECT, related_name="uploads")
    state = models.CharField(max_length=16, choices=UploadState.choices)
    name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()
    received = models.PositiveBigIntegerField(default=0)
    pieces = models.JSONField(default=list)
    sha256 = models.CharField(max_length=64, blank=True, help_text="of the whole file, once it is here")
    kind = models.CharField(max_length=16, choices=Kind.choices, blank=True)
    look = models.JSONField(null=True)
    trial = models.JSONField(null=True)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, null=True, related_name="uploads")
    importer = models.CharField(max_length=64)
    importer_name = models.CharField(max_length=200)
    begun_at = models.DateTimeField()
    touched_at = models.DateTimeField()

    class Meta:
        db_table = "intake_upload"
        ordering = ("begun_at", "id")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(received__lte=models.F("size")), name="intake_upload_no_more_than_told"
            ),
            models.CheckConstraint(
                condition=models.Q(batch=None) | models.Q(state="taken"), name="intake_upload_taken_as_batch"
            ),
        )

    def __str__(self) -> str:
        return f"{self.id} {self.state}"


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
