"""Sessions in the admin."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from sdsite.accounts.models import AuditEvent, UserSession
from tests.sdsite.accounts.sessions.conftest import is_in

USERS = reverse("admin:accounts_user_changelist")
SESSIONS = reverse("admin:accounts_usersession_changelist")


@pytest.fixture
def helper(bob):
    """Bob, staff who looks after accounts."""
    names = ("view_user", "change_user", "view_usersession", "change_usersession")
    bob.user_permissions.set(Permission.objects.filter(content_type__app_label="accounts", codename__in=names))
    return bob


def test_a_person_is_logged_out_everywhere(alice, root, as_root, sign_in, act):
    device = sign_in(alice)
    assert "1 logged out" in act(as_root, USERS, "log_out", alice).content.decode()
    assert not is_in(device)
    assert AuditEvent.objects.get(action="session.all_ended").actor == root


def test_administrators_keep_the_session_of_the_page(root, sign_in, act):
    here, elsewhere = sign_in(root), sign_in(root)
    assert "1 logged out" in act(here, USERS, "log_out", root).content.decode()
    assert is_in(here)
    assert not is_in(elsewhere)


def test_staff_log_out_members_and_no_administrator(alice, root, helper, sign_in, act):
    at_work, device, of_root = sign_in(helper), sign_in(alice), sign_in(root)
    page = act(at_work, USERS, "log_out", alice, root).content.decode()
    assert "1 logged out" in page
    assert "only superusers log out staff" in page
    assert not is_in(device)
    assert is_in(of_root)
    row = UserSession.objects.visible_to(root).get()
    assert "only superusers end those of staff" in act(at_work, SESSIONS, "end_selected", row).content.decode()
    assert is_in(of_root)


def test_one_session_is_ended_in_the_list(alice, as_root, sign_in, act):
    device, other = sign_in(alice), sign_in(alice)
    page = as_root.get(SESSIONS).content.decode()
    assert "Firefox · Windows" in page
    assert device.session.session_key not in page
    row = UserSession.objects.get(session_id=device.session.session_key)
    assert "1 ended" in act(as_root, SESSIONS, "end_selected", row).content.decode()
    assert not is_in(device)
    assert is_in(other)


def test_a_session_that_opens_nothing_any_more_says_so(alice, as_root, sign_in):
    sign_in(alice)
    alice.set_password("another horse battery staple")
    alice.save()
    row = UserSession.objects.get(user=alice)
    page = as_root.get(reverse("admin:accounts_usersession_change", args=[row.pk])).content.decode()
    assert re.search(r"\bended\b", page)
