"""Links, likes and reports: their bounds, and what happens twice."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from gallery.actions import sharing
from gallery.models import Image, Like, Report
from sdsite.accounts.models import Notice
from tests.support.factories import make_image

pytestmark = pytest.mark.usefixtures("own_media")


@pytest.mark.parametrize("allowed", ["off", "members"])
def test_a_site_may_have_no_links(alice, settings, allowed):
    settings.ENV = {**settings.ENV, "SDSITE_SHARING": allowed}
    with pytest.raises(sharing.SharingOff):
        sharing.create_link(owner=alice, image=make_image(alice))


def test_a_person_has_so_many_open_links_and_no_more(alice, monkeypatch):
    monkeypatch.setattr(sharing, "MOST_LINKS", 2)
    image = make_image(alice)
    first, _ = (sharing.create_link(owner=alice, image=image) for _ in range(2))
    with pytest.raises(sharing.TooManyLinks, match="2 links"):
        sharing.create_link(owner=alice, image=image)
    assert sharing.revoke_links(links=type(first).objects.filter(pk=first.pk), actor=alice) == 1
    assert sharing.revoke_links(links=type(first).objects.filter(pk=first.pk), actor=alice) == 0
    sharing.create_link(owner=alice, image=image)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("expires_at", {"expires_at": timedelta(seconds=-1)}),
        ("expires_at", {"expires_at": timedelta(days=4000)}),
        ("password", {"password": "x" * 129}),
    ],
)
def test_what_a_link_may_not_have_is_named(alice, field, values):
    given = {name: timezone.now() + value if name == "expires_at" else value for name, value in values.items()}
    with pytest.raises(ValidationError) as refused:
        sharing.create_link(owner=alice, image=make_image(alice), **given)
    assert list(refused.value.message_dict) == [field]


def test_passwords_are_hashed_and_compared(alice):
    link = sharing.create_link(owner=alice, image=make_image(alice), password="sesame")
    assert "sesame" not in link.password
    assert sharing.is_password_of(link, "sesame", address="192.0.2.1")
    assert not sharing.is_password_of(link, "Sesame", address="192.0.2.1")
    assert not sharing.is_password_of(link, "x" * 100_000, address="192.0.2.1")


def test_likes_count_people_once(alice, bob, charlie):
    image = make_image(alice)
    assert [sharing.like(user=who, image=image) for who in (bob, bob, charlie)] == [1, 1, 2]
    assert [sharing.unlike(user=who, image=image) for who in (bob, bob)] == [1, 1]
    assert Like.objects.count() == Image.objects.get().likes_count == 1
    sharing.forget_likes_of(charlie)
    assert (Like.objects.count(), Image.objects.get().likes_count) == (0, 0)


def test_a_report_replaces_the_former_one_and_is_resolved_once(alice, bob, charlie):
    image = make_image(alice)
    sharing.report_image(reporter=bob, image=image, reason="rights", text=" my  logo ")
    again = sharing.report_image(reporter=bob, image=image, reason="other")
    assert (Report.objects.count(), again.reason, again.text) == (1, "other", "")
    assert sharing.resolve_reports(reports=Report.objects.all(), actor=charlie) == 1
    assert sharing.resolve_reports(reports=Report.objects.all(), actor=charlie) == 0
    image.delete()
    assert Report.objects.get().image is None


@pytest.mark.parametrize(
    ("field", "values"),
    [("reason", {"reason": "dull"}), ("text", {"text": "x" * 1001}), ("text", {"text": "a\x00b"})],
)
def test_a_report_names_what_is_wrong(alice, bob, field, values):
    with pytest.raises(ValidationError) as refused:
        sharing.report_image(reporter=bob, image=make_image(alice), **{"reason": "other", **values})
    assert list(refused.value.message_dict) == [field]
    assert not Report.objects.exists()


def test_nobody_reports_their_own_image(alice):
    with pytest.raises(ValidationError, match="your own image"):
        sharing.report_image(reporter=alice, image=make_image(alice), reason="other")


def test_the_owner_is_told_of_likes_in_one_notice(alice, bob, charlie):
    image = make_image(alice)
    for user in (alice, bob, charlie, bob):
        sharing.like(user=user, image=image)
        if user == bob:
            sharing.unlike(user=bob, image=image)
    notice = Notice.objects.get()
    assert (notice.person, notice.kind, notice.url) == (alice, "image_liked", f"/images/{image.pk}/")
    assert notice.detail["count"] == 2
