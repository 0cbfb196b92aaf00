"""The form of a rule: defaults of the schema, and fields of other scopes that are left aside."""

import pytest

from generation.admin.rules.forms import RuleForm
from tests.support.rules import make_rule

pytestmark = pytest.mark.django_db

BASE = {"name": "Airships", "enabled": "on", "decision": "hold", "order": "5"}


def test_fields_of_other_scopes_are_left_aside():
    form = RuleForm({**BASE, "scope": "new_account", "days": "3", "minutes": "9", "least_score": "0.1"})
    assert form.is_valid(), form.errors
    assert (form.content.days, form.content.minutes, form.content.least_score) == (3, 60, 0.6)


def test_empty_numbers_have_their_defaults():
    form = RuleForm({**BASE, "scope": "burst"})
    assert form.is_valid(), form.errors
    assert (form.content.publications, form.content.minutes) == (20, 60)


def test_it_shows_what_the_rule_says_now():
    form = RuleForm(instance=make_rule(words="blimp", reason="No airships"))
    assert (form.fields["words"].initial, form.fields["reason"].initial) == ("blimp", "No airships")
    assert form.fields["words"].help_text
