"""Moderators decide nothing about themselves and their own images, wherever they try; administrators do."""

import pytest

from gallery.actions.moderation import decide, delete_for_good, dismiss_reports
from gallery.actions.moderation.undoing import NotUndoable, undo
from gallery.models import Image, ModerationAction, Report
from sdsite.accounts.models import Role, User
from tests.support.clients.logged_in import client_of
from tests.support.factories import make_image, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def mod(db):
    person = make_user("mod", is_staff=True)
    person.groups.add(Role.objects.get(key="moderator").group)
    return User.objects.get(pk=person.pk)


@pytest.fixture
def held(mod, root):
    """An image of the moderator's that the administrator put under review."""
    image = make_image(mod)
    decide(deed="hold", images=Image.objects.filter(pk=image.pk), actor=root)
    return image


def is_held(image):
    return Image.objects.get(pk=image.pk).quarantined_at is not None


def test_by_api_the_own_image_stays_under_review_and_those_of_others_are_decided(held, mod, alice):
    other = make_image(alice)
    decide(deed="hold", images=Image.objects.filter(pk=other.pk), actor=mod)
    client = client_of(mod)
    done = client.post(
        "/api/v1/moderation/images/bulk",
        {"ids": [str(held.pk), str(other.pk)], "action": "approve"},
        content_type="application/json",
    ).json()
    assert (list(done["refused"]), done["ids"]) == ([str(held.pk)], [str(other.pk)])
    assert client.post(f"/api/v1/moderation/images/{held.pk}/release").status_code == 403
    assert client.delete(f"/api/v1/moderation/images/{held.pk}").status_code == 404
    decision = ModerationAction.objects.get(image=held.pk)
    answer = client.post(
        "/api/v1/moderation/decisions/undo", {"decisions": [decision.pk]}, content_type="application/json"
    )
    assert (answer.json()["undone"], list(answer.json()["refused"])) == ([], [str(decision.pk)])
    client.post(f"/moderation/decided/{decision.pk}/undo/")
    assert is_held(held)
    assert not is_held(other)


def test_reports_of_the_own_image_stay_open(mod, alice):
    mine, other = make_image(mod, visibility="public"), make_image(alice, visibility="public")
    for image in (mine, other):
        Report.objects.create(image=image, reporter=make_user(f"reader{image.owner_id}"), reason="other")
    assert dismiss_reports(reports=Report.objects.all(), actor=mod) == 1
    assert not decide(deed="resolve", images=Image.objects.filter(pk=mine.pk), actor=mod).made
    assert delete_for_good(images=Image.objects.filter(pk=mine.pk), actor=mod) == 0
    assert Report.objects.open().get().image == mine


def test_an_administrator_decides_about_the_own_image(root):
    image = make_image(root)
    decision = decide(deed="hold", images=Image.objects.all(), actor=root).made[image.pk]
    undo(decision=decision, actor=root)
    assert not is_held(image)


def test_moderators_do_not_end_what_they_may_not_begin(root, mod):
    colleague = make_user("colleague", is_staff=True)
    decision = ModerationAction.objects.create(deed="warn", moderator=root, person=colleague)
    with pytest.raises(NotUndoable, match=r"accounts\.manage_roles"):
        undo(decision=decision, actor=mod)
    undo(decision=decision, actor=root)
