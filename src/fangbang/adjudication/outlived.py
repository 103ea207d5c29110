"""Reads of withholdings that are over, for `queries.py`."""

from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from fangbang.adjudication.models import Withholding, WithholdingRequest


def old_withholdings(before: datetime) -> tuple[QuerySet[Withholding], QuerySet[WithholdingRequest]]:
    """Withholdings that were lifted before a moment; and requests from before it, decided or not, about persons whom
    nothing holds back now."""
    still = Withholding.objects.filter(lifted_at=None, sitting_id=OuterRef("sitting_id"), ticket=OuterRef("ticket"))
    requests = WithholdingRequest.objects.filter(asked_at__lt=before).exclude(decided_at__gte=before)
    return Withholding.objects.filter(lifted_at__lt=before), requests.exclude(Exists(still))
