"""The tables, which `bench.peers.database` fills."""

from typing import TYPE_CHECKING, ClassVar

from django.db import models


class Candidate(models.Model):
    """A candidate of a sitting with the outcome."""

    objects: ClassVar["models.Manager[Candidate]"] = models.Manager()
    if TYPE_CHECKING:
        subjects: models.QuerySet["SubjectResult"]

    sitting = models.CharField(max_length=64)
    ticket = models.CharField(max_length=32)
    identity = models.BinaryField()
    name = models.CharField(max_length=128)
    document = models.CharField(max_length=32)
    province = models.CharField(max_length=6)
    city = models.CharField(max_length=64)
    level = models.CharField(max_length=32)
    category = models.CharField(max_length=32)
    specialty = models.CharField(max_length=64)
    outcome = models.CharField(max_length=32)
    statements = models.JSONField()
    version = models.IntegerField()
    reason = models.TextField()

    class Meta:
        managed = False
        db_table = "candidate"


class SubjectResult(models.Model):
    """One line of a score sheet."""

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="subjects")
    position = models.SmallIntegerField()
    subject = models.CharField(max_length=32)
    ticket = models.CharField(max_length=32)
    mark = models.DecimalField(max_digits=9, decimal_places=3, null=True)
    code = models.SmallIntegerField(null=True)
    line = models.DecimalField(max_digits=9, decimal_places=3, null=True)
    status = models.CharField(max_length=16)

    class Meta:
        managed = False
        db_table = "subject_result"
        ordering = ["position"]
