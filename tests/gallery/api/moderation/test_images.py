"""Moderation over the API: only moderators see and review images of all users."""

import pytest
from django.contrib.auth.models import Permission

from gallery.actions.bulk.run import run_action
from gallery.actions.moderation import quarantine
from gallery.actions.sharing import create_link, report_image, resolve_reports
from gallery.actions.trash import trash_images
from gallery.models import Image, Report
from sdsite.accounts.models import AuditEvent
from tests.support.clients.api_client import ApiClient, error_of, knocking_as
from tests.support.factories import make_image

pytestmark = pytest.mark.django_db
LIST = "/moderation/images"
PERMISSIONS = ("view_image", "delete_image")


@pytest.fixture
def held(alice):
    image = make_image(alice)
    quarantine(images=Image.objects.filter(pk=image.pk), actor=None)
    return image


@pytest.fixture
def moderator(bob):
    bob.user_permissions.add(*Permission.objects.filter(codename__in=PERMISSIONS))
    return type(bob).objects.get(pk=bob.pk)


@pytest.fixture
def moderating(moderator):
    return knocking_as(moderator, "read", "moderate")


def deeds():
    """Return what people did, but for making their keys."""
    of_people = AuditEvent.objects.exclude(actor=None).exclude(action="api_key.created")
    return list(of_people.values_list("action", "actor__username", "target"))


def ids(answer):
    return [item["id"] for item in answer.json()["items"]]


def test_the_list_shows_images_under_review_and_their_owners(moderating, alice, charlie, held):
    shown, other = make_image(alice, index=1), make_image(charlie)
    answer = moderating.api("GET", LIST)
    [item] = answer.json()["items"]
    assert (item["id"], item["owner"], item["quarantined"]) == (str(held.pk), "alice", True)
    assert item["held_since"]
    assert ids(moderating.api("GET", f"{LIST}?state=all")) == [str(other.pk), str(shown.pk), str(held.pk)]
    assert ids(moderating.api("GET", f"{LIST}?state=shown&owner=charlie")) == [str(other.pk)]
    error_of(moderating.api("GET", f"{LIST}?state=hidden"), 422, "invalid_parameters")


def test_pages_follow_each_other(moderating, alice):
    images = [make_image(alice, index=index) for index in range(3)]
    for image in images:
        quarantine(images=Image.objects.filter(pk=image.pk), actor=None)
    first = moderating.api("GET", f"{LIST}?limit=2")
    rest = moderating.api("GET", f"{LIST}?limit=2&cursor={first.json()['next']}")
    assert ids(first) + ids(rest) == [str(image.pk) for image in reversed(images)]
    assert rest.json()["next"] is None


def test_the_list_costs_the_same_for_many(moderating, alice, django_assert_max_num_queries):
    for index in range(5):
        quarantine(images=Image.objects.filter(pk=make_image(alice, index=index).pk), actor=None)
    moderating.api("GET", "/me")  # the key's last use is written once a minute
    with django_assert_max_num_queries(
        7
    ):  # the key, two of permissions, the page with its owners, tags, reports, last decisions
        assert len(ids(moderating.api("GET", LIST))) == 5


def test_releasing_shows_it_and_is_written_down(moderating, owner_client, held):
    assert owner_client.api("GET", f"/images/{held.pk}/file").status_code == 403
    answer = moderating.api("POST", f"{LIST}/{held.pk}/release").json()
    assert (answer["quarantined"], answer["held_since"]) == (False, None)
    assert owner_client.api("GET", f"/images/{held.pk}/file").status_code == 200
    moderating.api("POST", f"{LIST}/{held.pk}/release")  # twice is once
    assert deeds() == [("image.released", "bob", str(held.pk))]


def test_holding_back_hides_it_and_is_written_down(moderating, owner_client, alice):
    image = make_image(alice)
    assert moderating.api("POST", f"{LIST}/{image.pk}/hold").json()["quarantined"] is True
    assert owner_client.api("GET", f"/images/{image.pk}/file").status_code == 403
    assert deeds() == [("image.quarantined", "bob", str(image.pk))]


def test_reported_images_come_by_their_newest_open_report(moderating, alice, charlie, root):
    first, second, resolved, trashed = (make_image(alice, index=index) for index in range(4))
    for image, reporter in (
        (first, charlie),
        (second, charlie),
        (resolved, charlie),
        (trashed, charlie),
        (first, root),
    ):
        report_image(reporter=reporter, image=image, reason="violence", text=f"says {reporter.username}")
    resolve_reports(reports=Report.objects.filter(image=resolved), actor=root)
    trash_images(images=Image.objects.filter(pk=trashed.pk), owner=alice)
    page = moderating.api("GET", f"{LIST}?state=reported&limit=1").json()
    rest = moderating.api("GET", f"{LIST}?state=reported&cursor={page['next']}").json()
    assert [item["id"] for item in page["items"] + rest["items"]] == [str(first.pk), str(second.pk)]
    assert rest["next"] is None
    assert [(one["reporter"], one["text"]) for one in page["items"][0]["reports"]] == [
        ("root", "says root"),
        ("charlie", "says charlie"),
    ]
    assert ids(moderating.api("GET", f"{LIST}?state=reported&owner=charlie")) == []
    error_of(moderating.api("GET", f"{LIST}?state=reported&cursor=x"), 422, "invalid_parameters")


def bulk(client, action, *images):
    return client.api("POST", f"{LIST}/bulk", {"action": action, "ids": [str(image.pk) for image in images]})


def test_many_are_held_and_released_and_those_that_are_so_already_are_passed_over(moderating, alice, held):
    shown = make_image(alice, index=1)
    assert bulk(moderating, "hold", held, shown).json()["ids"] == [str(shown.pk)]
    assert sorted(bulk(moderating, "release", held, shown, shown).json()["ids"]) == sorted(
        [str(held.pk), str(shown.pk)]
    )
    assert not Image.objects.quarantined().exists()
    assert len(deeds()) == 3


def test_private_closes_the_links_and_resolving_ends_the_reports(moderating, alice, charlie):
    public, linked, private = (make_image(alice, index=index) for index in range(3))
    run_action(owner=alice, action="visibility", value="public", ids=[public.pk])
    link = create_link(owner=alice, image=linked)
    assert set(bulk(moderating, "private", public, linked, private).json()["ids"]) == {str(public.pk), str(linked.pk)}
    public.refresh_from_db()
    link.refresh_from_db()
    assert (public.visibility, public.published_at, link.is_open()) == ("private", None, False)
    report_image(reporter=charlie, image=public, reason="other")
    assert bulk(moderating, "resolve", public, linked).json()["ids"] == [str(public.pk)]
    assert ids(moderating.api("GET", f"{LIST}?state=reported")) == []
    assert {action for action, *_ in deeds()} == {"image.made_private", "share_link.revoked", "report.resolved"}


def test_an_action_takes_one_to_a_thousand_ids(moderating, held):
    error_of(moderating.api("POST", f"{LIST}/bulk", {"action": "hold", "ids": []}), 422, "invalid_parameters")
    error_of(bulk(moderating, "explode", held), 422, "invalid_parameters")
    error_of(bulk(moderating, "hold", *[held] * 1001), 422, "invalid_parameters")


def test_pages_of_the_owner_and_the_moderator_are_told(
    moderating, moderator, alice, held, django_capture_on_commit_callbacks, monkeypatch
):
    told = []
    monkeypatch.setattr("gallery.actions.changes.listeners", [told.append])
    with django_capture_on_commit_callbacks(execute=True):
        bulk(moderating, "release", held)
    for_whom = [(one.owner_id, one.action, one.ids) for one in told]
    assert for_whom == [(person.pk, "release", [str(held.pk)]) for person in (alice, moderator)]


def test_deleting_is_for_good_and_is_written_down(moderating, held):
    assert moderating.api("DELETE", f"{LIST}/{held.pk}").status_code == 204
    assert not Image.objects.exists()
    assert deeds() == [("image.deleted", "bob", str(held.pk))]
    for method, path in (("DELETE", ""), ("POST", "/release"), ("POST", "/hold")):
        error_of(moderating.api(method, f"{LIST}/{held.pk}{path}"), 404, "not_found")


def test_a_moderating_key_sees_the_pixels_and_a_plain_one_of_the_same_person_does_not(moderator, moderating, held):
    assert moderating.api("GET", f"/images/{held.pk}/file").status_code == 200
    plain = knocking_as(moderator, "read", "write", "generate")
    error_of(plain.api("GET", f"/images/{held.pk}/file"), 404, "not_found")
    error_of(plain.api("GET", LIST), 403, "forbidden_scope")


DEEDS = [
    ("GET", LIST),
    ("POST", f"{LIST}/{{id}}/release"),
    ("POST", f"{LIST}/{{id}}/hold"),
    ("POST", f"{LIST}/bulk"),
    ("DELETE", f"{LIST}/{{id}}"),
]


@pytest.mark.parametrize(("method", "path"), DEEDS)
def test_other_users_cannot_moderate(alice, moderator, held, method, path):
    path = path.format(id=held.pk)
    body = {"action": "release", "ids": [str(held.pk)]} if path.endswith("bulk") else None
    session = ApiClient()
    session.force_login(alice)
    error_of(session.api(method, path, body), 403, "not_allowed")
    key = knocking_as(moderator, "moderate")
    moderator.user_permissions.clear()  # a key never may more than its owner, whatever it was made for
    error_of(key.api(method, path, body), 403, "forbidden_scope")
    held.refresh_from_db()
    assert held.quarantined_at is not None


def test_the_permission_to_view_decides_nothing(moderator, held):
    moderator.user_permissions.set(Permission.objects.filter(codename="view_image"))
    session = ApiClient()
    session.force_login(moderator)
    assert ids(session.api("GET", LIST)) == [str(held.pk)]
    error_of(session.api("POST", f"{LIST}/{held.pk}/release"), 403, "not_allowed")
