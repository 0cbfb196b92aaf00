"""Invitations: who may make which, and that each lets in as many as it says."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from sdsite.accounts.joining import invitations
from sdsite.accounts.joining.invitations import InvitationRefused, find_invitation, revoke_invitation, use_invitation
from sdsite.accounts.models import AuditEvent, Invitation, InvitationUse, Notice, User
from tests.support.at_once import while_locked
from tests.support.factories import make_user


def test_only_a_digest_is_stored(invite):
    row, token = invite(note="the neighbours")
    stored = Invitation.objects.values().get()
    assert token not in str(stored)
    assert find_invitation(token) == row
    assert AuditEvent.objects.get(action="invitation.created").target == "the neighbours"


@pytest.mark.parametrize(
    ("fields", "wrong"), [({"days": 0}, "expires_at"), ({"days": 400}, "expires_at"), ({"most_uses": 0}, "most_uses")]
)
def test_values_out_of_range_are_refused(invite, fields, wrong):
    with pytest.raises(ValidationError) as refusal:
        invite(**fields)
    assert list(refusal.value.message_dict) == [wrong]


def test_people_give_only_roles_that_they_have(invite, root, alice):
    mine, other = Group.objects.create(name="mine"), Group.objects.create(name="other")
    alice.groups.add(mine)
    assert invite(actor=alice, role=mine)[0].role == mine
    with pytest.raises(ValidationError, match="role that you have"):
        invite(actor=alice, role=other)
    assert invite(actor=root, role=other)[0].role == other


def test_one_person_keeps_so_many(invite, root, monkeypatch):
    monkeypatch.setattr(invitations, "MOST_INVITATIONS", 1)
    row, _ = invite()
    with pytest.raises(ValidationError, match="1 open invitations"):
        invite()
    revoke_invitation(invitation=row, actor=root)
    invite()


def test_a_revoked_one_lets_nobody_in(invite, root):
    row, token = invite()
    assert revoke_invitation(invitation=row, actor=root)
    assert not revoke_invitation(invitation=row, actor=root)
    with pytest.raises(InvitationRefused, match="revoked"):
        find_invitation(token)
    assert AuditEvent.objects.filter(action="invitation.revoked").count() == 1


def test_one_of_a_suspended_person_lets_nobody_in(invite, alice):
    _, token = invite(actor=alice)
    alice.is_active = False
    alice.save()
    with pytest.raises(InvitationRefused, match="revoked"):
        find_invitation(token)


def test_an_expired_one_lets_nobody_in(invite):
    row, token = invite()
    Invitation.objects.filter(pk=row.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(InvitationRefused, match="expired"):
        find_invitation(token)


def test_it_lets_in_as_many_as_it_says_and_gives_the_role(invite, alice, charlie):
    role = Group.objects.create(name="friends")
    row, _ = invite(role=role, most_uses=1)
    use_invitation(row.pk, user=alice)
    assert alice.groups.get() == role
    with pytest.raises(InvitationRefused, match="as often as it may"):
        use_invitation(row.pk, user=charlie)
    assert not charlie.groups.exists()
    assert [str(guest) for guest in row.guests.all()] == ["alice"]


def test_who_came_is_known_after_the_account_is_gone(invite, alice):
    row, _ = invite()
    use_invitation(row.pk, user=alice)
    alice.delete()
    assert InvitationUse.objects.get().username == "alice"


def test_who_invited_is_told_who_came(invite, root, alice):
    use_invitation(invite()[0].pk, user=alice)
    told = Notice.objects.get()
    assert (told.person, told.kind, told.actor, told.url) == (root, "invitation_used", alice, "/settings/invitations/")


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_comes_in():
    root, alice, charlie = make_user("root", is_superuser=True), make_user("alice"), make_user("charlie")
    row, _ = invitations.create_invitation(actor=root, expires_at=timezone.now() + timedelta(days=1))

    def second():
        with transaction.atomic():
            return use_invitation(row.pk, user=charlie)

    with while_locked(second) as outcome:
        use_invitation(row.pk, user=alice)
    assert isinstance(outcome[0], InvitationRefused)
    row.refresh_from_db()
    assert (row.uses, row.guests.get().user) == (1, alice)


def test_the_qr_code_is_an_svg_image():
    assert invitations.qr_code("https://example.org/join/x/").startswith("data:image/svg+xml;base64,")


@pytest.mark.parametrize("lost", ["the role", "the permission"])
def test_what_the_inviter_has_lost_is_given_to_nobody(invite, bob, alice, lost):
    role = Group.objects.create(name="friends")
    may_invite = Permission.objects.get(codename="add_invitation")
    bob.groups.add(role)
    bob.user_permissions.add(may_invite)
    row, token = invite(actor=User.objects.get(pk=bob.pk), role=role)
    find_invitation(token)
    if lost == "the role":
        bob.groups.remove(role)
    else:
        bob.user_permissions.remove(may_invite)
    with pytest.raises(InvitationRefused, match="revoked"):
        find_invitation(token)
    with pytest.raises(InvitationRefused, match="revoked"):
        use_invitation(row.pk, user=alice)
    row.refresh_from_db()
    assert (row.uses, alice.groups.exists()) == (0, False)
