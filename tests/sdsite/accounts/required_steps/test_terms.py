"""Publishing and accepting terms of use."""

import pytest
from django.core.exceptions import ValidationError

from sdsite.accounts.models import AuditEvent, TermsAcceptance, User
from sdsite.accounts.required_steps.terms import accept_terms, current_terms
from tests.sdsite.accounts.required_steps.conftest import steps
from tests.support.clients.logged_in import client_of
from tests.support.factories import make_user


def test_a_version_is_asked_of_everybody_and_again_when_changed(alice, charlie, publish):
    first = publish("One.")
    assert steps(alice) == steps(charlie) == (True, False)
    assert accept_terms(first.number, user=alice)
    assert steps(alice) == (False, False)
    assert steps(charlie) == (True, False)
    second = publish("Two.")
    assert second.number == first.number + 1
    assert steps(alice) == (True, False)
    assert not accept_terms(first.number, user=alice)  # somebody read the old one in an open tab
    assert steps(alice) == (True, False)


def test_who_comes_later_is_asked_at_the_login(alice, publish):
    publish()
    dora = make_user("dora")
    client_of(dora)
    assert steps(dora) == (True, False)


def test_accepting_twice_is_accepting_once(alice, publish):
    version = publish()
    assert accept_terms(version.number, user=alice)
    first = TermsAcceptance.objects.get().at
    assert accept_terms(version.number, user=alice)
    assert TermsAcceptance.objects.get().at == first
    assert AuditEvent.objects.filter(action="terms.accepted").count() == 1


def test_without_a_text_nothing_is_asked_any_more(alice, publish):
    publish()
    publish("  ")
    assert current_terms() is None
    assert not User.objects.filter(terms_due=True).exists()


@pytest.mark.parametrize(("before", "text"), [("", " "), ("Be kind.", "Be kind.\r\n"), ("", "x" * 100_001)])
def test_a_text_that_changes_nothing_or_is_too_long_is_refused(publish, before, text):
    if before:
        publish(before)
    with pytest.raises(ValidationError):
        publish(text)
