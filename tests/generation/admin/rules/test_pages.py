"""Admin of rules: creating, changing and removing them by the form, and trying one."""

import pytest
from django.urls import reverse

from gallery.models import Rule
from gallery.rules.changes import said_by
from sdsite.accounts import site_settings
from sdsite.accounts.models import AuditEvent
from tests.support.factories import make_job
from tests.support.rules import make_rule

pytestmark = pytest.mark.django_db

LIST, ADD = "admin:gallery_rule_changelist", "admin:gallery_rule_add"
FORM = {"name": "Airships", "enabled": "on", "scope": "prompt", "decision": "refuse", "order": "5", "negative": "on"}


def at(name, *args):
    return reverse(f"admin:gallery_rule_{name}", args=args)


def test_a_rule_is_created_changed_and_removed(as_root):
    assert as_root.post(reverse(ADD), {**FORM, "words": "zeppelin"}).status_code == 302
    rule = Rule.objects.get()
    assert said_by(rule)["words"] == "zeppelin"
    page = as_root.get(at("change", rule.pk)).content.decode()
    assert "zeppelin" in page
    changed = {**FORM, "scope": "burst", "decision": "hold", "publications": "3", "minutes": "10", "negative": ""}
    assert as_root.post(at("change", rule.pk), changed).status_code == 302
    said = said_by(rule)
    assert (said["scope"], said["publications"], said["minutes"], said["words"]) == ("burst", 3, 10, "")
    assert "refuse, on: zeppelin" in as_root.get(at("change", rule.pk)).content.decode()
    assert as_root.post(at("delete", rule.pk), {"post": "yes"}).status_code == 302
    assert not Rule.objects.kept().exists()
    assert rule.versions.count() == 3
    found = list(AuditEvent.objects.filter(action__startswith="rule.").order_by("pk").values_list("action", flat=True))
    assert found == ["rule.created", "rule.changed", "rule.removed"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "needs words or an expression"),
        ({"expression": "(?=a)b"}, "look-ahead"),
        ({"words": "a", "scope": "burst"}, "for the scope prompt"),
        ({"words": "a", "order": "4000"}, "1000"),
    ],
)
def test_what_cannot_be_used_is_said_in_the_form(as_root, fields, said):
    response = as_root.post(reverse(ADD), {**FORM, **fields})
    assert response.status_code == 200
    assert said in response.content.decode()
    assert not Rule.objects.exists()


def test_the_selected_are_removed(as_root, act):
    rules = [make_rule(name="one"), make_rule(name="two")]
    act(as_root, reverse(LIST), "delete_selected", *rules, post="yes")
    assert not Rule.objects.kept().exists()


def test_a_rule_is_tried(as_root, alice, checkpoint):
    make_job(alice, checkpoint, prompt="one zeppelin over <b>Lake</b> Constance", negative_prompt="")
    rule = make_rule()
    page = as_root.get(at("try", rule.pk))
    assert page.status_code == 200
    tried = as_root.post(at("try", rule.pk), {"text": "two Zeppelin"}).content.decode()
    assert "It matches “Zeppelin”." in tried
    assert "It matches nothing" in as_root.post(at("try", rule.pk), {"text": "a heart"}).content.decode()
    past = as_root.post(at("try", rule.pk), {"past": "1"}).content.decode()
    assert "Looked at: 1. Matched: 1. People: 1. It looked back to" in past
    assert "over &lt;b&gt;Lake&lt;/b&gt; Constance" in past


def test_the_page_says_how_far_back_a_trial_can_look(as_root, root):
    prompts, labels = make_rule(), make_rule(scope="checker")
    assert "Try on the last 30 days" in as_root.get(at("try", prompts.pk)).content.decode()
    site_settings.change(actor=root, changes={"deliveries_days": 1, "jobs_days": 7})
    page = as_root.get(at("try", prompts.pk)).content.decode()
    assert "Try on the last 7 days" in page
    assert "Ended jobs are not kept longer" in page
    assert "Try on the last 30 days" in as_root.get(at("try", labels.pk)).content.decode()


def test_only_who_may_manage_rules_sees_them(as_moderator):
    rule = make_rule()
    for page in (reverse(LIST), reverse(ADD), at("change", rule.pk), at("try", rule.pk)):
        assert as_moderator.get(page).status_code == 403
