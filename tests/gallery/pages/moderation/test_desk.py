"""The moderation page: for those who may view images of all people, and nobody else."""

import uuid

import pytest
from django.urls import reverse

from gallery.actions.moderation import decide, quarantine
from gallery.actions.moderation.undoing import undo
from gallery.actions.sharing import report_image
from gallery.models import Image, ModerationAction
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
        ("hits", 0, False),
        ("appeals", 0, False),
        ("decided", None, False),
    ]
    assert (held["number"], held["may_act"]) == (2, True)
    reported = as_moderator.get(reverse("moderation") + "?state=reported").context
    assert (reported["state"], reported["number"]) == ("reported", 1)


def test_those_who_may_only_view_have_no_actions(as_moderator, moderator, images):
    moderator.user_permissions.set(moderator.user_permissions.filter(codename="view_image"))
    page = as_moderator.get(reverse("moderation"))
    assert page.context["may_act"] is False
    assert b"data-may-act" not in page.content
    assert [tab["state"] for tab in page.context["tabs"]] == ["held", "reported", "hits", "decided"]


def test_others_do_not_see_it(client, as_alice, bob, images):
    assert as_alice.get(reverse("moderation")).status_code == 403
    assert client_of(bob).get(reverse("moderation")).status_code == 403  # staff without the permission
    assert client.get(reverse("moderation")).status_code == 302
    address = f'href="{reverse("moderation")}"'.encode()
    assert address not in as_alice.get(reverse("library")).content


def test_moderators_find_it_in_their_menu(as_moderator):
    assert f'href="{reverse("moderation")}"'.encode() in as_moderator.get(reverse("library")).content


class TestPanel:
    """What stands beside the grid."""

    def test_it_has_reports_prompt_record_and_earlier_decisions(self, as_moderator, moderator, alice, images):
        reported = Image.objects.get(index=2)
        decide(deed="delete", images=Image.objects.filter(index=1), actor=moderator, reason="hate")
        page = as_moderator.get(reverse("moderation_panel", args=[reported.pk]))
        record = page.context["record"]
        assert (record.images, record.taken_down, record.warnings) == (2, 3, 0)
        assert [one["reason"] for one in page.context["reports"]] == ["Something else"] * 2
        assert {str(one["deed"]) for one in page.context["last"]} == {"Deleted", "Put under review"}
        assert b"a red heart" in page.content
        own = as_moderator.get(reverse("moderation_panel", args=[Image.objects.get(index=1).pk])).context["decided"]
        assert [(str(one["deed"]), one["who"], one["reason"]) for one in own] == [
            ("Deleted", "bob", "Hate or harassment"),
            ("Put under review", "The site", ""),
        ]

    def test_undone_decisions_do_not_count(self, as_moderator, moderator, images):
        for row in ModerationAction.objects.all():
            undo(decision=row, actor=moderator)
        page = as_moderator.get(reverse("moderation_panel", args=[Image.objects.get(index=2).pk]))
        assert page.context["record"].taken_down == 0

    def test_others_do_not_see_it(self, as_alice, client, images):
        address = reverse("moderation_panel", args=[Image.objects.get(index=2).pk])
        assert as_alice.get(address).status_code == 403  # also of an image of one's own
        assert client.get(address).status_code == 302

    def test_an_image_that_is_gone_is_not_found(self, as_moderator, images):
        assert as_moderator.get(reverse("moderation_panel", args=[uuid.uuid4()])).status_code == 404

    def test_its_cost_is_bounded(self, as_moderator, images, django_assert_max_num_queries):
        with django_assert_max_num_queries(16):
            as_moderator.get(reverse("moderation_panel", args=[Image.objects.get(index=2).pk]))
