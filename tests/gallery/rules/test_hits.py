"""The record of matches: what is stored, closed and forgotten."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from gallery.models import RuleHit
from gallery.rules import hits
from gallery.rules.judge import judge_prompt
from sdsite.accounts import site_settings
from sdsite.accounts.models import AuditEvent
from tests.support.rules import make_rule

pytestmark = pytest.mark.django_db


@pytest.fixture
def judgement(alice):
    make_rule(decision="hold")
    make_rule(decision="notify", words="heart")
    make_rule(decision="allow", words="moon", order=1)
    return judge_prompt(user_id=alice.pk, prompts=["a heart on a zeppelin at the moon", "a sun"])


def test_each_rule_that_matched_is_a_row_of_one_judgement(alice, judgement):
    job = uuid.uuid4()
    hits.record(judgement, user_id=alice.pk, door="api", job_id=job)
    rows = RuleHit.objects.of_job(job)
    assert {(row.decision, row.outcome, row.matched) for row in rows} == {
        ("hold", "hold", "zeppelin"),
        ("notify", "hold", "heart"),
    }
    assert len({row.judgement for row in rows}) == 1
    assert all(row.facts == {"prompts": ["a heart on a zeppelin at the moon"]} for row in rows)
    assert hits.decision_of_job(job) == "hold"
    assert hits.decision_of_job(uuid.uuid4()) == "allow"


def test_a_repeated_refusal_is_stored_once_an_hour(alice, charlie, judgement):
    for user in (alice, alice, charlie):
        hits.record_refusal(judgement, user_id=user.pk, door="api")
    assert RuleHit.objects.values("judgement").distinct().count() == 2
    RuleHit.objects.update(created_at=timezone.now() - timedelta(hours=2))
    hits.record_refusal(judgement, user_id=alice.pk, door="api")
    assert RuleHit.objects.values("judgement").distinct().count() == 3


def test_closing_is_audited_and_happens_once(alice, bob, judgement):
    hits.record(judgement, user_id=alice.pk, door="api")
    assert hits.close_hits(hits=RuleHit.objects.all(), actor=bob) == 2
    assert hits.close_hits(hits=RuleHit.objects.all(), actor=bob) == 0
    assert not RuleHit.objects.open().exists()
    assert AuditEvent.objects.filter(action="rule_hit.closed", actor=bob).count() == 2


def test_facts_and_rows_are_forgotten_after_their_time(alice, judgement):
    for days in (1, 31, 366):
        for row in hits.record(judgement, user_id=alice.pk, door="api"):
            RuleHit.objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(days=days))
    assert hits.forget_old() == 4
    assert hits.forget_old() == 0
    assert (RuleHit.objects.count(), RuleHit.objects.filter(facts__isnull=True).count()) == (4, 2)


def test_the_site_settings_say_how_long(alice, root, judgement):
    hits.record(judgement, user_id=alice.pk, door="api")
    site_settings.change(actor=root, changes={"rule_facts_days": 0, "rule_hits_days": 30})
    assert (hits.forget_old(), RuleHit.objects.filter(facts__isnull=True).count()) == (2, 2)
    RuleHit.objects.update(created_at=timezone.now() - timedelta(days=31))
    hits.forget_old()
    assert not RuleHit.objects.exists()


def test_the_words_of_a_person_can_be_dropped(alice, judgement):
    hits.record(judgement, user_id=alice.pk, door="api")
    hits.forget_person(alice.pk)
    assert set(RuleHit.objects.values_list("facts", "matched")) == {(None, "")}
