"""The audit log: rows that are inserted and never touched again (triggers refuse it), and the chain's head."""

from django.db import models


class Event(models.Model):
    """One entry of the chain."""

    seq = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    actor_id = models.CharField(max_length=64)
    actor_name = models.CharField(max_length=200)
    event = models.CharField(max_length=64)
    subject = models.CharField(max_length=200)
    details = models.TextField()
    previous = models.CharField(max_length=64, unique=True)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        db_table = "audit_event"
        ordering = ("seq",)
        indexes = (models.Index(fields=("subject", "seq"), name="audit_event_subject"),)

    def __str__(self) -> str:
        return f"{self.seq} {self.event} {self.subject}"


class Head(models.Model):
    """The end of the chain, one row: what the next entry follows, and what shows a chain cut short."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    seq = models.BigIntegerField()
    hash = models.CharField(max_length=64)

    class Meta:
        db_table = "audit_head"
        constraints = (models.CheckConstraint(condition=models.Q(id=1), name="audit_head_single"),)

    def __str__(self) -> str:
        return f"{self.seq} {self.hash}"
