"""Persons that have more than one document or name, and the decisions that made them so.

Numbers and names stand here as ciphertext, and as keyed hashes to be found by (`rules/vault.py`).
"""

from django.db import models
from django.db.models import F, Q


class State(models.TextChoices):
    """Of a proposal."""

    ASKED = "asked", "待批准"
    APPROVED = "approved", "已批准"
    REFUSED = "refused", "已否决"
    UNDONE = "undone", "已撤销"
    """Was approved, and counts no longer since an undoing was approved."""


class Person(models.Model):
    """Somebody with several documents. `merged_into`: the person that this one turned out to be."""

    id = models.CharField(max_length=40, primary_key=True)
    opened_at = models.DateTimeField()
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="merged")

    class Meta:
        db_table = "people_person"
        ordering = ("id",)

    def __str__(self) -> str:
        return self.id


class Document(models.Model):
    """A document that a proposal names. It is somebody's once a link was approved."""

    digest = models.CharField(max_length=64, primary_key=True)
    doc_type = models.CharField(max_length=32)
    sealed = models.TextField(help_text="the number, encrypted")
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="documents")

    class Meta:
        db_table = "people_document"
        ordering = ("digest",)

    def __str__(self) -> str:
        return f"{self.doc_type} {self.digest[:8]}"


class Proposal(models.Model):
    """What one member of staff asks for and another decides."""

    id = models.CharField(max_length=40, primary_key=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    basis = models.CharField(max_length=200, help_text="what it rests on: the number of an application or a notice")
    asked_by = models.CharField(max_length=64)
    asked_at = models.DateTimeField()
    decided_by = models.CharField(max_length=64, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
        ordering = ("asked_at", "id")
        constraints = (
            models.CheckConstraint(condition=~Q(asked_by=F("decided_by")), name="%(app_label)s_%(class)s_by_two"),
            models.CheckConstraint(
                condition=Q(state="asked", decided_by="") | ~Q(state="asked") & ~Q(decided_by=""),
                name="%(app_label)s_%(class)s_decided",
            ),
        )

    def __str__(self) -> str:
        return f"{self.id} {self.state}"


class Link(Proposal):
    """Two documents are one person's."""

    first = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")

    class Meta(Proposal.Meta):
        db_table = "people_link"


class Merge(Proposal):
    """Two persons are one; `kept` is who stays."""

    kept = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    merged = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")

    class Meta(Proposal.Meta):
        db_table = "people_merge"


class NameChange(Proposal):
    """The holder of a document is called otherwise than before (corrected, or changed by law)."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    before = models.TextField(help_text="encrypted")
    after = models.TextField(help_text="encrypted")

    class Meta(Proposal.Meta):
        db_table = "people_name_change"


class Undo(Proposal):
    """An approved link, merge or change of name shall count no longer. What it undoes stays in its table."""

    undoes = models.CharField(max_length=40, help_text="id of the link, merge or change of name")

    class Meta(Proposal.Meta):
        db_table = "people_undo"
