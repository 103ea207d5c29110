"""The audit log: rows that are inserted and never touched again (triggers refuse it), and the chain's head. The seals
of all tables' rows (`macs`), their tally, and the notes of what the running transactions changed (`tables`)."""

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


class Seal(models.Model):
    """The seal of one row of another table."""

    table_name = models.CharField(max_length=64)
    row_key = models.CharField(max_length=200)
    mac = models.CharField(max_length=64)

    class Meta:
        db_table = "audit_seal"
        constraints = (models.UniqueConstraint(fields=("table_name", "row_key"), name="audit_seal_once"),)

    def __str__(self) -> str:
        return f"{self.table_name} {self.row_key}"


class Tally(models.Model):
    """How many rows each table has, and the sum of their seals, as JSON with a seal of its own. One row."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    tally = models.TextField()
    mac = models.CharField(max_length=64)

    class Meta:
        db_table = "audit_tally"
        constraints = (models.CheckConstraint(condition=models.Q(id=1), name="audit_tally_single"),)

    def __str__(self) -> str:
        return self.mac


class Touch(models.Model):
    """A row that a transaction changed, with what stood there before: gone again when the transaction ends."""

    table_name = models.CharField(max_length=64)
    row_key = models.CharField(max_length=200)
    before = models.TextField(null=True)
    tx = models.BigIntegerField()

    class Meta:
        db_table = "audit_touch"

    def __str__(self) -> str:
        return f"{self.table_name} {self.row_key}"
