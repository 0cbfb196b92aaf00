"""Pages of invitations: the link, the sign-up that follows, and one's own invitations."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.sessions.models import Session
from django.utils import timezone

from sdsite.accounts.joining.invitations import find_invitation, revoke_invitation, use_invitation
from sdsite.accounts.models import Invitation, User
from tests.support.clients.logged_in import client_of
from tests.support.factories import make_user
from tests.support.inline_parts import text_of

ADDRESS = "/settings/invitations/"
NEW = {"note": "Erik", "role": "", "most_uses": "3", "days": "7"}


@pytest.mark.parametrize("name", ["invitation", "request", "open"])
def test_a_guest_comes_in_with_the_role(visitor, mode, invite, name):
    mode(name)
    row, token = invite(role=Group.objects.create(name="friends"), note="not for guests")
    page = text_of(visitor.get(f"/join/{token}/", follow=True))
    assert "root invites you." in page
    assert "friends" in page
    assert "not for guests" not in page
    assert token not in page
    visitor.sign_up()
    assert visitor.is_in
    assert User.objects.get(username="dora").groups.get().name == "friends"
    assert row.guests.get().username == "dora"


def test_sessions_do_not_hold_the_token(visitor, mode, invite):
    mode("invitation")
    _, token = invite()
    visitor.get(f"/join/{token}/")
    assert all(token not in str(session.get_decoded()) for session in Session.objects.all())


def test_a_closed_site_lets_no_guest_in(visitor, mode, invite):
    mode("closed")
    _, token = invite()
    assert "Sign-up is closed" in visitor.get(f"/join/{token}/", follow=True).content.decode()
    visitor.sign_up()
    assert not User.objects.filter(username="dora").exists()


def test_what_became_of_a_link_is_a_sentence(visitor, mode, invite, root):
    mode("invitation")
    assert "There is no such invitation" in text_of(visitor.get("/join/nothing/"), 404)
    row, token = invite()
    revoke_invitation(invitation=row, actor=root)
    assert "was revoked" in text_of(visitor.get(f"/join/{token}/"), 404)


def test_one_that_is_used_up_meanwhile_keeps_what_was_typed(visitor, mode, invite, alice):
    mode("invitation")
    row, token = invite()
    visitor.get(f"/join/{token}/")
    use_invitation(row.pk, user=alice)
    page = text_of(visitor.sign_up("dora"))
    assert "used as often as it may be" in page
    assert 'value="dora"' in page
    assert not User.objects.filter(username="dora").exists()
    assert "Sign-up is by invitation" in visitor.get("/accounts/signup/").content.decode()


def test_where_the_site_is_open_a_dead_invitation_hinders_nobody(visitor, mode, invite):
    mode("open")
    row, token = invite()
    visitor.get(f"/join/{token}/")
    Invitation.objects.filter(pk=row.pk).update(expires_at=timezone.now() - timedelta(days=1))
    assert "has expired" in visitor.get("/accounts/signup/").content.decode()
    visitor.sign_up()
    assert visitor.is_in


def test_a_taken_name_costs_no_use(visitor, mode, invite, alice):
    mode("invitation")
    row, token = invite()
    visitor.get(f"/join/{token}/")
    assert visitor.sign_up("alice").context["form"].errors["username"]
    row.refresh_from_db()
    assert row.uses == 0
    visitor.sign_up("dora")
    assert visitor.is_in


def test_two_guests_of_one_use(visitor, another_visitor, mode, invite):
    mode("invitation")
    _, token = invite()
    for guest in (visitor, another_visitor):
        guest.get(f"/join/{token}/")
    visitor.sign_up("dora")
    page = another_visitor.sign_up("erik").content.decode()
    assert "used as often as it may be" in page
    assert not User.objects.filter(username="erik").exists()


def test_who_has_an_account_needs_no_invitation(as_alice, mode, invite, checkpoint):
    mode("invitation")
    row, token = invite()
    assert "need no invitation" in as_alice.get(f"/join/{token}/", follow=True).content.decode()
    row.refresh_from_db()
    assert row.uses == 0


@pytest.fixture
def inviter(alice):
    """A client of Alice's, who may invite."""
    alice.user_permissions.add(Permission.objects.get(codename="add_invitation"))
    return client_of(User.objects.get(pk=alice.pk))


def link_in(page):
    return re.search(r'id="secret" value="http://testserver/join/([^/]+)/"', page).group(1)


def test_people_with_the_permission_invite_and_see_the_link_once(inviter, mode, alice):
    mode("invitation")
    assert ADDRESS in inviter.get("/settings/").content.decode()
    response = inviter.post(ADDRESS, NEW)
    page = text_of(response)
    assert "no-store" in response["Cache-Control"]
    assert "data:image/svg+xml" in page
    row = find_invitation(link_in(page))
    assert (row.made_by, row.most_uses, row.note) == (alice, 3, "Erik")
    use_invitation(row.pk, user=make_user("erik"))
    page = text_of(inviter.get(ADDRESS))
    assert "Used 1 of 3 times" in page
    assert "Who came: erik" in page
    assert 'id="secret"' not in page


@pytest.mark.parametrize("wrong", [{"most_uses": "0"}, {"days": "9000"}, {"role": "77"}])
def test_bad_values_make_no_invitation(inviter, wrong):
    assert inviter.post(ADDRESS, NEW | wrong).context["form"].errors
    assert not Invitation.objects.exists()


def test_without_the_permission_there_is_no_page(as_charlie, client):
    assert as_charlie.get(ADDRESS).status_code == 403
    assert as_charlie.post(ADDRESS, NEW).status_code == 403
    assert ADDRESS not in as_charlie.get("/settings/").content.decode()
    assert client.get(ADDRESS).status_code == 302
    assert not Invitation.objects.exists()


def test_one_revokes_only_ones_own(inviter, as_charlie, alice, invite):
    mine, other = invite(actor=alice)[0], invite()[0]
    for client, row in ((inviter, other), (as_charlie, mine)):
        assert client.post(f"{ADDRESS}{row.pk}/revoke/").status_code == 404
    assert "Revoke this invitation?" in text_of(inviter.get(f"{ADDRESS}{mine.pk}/revoke/"))
    inviter.post(f"{ADDRESS}{mine.pk}/revoke/")
    mine.refresh_from_db()
    other.refresh_from_db()
    assert (mine.state, other.state) == ("revoked", "usable")
