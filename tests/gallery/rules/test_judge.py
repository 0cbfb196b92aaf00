"""Judging with the site's rows: roles, publications within a time, and the age of an account."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from gallery.models import Image, ShareLink
from gallery.rules.judge import judge_pixels, judge_prompt, judge_publication, may_judge_pixels
from tests.support.factories import make_image
from tests.support.rules import make_rule

pytestmark = pytest.mark.django_db


def test_without_rules_nothing_is_decided(alice, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert judge_prompt(user_id=alice.pk, prompts=["zeppelin"]).decision == "allow"
    assert judge_publication(user=alice, number=1).decision == "allow"
    assert judge_pixels(user_id=alice.pk, scores={"": 1.0}).decision == "allow"


def test_a_rule_binds_those_with_its_role(alice, charlie):
    group = Group.objects.create(name="press")
    alice.groups.add(group)
    make_rule(roles=[group.pk])
    assert judge_prompt(user_id=alice.pk, prompts=["zeppelin"]).decision == "refuse"
    assert judge_prompt(user_id=charlie.pk, prompts=["zeppelin"]).decision == "allow"


def test_only_labels_that_rules_ask_for_are_kept(alice):
    make_rule(scope="checker", decision="hold", label="gore", least_score=0.5)
    judgement = judge_pixels(user_id=alice.pk, scores={"gore": 0.51236, "face": 0.9, "": 0.5})
    assert (judgement.decision, dict(judgement.facts.scores)) == ("hold", {"gore": 0.5124})


def test_rules_that_keep_nothing_back_do_not_veil(alice):
    make_rule(scope="checker", decision="notify", label="gore")
    assert may_judge_pixels(alice.pk) is False
    make_rule(scope="checker", decision="blur", label="gore")
    assert may_judge_pixels(alice.pk) is True


def test_publications_within_the_time_count_and_links_too(alice, charlie):
    make_rule(scope="burst", decision="hold", publications=3, minutes=60)
    now = timezone.now()
    shared = [make_image(alice, index=n) for n in range(2)]
    Image.objects.filter(pk=shared[0].pk).update(published_at=now)
    Image.objects.filter(pk=shared[1].pk).update(published_at=now - timedelta(hours=2))
    ShareLink.objects.create(owner=alice, image=shared[1])
    assert judge_publication(user=alice, number=1).decision == "allow"
    judgement = judge_publication(user=alice, number=2)
    assert (judgement.decision, judgement.matches[0].matched) == ("hold", "4 in 60 min")
    assert judge_publication(user=charlie, number=3).decision == "allow"


def test_a_new_account_is_one_of_few_days(alice):
    make_rule(scope="new_account", decision="hold", days=7)
    assert judge_publication(user=alice, number=1).decision == "hold"
    alice.date_joined -= timedelta(days=8)
    assert judge_publication(user=alice, number=1).decision == "allow"
