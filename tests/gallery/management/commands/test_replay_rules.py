"""`manage.py replay_rules`: what it says, and that a decision that differs is a failure."""

import pytest
from django.core.management import CommandError, call_command

from gallery.models import RuleHit
from gallery.rules import hits
from gallery.rules.judge import judge_prompt
from tests.support.rules import make_rule

pytestmark = pytest.mark.django_db


def test_a_decision_that_would_differ_fails_the_command(alice, capsys):
    make_rule(decision="hold")
    hits.record(judge_prompt(user_id=alice.pk, prompts=["zeppelin"]), user_id=alice.pk, door="api")
    call_command("replay_rules", newest=1)
    assert capsys.readouterr().out == "1 judgements are the same; 0 have no facts any more.\n"
    RuleHit.objects.update(outcome="blur")
    with pytest.raises(CommandError, match=str(RuleHit.objects.get().judgement)):
        call_command("replay_rules")
