"""The moderation page: for those who may view images of all people, and nobody else."""

import pytest
from django.urls import reverse

from gallery.actions.moderation import quarantine
from gallery.actions.sharing import report_image
from gallery.models import Image
from tests.support.clients.logged_in import client_of
from tests.support.factories import make_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def images(alice, charlie, root):
    """Two images under review, and one that two people have reported."""
    held = [make_image(alice, index=index) for index in range(2)]
    quarantine(images=Image.objects.filter(pk__in=[image.pk for image in held]), actor=None)
    reported = make_image(alice, index=2)
    for reporter in (charlie, root):
        report_image(reporter=reporter, image=reported, reason="other")


def test_it_tells_how_many_there_are(as_moderator, images):
    held = as_moderator.get(reverse("moderation")).context
    assert [(tab["state"], tab["number"], tab["is_current"]) for tab in held["tabs"]] == [
        ("held", 2, True),
        ("reported", 1, False),
    ]
    assert (held["number"], held["may_act"]) == (2, True)
    reported = as_moderator.get(reverse("moderation") + "?state=reported").context
    assert (reported["state"], reported["number"]) == ("reported", 1)


def test_those_who_may_only_view_have_no_actions(as_moderator, moderator, images):
    moderator.user_permissions.set(moderator.user_permissions.filter(codename="view_image"))
    page = as_moderator.get(reverse("moderation"))
    assert page.context["may_act"] is False
    assert b"data-may-act" not in page.content


def test_others_do_not_see_it(client, as_alice, bob, images):
    assert as_alice.get(reverse("moderation")).status_code == 403
    assert client_of(bob).get(reverse("moderation")).status_code == 403  # staff without the permission
    assert client.get(reverse("moderation")).status_code == 302
    address = f'href="{reverse("moderation")}"'.encode()
    assert address not in as_alice.get(reverse("library")).content


def test_moderators_find_it_in_their_menu(as_moderator):
    assert f'href="{reverse("moderation")}"'.encode() in as_moderator.get(reverse("library")).content
