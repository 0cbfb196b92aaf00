"""The record of what rules matched: written, closed by moderators, and forgotten after a time."""

import hashlib
import json
import uuid
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from gallery.models import Image, RuleHit
from gallery.rules.engine import Judgement, stricter
from gallery.rules.telling import tell_moderators
from sdsite.accounts import audit, site_settings

PIXELS = "worker"  # door of the matches of the safety checker
REPEATED = timedelta(hours=1)
_BATCH = 500


def record(
    judgement: Judgement,
    *,
    user_id: int | None,
    door: str,
    job_id: uuid.UUID | None = None,
    image: Image | None = None,
) -> list[RuleHit]:
    """Store what matched, except for rules that allow, and tell the moderators of those that notify.

    Call it in the transaction of what was decided.
    """
    matches = [match for match in judgement.matches if match.rule.content.decision != "allow"]
    if not matches:
        return []
    facts, digest = judgement.facts.as_json(), digest_of(judgement)
    together = uuid.uuid4()
    rows = [
        RuleHit(
            judgement=together,
            version_id=match.rule.version_id,
            revision=judgement.revision,
            user_id=user_id,
            job_id=job_id,
            image=image,
            door=door,
            decision=match.rule.content.decision,
            outcome=judgement.decision,
            matched=match.matched,
            facts=facts,
            facts_digest=digest,
        )
        for match in matches
    ]
    with transaction.atomic():
        stored = RuleHit.objects.bulk_create(rows)
        tell_moderators(matches, user_id=user_id)
    return stored


def record_refusal(judgement: Judgement, *, user_id: int, door: str) -> None:
    """Store that a request was refused; repeating it within REPEATED stores nothing more."""
    digest = digest_of(judgement)
    since = timezone.now() - REPEATED
    earlier = RuleHit.objects.filter(user=user_id, door=door, job_id=None, created_at__gte=since)
    if not earlier.filter(revision=judgement.revision, facts_digest=digest).exists():
        record(judgement, user_id=user_id, door=door)


def digest_of(judgement: Judgement) -> str:
    """Return the SHA-256 of the facts, in hexadecimal digits."""
    return hashlib.sha256(json.dumps(judgement.facts.as_json(), sort_keys=True).encode()).hexdigest()


def decision_of_job(job_id: uuid.UUID) -> str:
    """Return what rules decided on the prompts of a job, and so for all its images: allow, notify, blur or hold."""
    decided = RuleHit.objects.of_job(job_id).exclude(door=PIXELS)
    return stricter(*decided.values_list("outcome", flat=True)[:1])


def close_hits(*, hits: QuerySet[RuleHit], actor: Any) -> int:
    """Mark open matches as dealt with, and record who did so; return how many."""
    with transaction.atomic():
        found = list(hits.open().select_for_update())  # type: ignore[attr-defined]
        RuleHit.objects.filter(pk__in=[hit.pk for hit in found]).update(closed_at=timezone.now(), closed_by=actor)
        for hit in found:
            audit.record(actor=actor, action="rule_hit.closed", target=hit.pk, version=hit.version_id)
    return len(found)


def forget_old() -> int:
    """Drop facts older than `rule_facts_days` of the site settings, and matches older than `rule_hits_days`.

    Some hundred at a time.

    Return how many rows changed; 0: nothing is left to do.
    """
    now, kept = timezone.now(), site_settings.current()
    hits_since, facts_since = (now - timedelta(days=days) for days in (kept.rule_hits_days, kept.rule_facts_days))
    old = list(RuleHit.objects.filter(created_at__lt=hits_since).order_by("created_at").values("pk")[:_BATCH])
    RuleHit.objects.filter(pk__in=[row["pk"] for row in old]).delete()
    aged = RuleHit.objects.filter(created_at__lt=facts_since, facts__isnull=False)
    rows = [row["pk"] for row in aged.order_by("created_at").values("pk")[:_BATCH]]
    return len(old) + RuleHit.objects.filter(pk__in=rows).update(facts=None)


def forget_person(user_id: int) -> int:
    """Drop the words of a person who is about to be deleted; what was decided stays, without a name."""
    return RuleHit.objects.filter(user=user_id).update(facts=None, matched="")
