"""Operators, their signing keys, and what they sign in with. Nobody and no key is ever deleted: they retire."""

from django.db import models
from django.db.models import Q

from fangbang.accounts.rules import Stage


class Operator(models.Model):
    """A member of staff. `roles` are the values of `Role`, `exams` ids, both sorted, separated by single spaces."""

    id = models.CharField(max_length=32, primary_key=True)
    name = models.CharField(max_length=200)
    roles = models.CharField(max_length=200)
    region = models.CharField(max_length=6, blank=True, default="", help_text="GB/T 2260; empty: the nation")
    exams = models.CharField(max_length=1000, blank=True, default="", help_text="empty: all")
    password = models.CharField(max_length=200, blank=True, default="", help_text="Argon2id; empty: not enrolled")
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


class FactorKind(models.TextChoices):
    """What a second factor is."""

    PASSKEY = "passkey"
    TOTP = "totp"


class Factor(models.Model):
    """A second factor. `data`: of a passkey the attested credential (hex), of an app its secret, encrypted.
    `counter`: the passkey's signature counter, or the last time step whose code was used."""

    id = models.CharField(max_length=40, primary_key=True)
    operator = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="factors")
    kind = models.CharField(max_length=16, choices=FactorKind.choices)
    label = models.CharField(max_length=100)
    credential = models.CharField(max_length=2000, null=True, unique=True, help_text="a passkey's id, hex")
    data = models.TextField()
    counter = models.BigIntegerField(default=0)
    added_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "accounts_factor"
        ordering = ("added_at", "id")

    def __str__(self) -> str:
        return f"{self.kind} of {self.operator_id}"


class OldPassword(models.Model):
    """The hash of a password that was used before."""

    operator = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="old_passwords")
    password = models.CharField(max_length=200)
    until = models.DateTimeField()

    class Meta:
        db_table = "accounts_old_password"
        ordering = ("-until", "-id")

    def __str__(self) -> str:
        return f"of {self.operator_id} until {self.until}"


class Invitation(models.Model):
    """A one-time right to set a password and a second factor: for a new member of staff, or (`recovery`) for one who
    lost them; then a second administrator confirms it before there is a code."""

    id = models.CharField(max_length=40, primary_key=True)
    operator = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="invitations")
    recovery = models.BooleanField(default=False)
    code_hash = models.CharField(max_length=64, null=True, unique=True)
    made_by = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    confirmed_by = models.CharField(max_length=64, blank=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "accounts_invitation"
        ordering = ("made_at", "id")

    def __str__(self) -> str:
        return f"{self.id} for {self.operator_id}"


class Session(models.Model):
    """Someone in front of a browser. The cookie's secret is not here, only its hash."""

    id = models.CharField(max_length=40, primary_key=True)
    token_hash = models.CharField(max_length=64, unique=True)
    operator = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="sessions")
    stage = models.CharField(max_length=16, choices=[(stage.value, stage.value) for stage in Stage])
    invitation = models.ForeignKey(Invitation, null=True, on_delete=models.PROTECT)
    challenge = models.TextField(blank=True, help_text="what the browser was asked to answer, JSON")
    chosen = models.CharField(max_length=200, blank=True, help_text="enrolling: hash of the password to be")
    device = models.CharField(max_length=200, blank=True, help_text="what the browser says that it is")
    prefix = models.CharField(max_length=64, blank=True, help_text="address prefix")
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    strong_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=64, blank=True)

    class Meta:
        db_table = "accounts_session"
        ordering = ("-seen_at", "id")
        indexes = (models.Index(fields=("operator", "ended_at"), name="accounts_session_open"),)

    def __str__(self) -> str:
        return f"{self.stage} session of {self.operator_id}"


class Device(models.Model):
    """A browser that someone signed in on: guesses from elsewhere do not keep it out."""

    token_hash = models.CharField(max_length=64, primary_key=True)
    operator = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="devices")
    first_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        db_table = "accounts_device"

    def __str__(self) -> str:
        return f"device of {self.operator_id}"


class Failure(models.Model):
    """A failed attempt, kept as long as it counts. `operator` is empty for an id that nobody has: what was typed there
    may have been a password."""

    operator = models.CharField(max_length=32, blank=True)
    source = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        db_table = "accounts_failure"
        indexes = (
            models.Index(fields=("operator", "at"), name="accounts_failure_operator"),
            models.Index(fields=("source", "at"), name="accounts_failure_source"),
        )

    def __str__(self) -> str:
        return f"{self.source} at {self.at}"
