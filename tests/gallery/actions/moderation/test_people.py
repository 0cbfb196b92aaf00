"""Warnings and suspensions: of the owners of images, for a reason, within what the moderator may do."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.utils import timezone

from gallery.actions.moderation.people import decide_about_owners
from gallery.actions.moderation.undoing import undo
from gallery.actions.sharing import report_image
from gallery.models import Image, ModerationAction, Report
from sdsite.accounts.models import Role, Suspension
from tests.support.factories import make_image, make_user

pytestmark = pytest.mark.django_db


def about_all(deed, actor, **more):
    return decide_about_owners(deed=deed, images=Image.objects.all(), actor=actor, **{"reason": "spam", **more})


def test_a_warning_is_one_for_each_person_and_ends_the_reports(alice, charlie, moderator):
    images = [make_image(alice), make_image(alice), make_image(charlie)]
    report_image(reporter=charlie, image=images[1], reason="other")
    done = about_all("warn", moderator, text="Ten times the same.")
    assert set(done.made) == {image.pk for image in images}
    rows = ModerationAction.objects.order_by("person_name")
    assert [(row.person_name, row.deed, row.text) for row in rows] == [
        ("alice", "warn", "Ten times the same."),
        ("charlie", "warn", "Ten times the same."),
    ]
    assert Report.objects.get().decision == rows[0]
    alice.refresh_from_db()
    assert alice.is_active


@pytest.fixture
def moderator(moderator):
    """One who may suspend people too."""
    moderator.user_permissions.add(Permission.objects.get(codename="suspend_user"))
    return moderator


@pytest.mark.parametrize("days", [1, 30, None])
def test_a_suspension_has_a_length_and_is_undone(alice, moderator, days):
    make_image(alice)
    [row] = set(about_all("suspend", moderator, days=days).made.values())
    alice.refresh_from_db()
    until = Suspension.objects.get(user=alice).until
    assert (alice.is_active, row.days, until is None) == (False, days, days is None)
    if days:
        assert abs(until - timezone.now() - timedelta(days=days)) < timedelta(hours=1)
    undo(decision=row, actor=moderator)
    alice.refresh_from_db()
    assert alice.is_active


def test_undoing_the_first_of_two_suspensions_leaves_the_second(alice, moderator):
    make_image(alice)
    first, second = (about_all("suspend", moderator, days=days).made.popitem()[1] for days in (1, 7))
    undo(decision=first, actor=moderator)
    alice.refresh_from_db()
    assert not alice.is_active
    undo(decision=second, actor=moderator)
    alice.refresh_from_db()
    assert alice.is_active


@pytest.mark.parametrize("wrong", [{"reason": ""}, {"days": 2}, {"reason": "mood"}])
def test_it_needs_a_reason_and_one_of_the_lengths(alice, moderator, wrong):
    make_image(alice)
    with pytest.raises(ValidationError):
        about_all("suspend", moderator, **wrong)
    alice.refresh_from_db()
    assert alice.is_active


def test_moderators_decide_neither_about_themselves_nor_about_staff(alice, moderator, root):
    images = [make_image(owner) for owner in (alice, moderator, root)]
    done = about_all("suspend", moderator, days=1)
    assert list(done.made) == [images[0].pk]
    assert "yourself" in done.refused[images[1].pk]
    assert "Manage people and roles" in done.refused[images[2].pk]
    assert ModerationAction.objects.count() == 1
    assert set(about_all("warn", root).made) == {images[0].pk, images[1].pk}


def test_who_manages_people_warns_moderators_without_being_a_superuser(moderator):
    image = make_image(moderator)
    manager = make_user("manager", is_staff=True)
    manager.groups.add(Role.objects.get(key="administrator").group)
    assert set(about_all("warn", manager).made) == {image.pk}
