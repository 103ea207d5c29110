"""Proposals: what somebody wants the public pages to say, or to say no longer."""

from django.db import models
from django.db.models import F, Q

from fangbang.notices.rules import ProposalKind, ProposalState


class Proposal(models.Model):
    """One text on its way. `content` is JSON of what is to stand under `key`; "" takes it down. Never changed but for
    the decision."""

    id = models.CharField(max_length=40, primary_key=True)
    kind = models.CharField(max_length=16, choices=[(item, item) for item in ProposalKind])
    key = models.CharField(max_length=64)
    region = models.CharField(max_length=6, blank=True, help_text="whose it is; empty: the nation's")
    exam = models.CharField(max_length=64, blank=True)
    content = models.TextField(blank=True)
    reason = models.CharField(max_length=200)
    state = models.CharField(max_length=16, choices=[(item, item) for item in ProposalState])
    author = models.CharField(max_length=32)
    author_name = models.CharField(max_length=200)
    at = models.DateTimeField()
    decided_by = models.CharField(max_length=32, blank=True)
    decided_name = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True)
    counter = models.PositiveIntegerField(default=0, help_text="of the page bundle that it came with")

    class Meta:
        db_table = "notices_proposal"
        ordering = ("at", "id")
        constraints = (
            models.CheckConstraint(condition=~Q(reason=""), name="notices_proposal_reason"),
            models.CheckConstraint(
                condition=Q(state=ProposalState.TAKEN_BACK, decided_by=F("author"))
                | (~Q(state=ProposalState.TAKEN_BACK) & ~Q(decided_by=F("author"))),
                name="notices_proposal_second_person",
            ),
            models.CheckConstraint(
                condition=Q(state=ProposalState.WAITING, decided_by="")
                | (~Q(state=ProposalState.WAITING) & ~Q(decided_by="")),
                name="notices_proposal_decided",
            ),
        )

    def __str__(self) -> str:
        return f"{self.id} {self.kind} {self.key} {self.state}"
