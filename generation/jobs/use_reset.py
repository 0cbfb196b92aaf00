"""Reset of the GPU time that a person has used in the last 24 hours, as far as limits count it."""

from django.db import transaction
from django.db.models import Count, QuerySet, Sum
from django.utils import timezone

from generation.jobs.submission.quota import counted_in_window
from generation.models import Job, Share
from sdsite.accounts import audit
from sdsite.accounts.models import User


def reset_use(*, user: User, actor: User) -> float:
    """Count nothing that `user` used until now towards limits of role and keys; return those seconds.

    The jobs keep what they used, and so does fair share: nobody's turn changes.
    """
    with transaction.atomic():
        now = timezone.now()
        used: float = counted_in_window(Job.objects.filter(owner=user), now).aggregate(
            seconds=Sum("used_seconds", default=0.0)
        )["seconds"]
        if used:
            share, _ = Share.objects.get_or_create(owner=user)
            Share.objects.filter(pk=share.pk).update(use_reset_at=now)
            audit.record(actor=actor, action="user.use_reset", target=user, before=round(used, 1), after=0)
    return used


def use_of(people: QuerySet[User]) -> tuple[float, int]:
    """Return the GPU seconds of people that count towards their limits of a day, and how many people have some."""
    jobs = counted_in_window(Job.objects.filter(owner__in=people), timezone.now()).filter(used_seconds__gt=0)
    found = jobs.aggregate(seconds=Sum("used_seconds", default=0.0), owners=Count("owner", distinct=True))
    return found["seconds"], found["owners"]
