"""Changes: whole files of rules on their way into force, and what was in force before."""

from django.db import models
from django.db.models import F, Q

from fangbang.catalogue.rules import ChangeState


class Change(models.Model):
    """One proposed file. Never changed but for the decision."""

    id = models.CharField(max_length=40, primary_key=True)
    key = models.CharField(max_length=80, help_text="the exam's id, or families/<name>")
    content = models.TextField(help_text="the whole file, TOML")
    sha256 = models.CharField(max_length=64)
    replaces = models.CharField(
        max_length=64, blank=True, help_text="SHA-256 of the file that was in force; empty: none"
    )
    replaced = models.TextField(blank=True, help_text="that file")
    version = models.CharField(max_length=64, help_text="of the catalogue with this file, as it was proposed")
    reason = models.CharField(max_length=400)
    state = models.CharField(max_length=16, choices=[(item, item) for item in ChangeState])
    author = models.CharField(max_length=32)
    author_name = models.CharField(max_length=200)
    at = models.DateTimeField()
    decided_by = models.CharField(max_length=32, blank=True)
    decided_name = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=400, blank=True, help_text="why it was refused")

    class Meta:
        db_table = "catalogue_change"
        ordering = ("at", "id")
        constraints = (
            models.CheckConstraint(condition=~Q(reason=""), name="catalogue_change_reason"),
            models.CheckConstraint(
                condition=Q(state=ChangeState.TAKEN_BACK, decided_by=F("author"))
                | (~Q(state=ChangeState.TAKEN_BACK) & ~Q(decided_by=F("author"))),
                name="catalogue_change_second_person",
            ),
            models.CheckConstraint(
                condition=Q(state=ChangeState.WAITING, decided_by="")
                | (~Q(state=ChangeState.WAITING) & ~Q(decided_by="")),
                name="catalogue_change_decided",
            ),
        )

    def __str__(self) -> str:
        return f"{self.id} {self.key} {self.state}"
