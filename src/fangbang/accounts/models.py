"""Operators and their enrolled keys. Neither is ever deleted: they retire."""

from django.db import models
from django.db.models import Q


class Operator(models.Model):
    """A member of staff. `roles` are the values of `Role`, sorted, separated by single spaces."""

    id = models.CharField(max_length=32, primary_key=True)
    name = models.CharField(max_length=200)
    roles = models.CharField(max_length=200)
    added_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "accounts_operator"
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(condition=~Q(name=""), name="accounts_operator_named"),
            models.CheckConstraint(condition=~Q(roles=""), name="accounts_operator_with_role"),
        )

    def __str__(self) -> str:
        return f"{self.id} ({self.name})"


class Key(models.Model):
    """The public half (hex) of an operator's Ed25519 signing key. One key is one person's, for ever."""

    id = models.CharField(max_length=32, primary_key=True)
    operator = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="keys")
    public_key = models.CharField(max_length=64, unique=True)
    enrolled_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "accounts_key"
        ordering = ("enrolled_at", "id")

    def __str__(self) -> str:
        return f"{self.id} of {self.operator_id}"
