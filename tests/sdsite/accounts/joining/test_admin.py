"""Coming in, in the admin: the mode, requests, invitations."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from sdsite.accounts.joining import requests
from sdsite.accounts.joining.invitations import find_invitation
from sdsite.accounts.joining.mode import get_mode
from sdsite.accounts.models import AuditEvent, Invitation, SignupRequest
from tests.support.clients.logged_in import client_of
from tests.support.factories import make_user

MODE = reverse("admin:accounts_signupsettings_changelist")
REQUESTS = reverse("admin:accounts_signuprequest_changelist")
INVITATIONS = reverse("admin:accounts_invitation_changelist")
USERS = reverse("admin:accounts_user_changelist")


def test_the_mode_is_switched(as_root, root):
    page = as_root.get(MODE, follow=True)
    assert "Closed: administrators create accounts" in page.content.decode()
    as_root.post(page.redirect_chain[-1][0], {"mode": "request"})
    assert get_mode() == "request"
    assert AuditEvent.objects.filter(action__startswith="sign").get().actor == root


def test_a_mode_that_needs_mail_is_refused_with_a_sentence(as_root):
    url = as_root.get(MODE).url
    assert "EMAIL_URL" in as_root.post(url, {"mode": "verified"}).content.decode()
    assert get_mode() == "closed"


def test_a_mode_of_the_environment_is_shown_as_fixed(as_root, mode):
    mode("invitation")
    url = as_root.get(MODE).url
    page = as_root.get(url).content.decode()
    assert "SDSITE_SIGNUP fixes it" in page
    assert 'name="mode"' not in page
    as_root.post(url, {"mode": "open"})
    assert get_mode() == "invitation"


def test_requests_are_approved_and_refused_in_bulk(as_root, act):
    people = [make_user(name) for name in ("dora", "erik", "fay")]
    rows = [requests.ask(user=person, reason=f"I am {person}") for person in people]
    assert "I am dora" in as_root.get(REQUESTS).content.decode()
    assert "2 approved" in act(as_root, REQUESTS, "approve", *rows[:2]).content.decode()
    assert "1 refused" in act(as_root, REQUESTS, "refuse", rows[2]).content.decode()
    for person, active in zip(people, (True, True, False), strict=True):
        person.refresh_from_db()
        assert person.is_active is active


@pytest.mark.parametrize("way", ["action", "form"])
def test_who_is_activated_among_the_users_does_not_wait_any_more(as_root, act, way):
    dora = make_user("dora")
    requests.ask(user=dora)
    if way == "action":
        act(as_root, USERS, "activate", dora)
    else:
        url = reverse("admin:accounts_user_change", args=[dora.pk])
        as_root.post(url, {"username": "dora", "is_active": "on", "email": dora.email})
    dora.refresh_from_db()
    assert dora.is_active
    assert not SignupRequest.objects.exists()


def test_an_invitation_is_made_and_its_link_shown_once(as_root, root):
    data = {"note": "the club", "role": "", "most_uses": "5", "days": "30"}
    response = as_root.post(f"{INVITATIONS}add/", data)
    token = re.search(r'value="http://testserver/join/([^/]+)/"', response.content.decode()).group(1)
    row = find_invitation(token)
    assert (row.made_by, row.most_uses) == (root, 5)
    assert "no-store" in response["Cache-Control"]
    page = as_root.get(reverse("admin:accounts_invitation_change", args=[row.pk])).content.decode()
    assert token not in page
    assert "0 of 5" in page


def test_new_invitations_say_that_the_sign_up_is_closed(as_root, mode):
    sentence = "The sign-up of this site is closed"
    assert sentence in as_root.get(f"{INVITATIONS}add/").content.decode()
    made = as_root.post(f"{INVITATIONS}add/", {"role": "", "most_uses": "5", "days": "30"}).content.decode()
    assert sentence in made
    assert f'href="{MODE}">Open the sign-up' in made
    mode("invitation")
    assert sentence not in as_root.get(f"{INVITATIONS}add/").content.decode()


def test_invitations_of_others_are_revoked(as_root, act, invite, alice):
    row, _ = invite(actor=alice)
    assert "1 revoked" in act(as_root, INVITATIONS, "revoke_selected", row).content.decode()
    row.refresh_from_db()
    assert row.state == "revoked"
    assert AuditEvent.objects.get(action="invitation.revoked").actor.username == "root"


def test_staff_without_the_permission_invite_nobody_and_decide_nothing(bob, act):
    bob.user_permissions.set(Permission.objects.filter(codename__in=["view_invitation", "view_signuprequest"]))
    row = requests.ask(user=make_user("dora"))
    client = client_of(bob)
    assert client.get(INVITATIONS).status_code == 200
    assert client.post(f"{INVITATIONS}add/", {"most_uses": "1", "days": "1"}).status_code == 403
    assert client.get(MODE, follow=True).status_code == 403
    act(client, REQUESTS, "approve", row)
    assert not Invitation.objects.exists()
    assert SignupRequest.objects.waiting().count() == 1


def test_who_waits_can_be_deleted_as_anybody(as_root, own_media):
    dora = make_user("dora")
    requests.ask(user=dora)
    assert as_root.post(reverse("admin:accounts_user_delete", args=[dora.pk]), {"post": "yes"}).status_code == 302
    assert not SignupRequest.objects.exists()
