"""Moderation over the API: only moderators see and review images of all users."""

import pytest
from django.contrib.auth.models import Permission

from gallery.actions.moderation import quarantine
from gallery.models import Image
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
    AuditEvent.objects.all().delete()
    return image


@pytest.fixture
def moderator(bob):
    bob.user_permissions.add(*Permission.objects.filter(codename__in=PERMISSIONS))
    return type(bob).objects.get(pk=bob.pk)


@pytest.fixture
def moderating(moderator):
    return knocking_as(moderator, "read", "moderate")


def deeds():
    return list(AuditEvent.objects.exclude(action="api_key.created").values_list("action", "actor__username", "target"))


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
    with django_assert_max_num_queries(5):  # the key, two of permissions, the page with its owners, their tags
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
    ("DELETE", f"{LIST}/{{id}}"),
]


@pytest.mark.parametrize(("method", "path"), DEEDS)
def test_other_users_cannot_moderate(alice, moderator, held, method, path):
    path = path.format(id=held.pk)
    session = ApiClient()
    session.force_login(alice)
    error_of(session.api(method, path), 403, "not_allowed")
    key = knocking_as(moderator, "moderate")
    moderator.user_permissions.clear()  # a key never may more than its owner, whatever it was made for
    error_of(key.api(method, path), 403, "forbidden_scope")
    held.refresh_from_db()
    assert held.quarantined_at is not None


def test_the_permission_to_view_decides_nothing(moderator, held):
    moderator.user_permissions.set(Permission.objects.filter(codename="view_image"))
    session = ApiClient()
    session.force_login(moderator)
    assert ids(session.api("GET", LIST)) == [str(held.pk)]
    error_of(session.api("POST", f"{LIST}/{held.pk}/release"), 403, "not_allowed")
