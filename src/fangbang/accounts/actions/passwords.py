"""Hashing and judging passwords: Argon2id over a keyed digest, so that a stolen table alone cannot be guessed at."""

import base64
import hashlib
import hmac
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import CommonPasswordValidator

from fangbang.accounts.models import OldPassword, Operator
from fangbang.accounts.problems import OLD_PASSWORD
from fangbang.accounts.rules import SignInPolicy, check_password_choice
from fangbang.core.clock import Clock
from fangbang.core.errors import FangbangError


def hashed(password: str) -> str:
    """What is stored."""
    return make_password(_peppered(password))


def matches(password: str, stored: str) -> bool:
    """Whether this is the password; an account without one costs the same time and matches nothing."""
    if not stored:
        check_password(_peppered(password), _nobodys())
        return False
    return check_password(_peppered(password), stored)


def judge(operator: Operator, password: str) -> None:
    """INPUT unless the member of staff may choose this password now."""
    policy: SignInPolicy = settings.SIGN_IN_POLICY
    check_password_choice(password, operator_id=operator.pk, name=operator.name, least=policy.least, refused=_refused())
    earlier = OldPassword.objects.filter(operator=operator).values_list("password", flat=True)
    used = [operator.password, *earlier][: policy.history]
    if any(matches(password, stored) for stored in used if stored):
        raise FangbangError(OLD_PASSWORD, count=policy.history)


def put(operator: Operator, stored: str, clock: Clock) -> None:
    """Give the account a new password hash and keep the old one, in the caller's transaction."""
    if operator.password:
        OldPassword.objects.create(operator=operator, password=operator.password, until=clock.now())
    operator.password = stored
    operator.save(update_fields=["password"])


def _peppered(password: str) -> str:
    pepper = hashlib.sha256(b"fangbang/password\0" + settings.SECRET_KEY.encode()).digest()
    return base64.b64encode(hmac.digest(pepper, password.encode(), "sha256")).decode()


@cache
def _nobodys() -> str:
    return make_password("nobody's")


@cache
def _refused() -> frozenset[str]:
    """The 20,000 commonest passwords, and those of the file that the settings name."""
    own: Path | None = settings.REFUSED_PASSWORDS
    listed = own.read_text(encoding="utf-8").casefold().splitlines() if own else []
    return frozenset(CommonPasswordValidator().passwords) | frozenset(listed)
