"""Jobs: what was asked for, how far it is, how it ended."""

from django.db import models
from django.db.models import Q

from fangbang.jobs.rules import JobState

_OPEN = Q(state__in=[state.value for state in JobState if state.open])


class Job(models.Model):
    """One job. `arguments`, `params` and `result` are JSON; nothing in a row is about a person but who asked."""

    id = models.CharField(max_length=40, primary_key=True)
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=200)
    arguments = models.TextField()
    actor = models.CharField(max_length=64)
    actor_name = models.CharField(max_length=200)
    state = models.CharField(max_length=16)
    tries = models.PositiveSmallIntegerField(default=0)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0, help_text="0: nobody knows")
    note = models.CharField(max_length=40, blank=True, help_text="which part is being done")
    problem = models.CharField(max_length=80, blank=True, help_text="code of the failure")
    params = models.TextField(default="{}")
    result = models.TextField(default="{}")
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "jobs_job"
        ordering = ("asked_at", "id")
        indexes = (
            models.Index(fields=("subject", "asked_at"), name="jobs_job_subject"),
            models.Index(fields=("state", "asked_at"), name="jobs_job_state"),
        )
        constraints = (
            models.CheckConstraint(condition=Q(state__in=list(JobState)), name="jobs_known_state"),
            models.UniqueConstraint(fields=("kind", "subject"), condition=_OPEN, name="jobs_one_open"),
        )

    def __str__(self) -> str:
        return f"{self.id} {self.kind} {self.state}"
