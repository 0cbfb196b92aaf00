"""Publications before the rules of the site: images, links and collections, through the API."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission

from gallery.actions.collections import create_collection
from gallery.models import Image, ModerationAction, RuleHit, ShareLink
from tests.support.clients.api_client import error_of
from tests.support.factories import make_image
from tests.support.rules import make_rule

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_media")]


@pytest.fixture
def images(alice):
    return [make_image(alice, index=number) for number in range(3)]


def publish(client, images, value="public"):
    body = {"action": "visibility", "value": value, "ids": [str(image.pk) for image in images]}
    return client.api("POST", "/images/bulk", body)


def held():
    return Image.objects.quarantined().count()


def rule_for(scope, decision, **more):
    values = {"burst": {"publications": 2}, "new_account": {"days": 7}}[scope]
    return make_rule(scope=scope, decision=decision, name=f"{scope} rule", **{**values, **more})


def test_publications_of_a_new_account_are_held_for_review(owner_client, images, alice):
    rule_for("new_account", "hold")
    assert publish(owner_client, images[:2]).json()["images"] == 2
    assert held() == 2
    assert set(ModerationAction.objects.values_list("deed", "rule", "moderator")) == {
        ("hold", "new_account rule", None)
    }
    [hit] = RuleHit.objects.all()
    assert (hit.user, hit.door, hit.outcome, hit.image) == (alice, "visibility", "hold", None)
    assert not Image.objects.published(alice).exists()


def test_a_burst_is_counted_over_requests_and_what_is_public_counts_once(owner_client, images):
    rule_for("burst", "hold")
    publish(owner_client, images[:2])
    publish(owner_client, images[:2], "members")
    assert held() == 0
    publish(owner_client, images)
    assert list(Image.objects.quarantined()) == [images[2]]
    assert RuleHit.objects.get().image == images[2]


def test_a_refusal_publishes_nothing_and_is_recorded(owner_client, images, alice):
    rule_for("burst", "refuse", reason="Two an hour.")
    response = publish(owner_client, images)
    error_of(response, 403, "refused_by_rule")
    assert response.json()["error"]["message"] == "A rule of this site refuses this publication. Two an hour."
    assert not Image.objects.exclude(visibility="private").exists()
    assert RuleHit.objects.get().outcome == "refuse"
    assert publish(owner_client, images[:2]).status_code == 200


def test_who_may_publish_without_review_is_not_held(owner_client, images, alice):
    rule_for("new_account", "hold")
    alice.user_permissions.add(Permission.objects.get(codename="publish_without_review"))
    publish(owner_client, images)
    assert (held(), RuleHit.objects.count()) == (0, 0)


def test_making_private_is_no_publication(owner_client, images):
    rule_for("new_account", "refuse")
    assert publish(owner_client, images, "private").status_code == 200


@pytest.mark.parametrize(("decision", "status", "links", "on_hold"), [("hold", 201, 1, 1), ("refuse", 403, 0, 0)])
def test_a_link_to_an_image_is_a_publication(owner_client, images, decision, status, links, on_hold):
    rule_for("new_account", decision)
    response = owner_client.api("POST", f"/images/{images[0].pk}/links", {})
    assert (response.status_code, ShareLink.objects.count(), held()) == (status, links, on_hold)
    assert RuleHit.objects.get().door == "link"


class TestCollections:
    """A collection that is open publishes its owner's images."""

    @pytest.fixture
    def collection(self, alice, images):
        made = create_collection(owner=alice, name="hearts")
        made.items.create(image=images[0])
        return made

    @pytest.mark.parametrize("decision", ["hold", "refuse"])
    def test_it_is_not_opened_where_its_images_would_be_held(self, owner_client, collection, decision):
        rule_for("new_account", decision)
        error_of(
            owner_client.api("PATCH", f"/collections/{collection.pk}", {"visibility": "public"}), 403, "refused_by_rule"
        )
        error_of(owner_client.api("POST", f"/collections/{collection.pk}/links", {}), 403, "refused_by_rule")
        collection.refresh_from_db()
        assert (collection.visibility, ShareLink.objects.count(), held()) == ("private", 0, 0)
        assert RuleHit.objects.count() == 2

    @pytest.mark.parametrize("way", ["add", "bulk"])
    def test_images_that_join_an_open_one_are_held(self, owner_client, collection, images, way):
        owner_client.api("PATCH", f"/collections/{collection.pk}", {"visibility": "public"})
        rule_for("new_account", "hold")
        ids = [str(images[1].pk)]
        if way == "add":
            response = owner_client.api("POST", f"/collections/{collection.pk}/images", {"ids": ids})
        else:
            body = {"action": "collect", "value": str(collection.pk), "ids": ids}
            response = owner_client.api("POST", "/images/bulk", body)
        assert response.status_code == 200, response.content
        assert list(Image.objects.quarantined()) == [images[1]]

    def test_a_private_one_takes_everything(self, owner_client, collection, images):
        rule_for("new_account", "refuse")
        body = {"ids": [str(images[1].pk)]}
        assert owner_client.api("POST", f"/collections/{collection.pk}/images", body).status_code == 200
        assert not RuleHit.objects.exists()


def test_an_old_account_publishes(owner_client, images, alice):
    rule_for("new_account", "refuse")
    alice.date_joined -= timedelta(days=8)
    alice.save()
    assert publish(owner_client, images).status_code == 200
