"""The one view: a form, a Redis round trip, two ORM queries, JSON."""

import time
from typing import Any

import redis
from django import forms
from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from bench.peers import query as rules
from bench.peers.django_app.models import Candidate

CANDIDATE = (
    "name",
    "document",
    "ticket",
    "province",
    "city",
    "level",
    "category",
    "specialty",
    "outcome",
    "statements",
    "version",
    "reason",
)
store = redis.Redis(unix_socket_path=settings.REDIS_SOCKET)  # type: ignore[misc]


class QueryForm(forms.Form):
    """What a candidate sends."""

    ticket = forms.RegexField(rules.TICKET_PATTERN)
    document = forms.RegexField(rules.DOCUMENT_PATTERN)
    token = forms.CharField(max_length=64)

    def clean_document(self) -> str:
        """Check the last digit."""
        document: str = self.cleaned_data["document"]
        if not rules.document_is_valid(document):
            raise forms.ValidationError("document number malformed")
        return document


def admit(serial: str, address: str, document: str, now: int) -> int:
    """Spend the challenge, count against the limits, record the access. The HTTP status of a refusal, or 200."""
    window = now // rules.WINDOW_SECONDS
    prefix = f"limit:prefix:{rules.address_prefix(address)}:{window}"
    identity = f"limit:identity:{rules.content_hash(document)}:{window}"
    with store.pipeline(transaction=False) as pipe:
        pipe.set(f"token:{serial}", 1, nx=True, ex=rules.TOKEN_SECONDS)
        pipe.incr(prefix)
        pipe.expire(prefix, rules.WINDOW_SECONDS, nx=True)
        pipe.incr(identity)
        pipe.expire(identity, rules.WINDOW_SECONDS, nx=True)
        pipe.rpush("access", f"{now} {rules.content_hash(document)}")
        fresh, by_prefix, _, by_identity, _, _ = pipe.execute()
    if not fresh:
        return 403
    return 429 if by_prefix > rules.PREFIX_LIMIT or by_identity > rules.IDENTITY_LIMIT else 200


@csrf_exempt
@require_POST
def score(request: HttpRequest, sitting: str) -> JsonResponse:
    """Find one candidate's result by ticket and document."""
    now = time.time()
    form = QueryForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"errors": form.errors}, status=422)
    ticket, document = form.cleaned_data["ticket"], form.cleaned_data["document"]
    if (serial := rules.token_serial(form.cleaned_data["token"], now)) is None:
        return JsonResponse({"detail": "challenge not valid"}, status=403)
    if (status := admit(serial, request.META.get("REMOTE_ADDR", ""), document, int(now))) != 200:
        return JsonResponse({"detail": "refused"}, status=status)
    found = Candidate.objects.filter(sitting=sitting, ticket=ticket, identity=rules.identity_hash(document)).first()
    if found is None:
        return JsonResponse({"detail": "not found or not unique"}, status=404)
    answer = {"state": "found", "sitting": sitting, "published_at": rules.PUBLISHED_AT, "record": as_record(found)}
    return JsonResponse(answer)


def as_record(found: Candidate) -> dict[str, Any]:
    """The public content of a candidate's result."""
    lines = [
        {
            "subject": item.subject,
            "ticket": item.ticket,
            "mark": item.mark,
            "code": item.code,
            "line": item.line,
            "status": item.status,
        }
        for item in found.subjects.all()
    ]
    return {**{name: getattr(found, name) for name in CANDIDATE}, "subjects": lines}
