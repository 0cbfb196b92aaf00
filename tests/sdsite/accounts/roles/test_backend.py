"""Permissions by role."""

import pytest
from django.contrib.auth.models import Group, Permission

from sdsite.accounts.models import Role, User
from sdsite.accounts.roles.backend import may, people_with, require
from sdsite.accounts.roles.deeds import DEEDS, SHIPPED, DeedRefused
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db

SUBMIT, PUBLISH, MODERATE = "generation.submit_job", "gallery.publish_image", "gallery.moderate_image"


def person(name, *groups):
    user = make_user(name)
    user.groups.set(groups)
    return user


def role(key):
    return Role.objects.get(key=key).group


def own_role(name, *codenames):
    group = Group.objects.create(name=name)
    group.permissions.set(Permission.objects.filter(codename__in=codenames))
    Role.objects.create(group=group)
    return group


def answers(user, *permissions):
    """Return what the two ways of asking say, which must be the same."""
    fresh = User.objects.get(pk=user.pk)
    asked = [fresh.has_perm(permission) for permission in permissions]
    assert asked == [may(user, permission) for permission in permissions]
    return asked


def test_who_has_no_role_may_do_what_members_may(alice):
    member = person("m", role("member"))
    assert answers(alice, *DEEDS) == answers(member, *DEEDS)
    assert answers(alice, SUBMIT, PUBLISH, MODERATE) == [True, True, False]
    role("member").permissions.remove(Permission.objects.get(codename="publish_image"))
    assert answers(alice, SUBMIT, PUBLISH) == answers(member, SUBMIT, PUBLISH) == [True, False]


def test_groups_of_before_that_are_no_roles_take_nothing_away():
    old = Group.objects.create(name="artists")
    old.permissions.add(Permission.objects.get(codename="view_checkpoint"))
    assert answers(person("a", old), SUBMIT, PUBLISH, "generation.view_checkpoint") == [True, True, True]


def test_a_role_decides_alone_and_several_add_up():
    guest = own_role("guests", "share_link")
    assert answers(person("a", guest), SUBMIT, PUBLISH, "gallery.share_link") == [False, False, True]
    assert answers(person("b", guest, own_role("makers", "submit_job")), SUBMIT, PUBLISH) == [True, False]
    assert answers(person("c", own_role("nobodies")), SUBMIT) == [False]


def test_administrators_may_do_everything_and_moderators_moderate():
    administrator, moderator = person("a", role("administrator")), person("m", role("moderator"))
    assert all(answers(administrator, *DEEDS, "generation.delete_job"))
    asked = ("gallery.moderate_image", "gallery.decide_appeal", "accounts.suspend_user", "accounts.manage_roles")
    assert answers(moderator, SUBMIT, *asked) == [True, True, True, True, False]


def test_suspended_people_and_visitors_may_do_nothing(alice, client):
    User.objects.update(is_active=False)
    assert answers(alice, SUBMIT) == [False]
    User.objects.update(is_superuser=True)
    assert answers(alice, SUBMIT) == [False]
    assert not client.get("/").wsgi_request.user.has_perm(SUBMIT)


def test_the_question_of_a_deed_is_asked_anew(alice, django_assert_num_queries):
    assert alice.has_perm(SUBMIT)
    alice.groups.add(own_role("guests"))
    assert alice.has_perm(SUBMIT)  # remembered
    assert not may(alice, SUBMIT)
    with pytest.raises(DeedRefused, match=r"Submit jobs \(generation.submit_job\)"):
        require(alice, SUBMIT)
    alice.groups.clear()
    with django_assert_num_queries(1):
        require(alice, SUBMIT)


def test_permissions_of_one_person_count(alice):
    alice.user_permissions.add(Permission.objects.get(codename="moderate_image"))
    assert answers(alice, SUBMIT, MODERATE) == [True, True]


def test_a_site_whose_roles_were_deleted_lets_people_do_what_members_did(alice):
    Group.objects.all().delete()
    assert answers(alice, SUBMIT, PUBLISH, MODERATE) == [True, True, False]


def test_people_with_a_permission(root, bob):
    moderator, administrator = person("m", role("moderator")), person("a", role("administrator"))
    person("member", role("member"))
    bob.user_permissions.add(Permission.objects.get(codename="moderate_image"))
    assert set(people_with(MODERATE)) == {root, bob, moderator, administrator}
    User.objects.filter(pk=moderator.pk).update(is_active=False)
    assert moderator not in people_with(MODERATE)


def test_shipped_roles_have_what_their_table_says():
    for key, shipped in SHIPPED.items():
        row = Role.objects.get(key=key)
        ticks = row.group.permissions.values_list("content_type__app_label", "codename")
        assert {".".join(tick) for tick in ticks} == set(shipped.permissions), key
        assert (row.opens_admin, str(row)) == (shipped.opens_admin, str(shipped.label))
    assert [one.key for one in Role.objects.all()] == list(SHIPPED)
