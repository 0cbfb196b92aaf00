"""Replay: recorded facts have the same decision by the rules of that time, whatever the rules are now."""

import random

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command

from gallery.models import RuleHit
from gallery.rules import hits
from gallery.rules.changes import remove_rule, save_rule
from gallery.rules.content import RuleContent
from gallery.rules.judge import judge_pixels, judge_prompt, judge_publication
from gallery.rules.replay import replay
from tests.support.rules import make_rule

pytestmark = pytest.mark.django_db

WORDS = ("zeppelin", "heart", "moon", "sun", "led zeppelin", "star")


def judge_some(alice, dice):
    for _ in range(60):
        text = " ".join(dice.choices(WORDS, k=4))
        judgement = judge_prompt(user_id=alice.pk, prompts=[text, dice.choice(WORDS)], negatives=[dice.choice(WORDS)])
        hits.record(judgement, user_id=alice.pk, door="api")
    for label in ("gore", "face") * 5:
        pixels = judge_pixels(user_id=alice.pk, scores={label: dice.random(), "": dice.random()})
        hits.record(pixels, user_id=alice.pk, door=hits.PIXELS)
        hits.record(judge_publication(user=alice, number=dice.randint(1, 9)), user_id=alice.pk, door="visibility")


def test_every_judgement_is_the_same_again_after_the_rules_have_changed(alice, root, capsys):
    dice = random.Random(19)
    make_rule(decision="allow", words="led zeppelin", order=1)
    rule = make_rule(decision="hold")
    make_rule(decision="notify", words="heart, moon", negative=False)
    make_rule(scope="checker", decision="blur", label="gore", least_score=0.3)
    make_rule(scope="checker", decision="hold", least_score=0.2)
    make_rule(scope="burst", decision="hold", publications=4)
    make_rule(scope="new_account", decision="notify")
    group = Group.objects.create(name="press")
    alice.groups.add(group)
    make_rule(decision="blur", expression="su[nm]", roles=[group.pk])
    judge_some(alice, dice)
    save_rule(
        content=RuleContent(**{**rule.versions.first().content, "decision": "refuse", "words": "star"}),
        actor=root,
        rule=rule,
    )
    judge_some(alice, dice)
    remove_rule(rule=rule, actor=root)
    alice.groups.clear()
    judge_some(alice, dice)
    assert RuleHit.objects.count() > 300
    scopes = {hit.version.content["scope"] for hit in RuleHit.objects.select_related("version")}
    assert scopes == {"prompt", "checker", "burst", "new_account"}
    judgements = RuleHit.objects.values("judgement").distinct().count()
    assert judgements > 150
    found = replay()
    assert (found.same, found.different, found.forgotten) == (judgements, [], 0)
    call_command("replay_rules")
    assert f"{judgements} judgements" in capsys.readouterr().out


def test_a_judgement_that_would_differ_is_named(alice):
    make_rule(decision="hold")
    hits.record(judge_prompt(user_id=alice.pk, prompts=["zeppelin"]), user_id=alice.pk, door="api")
    RuleHit.objects.update(outcome="blur")
    assert replay().different == [RuleHit.objects.get().judgement]
    RuleHit.objects.update(facts=None)
    assert (replay().different, replay().forgotten) == ([], 1)
    assert replay(newest=0).forgotten == 0
