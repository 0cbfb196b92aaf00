"""A user's page in the admin: what they may do and why, and suspension."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from sdsite.accounts.models import Role, Suspension, User
from tests.support.clients.logged_in import client_of
from tests.support.factories import make_user
from tests.support.limits import limit

pytestmark = pytest.mark.django_db


def page(user):
    return reverse("admin:accounts_user_change", args=[user.pk])


def suspension_of(user):
    return reverse("admin:accounts_user_suspend_this", args=[user.pk])


@pytest.fixture
def as_mod(db):
    """A client of somebody with the role moderator."""
    moderator = make_user("mod", is_staff=True)
    moderator.groups.add(Role.objects.get(key="moderator").group)
    return client_of(moderator)


def test_the_page_says_what_they_may_do_and_why(as_root, alice):
    limit(Role.objects.get(key="trusted").group, most_images=4)
    alice.groups.add(Role.objects.get(key="trusted").group)
    response = as_root.get(page(alice))
    found = {one.name: (one.value, one.because) for one in response.context["permissions"]}
    assert found["gallery.publish_without_review"] == (True, ["Trusted"])
    assert found["accounts.manage_roles"] == (False, [])
    text = response.content.decode()
    assert "What they may do, and why" in text
    assert "Publish without review" in text
    assert "Most images" in text or "most images" in text


def test_somebody_is_suspended_for_a_week_and_let_in_again(as_mod, alice):
    assert "cannot log in any more" in as_mod.get(suspension_of(alice)).content.decode()
    answer = as_mod.post(suspension_of(alice), {"days": "7", "reason": "spam"})
    assert answer.status_code == 302
    row = Suspension.objects.get()
    assert (row.reason, row.by.username) == ("spam", "mod")
    assert abs(row.until - timezone.now() - timedelta(days=7)) < timedelta(hours=1)
    assert "spam" in as_mod.get(suspension_of(alice)).content.decode()
    as_mod.post(suspension_of(alice), {"end": "1"})
    assert User.objects.get(pk=alice.pk).is_active
    as_mod.post(suspension_of(alice), {"days": "", "reason": ""})
    assert Suspension.objects.get().until is None


def test_ending_opens_no_account_that_waits_for_something_else(as_mod, alice):
    User.objects.filter(pk=alice.pk).update(is_active=False)
    as_mod.post(suspension_of(alice), {"end": "1", "days": "x"})
    assert not User.objects.get(pk=alice.pk).is_active


def test_bad_values_and_people_suspend_nobody(as_mod, as_root, root, alice, as_charlie):
    assert as_mod.post(suspension_of(alice), {"days": "8"}).status_code == 422
    assert as_mod.post(suspension_of(alice), {"days": "7", "reason": "x" * 501}).status_code == 422
    assert as_mod.post(suspension_of(root), {"days": "7"}).status_code == 403
    assert as_root.post(suspension_of(root), {"days": "7"}).status_code == 422
    assert as_charlie.post(suspension_of(alice), {"days": "7"}).status_code in (302, 403)
    assert not Suspension.objects.exists()
    assert not User.objects.filter(is_active=False).exists()


def test_a_moderator_does_not_let_staff_in_again(as_mod, as_root):
    colleague = make_user("colleague", is_staff=True)
    as_root.post(suspension_of(colleague), {"days": "7"})
    address = f"/api/v1/admin/people/{colleague.pk}/suspension"
    assert as_mod.post(suspension_of(colleague), {"end": "1"}).status_code == 403
    assert as_mod.delete(address).status_code == 403
    assert Suspension.objects.get().user == colleague
    assert as_root.delete(address).status_code == 200
    assert User.objects.get(pk=colleague.pk).is_active
