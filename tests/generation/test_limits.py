"""Limits of a role: refusals name the limit, its value, and when to come back."""

import pytest
from django.contrib.auth.models import Group

from tests.support.clients.api_client import ApiClient, error_of
from tests.support.factories import make_checkpoint
from tests.support.limits import limit, refused

pytestmark = pytest.mark.django_db


REQUEST = {"prompt": "a red heart", "seed": 42}


def role(name, *members, **values):
    group = Group.objects.create(name=name)
    group.user_set.set(members)
    return limit(group, **values)


class TestOneRequest:
    """Limits that one request exceeds: 403 naming field and limit."""

    CASES = {
        "most_images": (4, {"count": 8}, {"count": 4}, "count", 8),
        "most_pixels": (128 * 128, {"width": 256, "height": 128}, {"width": 128, "height": 128}, "width", 256 * 128),
        "most_steps": (20, {"steps": 21}, {"steps": 20}, "steps", 21),
        "most_kept_steps": (5, {"steps": 20, "keep_steps": 3}, {"steps": 20, "keep_steps": 4}, "keep_steps", 6),
        "most_pixels of the second pass": (
            128 * 128 * 4 - 1,
            {"hires": {"scale": 2}},
            {"hires": {"scale": 1.5}},
            "width",
            128 * 128 * 4,
        ),
        "most_steps of the second pass": (20, {"hires": {"steps": 21}}, {"hires": {"steps": 20}}, "steps", 21),
        "most_steps of one cell": (
            20,
            {"grid": {"axes": [{"field": "steps", "values": [4, 21]}]}},
            {"grid": {"axes": [{"field": "steps", "values": [4, 20]}]}},
            "steps",
            21,
        ),
    }

    @pytest.mark.parametrize("name", CASES)
    def test_more_than_the_role_allows_is_refused(self, owner_client, name):
        most, too_much, enough, field, current = self.CASES[name]
        name = name.partition(" ")[0]
        make_checkpoint(sizes=[])
        limit(**{name: most})
        response = owner_client.api("POST", "/jobs", REQUEST | too_much)
        assert refused(response, 403, "limit_exceeded") == {
            "name": name,
            "most": most,
            "current": current,
            "resets_at": None,
        }
        assert str(most) in response.json()["error"]["fields"][field]
        assert "Retry-After" not in response
        assert owner_client.api("POST", "/jobs", REQUEST | enough).status_code == 202

    def test_a_checkpoint_outside_the_role_is_neither_offered_nor_used(self, owner_client, checkpoint):
        other = make_checkpoint("other")
        make_checkpoint("third")
        limit(checkpoints=[other])
        response = owner_client.api("POST", "/jobs", REQUEST | {"checkpoint": "starter"})
        assert refused(response, 403, "checkpoint_not_allowed")["name"] == "checkpoints"
        assert "other" in response.json()["error"]["fields"]["checkpoint"]
        error_of(owner_client.api("POST", "/jobs", REQUEST | {"checkpoint": "nowhere"}), 422, "checkpoint_missing")
        assert [row["slug"] for row in owner_client.api("GET", "/checkpoints").json()] == ["other"]
        assert owner_client.api("GET", "/checkpoints/third").status_code == 404
        # The site's default is not allowed, so a request without a checkpoint gets an allowed one.
        assert owner_client.api("POST", "/jobs", REQUEST).json()["parameters"]["checkpoint"] == "other"

    def test_the_studio_offers_only_what_the_role_allows(self, alice, checkpoint):
        limit(checkpoints=[make_checkpoint("other")])
        client = ApiClient()
        client.force_login(alice)
        assert [row.slug for row in client.get("/").context["checkpoints"]] == ["other"]


class TestWhoseLimits:
    """The row without a group is for those without a role; of several roles the most generous value counts."""

    def limits(self, client):
        return client.api("GET", "/me").json()["limits"]

    def test_without_rows_nothing_is_limited(self, owner_client, checkpoint):
        assert set(self.limits(owner_client).values()) == {None}
        assert owner_client.api("POST", "/jobs", REQUEST | {"count": 16}).status_code == 202

    def test_a_role_replaces_the_row_without_a_group(self, owner_client, charlie_client, alice):
        limit(most_images=1, most_steps=9)
        role("friends", alice, most_images=8)
        assert (self.limits(owner_client)["most_images"], self.limits(owner_client)["most_steps"]) == (8, None)
        assert (self.limits(charlie_client)["most_images"], self.limits(charlie_client)["most_steps"]) == (1, 9)

    def test_of_several_roles_the_most_generous_counts(self, owner_client, alice, charlie, checkpoint):
        other, third = make_checkpoint("other"), make_checkpoint("third")
        role("a", alice, charlie, most_images=2, most_steps=50, most_pixels=10, checkpoints=[other])
        role("b", alice, most_images=6, most_steps=None, most_pixels=20, checkpoints=[third])
        limits = self.limits(owner_client)
        assert (limits["most_images"], limits["most_steps"], limits["most_pixels"]) == (6, None, 20)
        assert limits["checkpoints"] == ["other", "third"]
        role("c", alice, most_images=1)
        assert self.limits(owner_client)["checkpoints"] is None

    def test_a_group_without_limits_is_no_role(self, owner_client, alice):
        Group.objects.create(name="book club").user_set.add(alice)
        limit(most_images=3)
        assert self.limits(owner_client)["most_images"] == 3

    def test_the_limits_cost_three_queries(self, alice, checkpoint, django_assert_num_queries):
        from generation.limits import get_limits

        role("a", alice, checkpoints=[checkpoint])
        role("b", alice, checkpoints=[checkpoint], weight=3)
        with django_assert_num_queries(3):
            assert get_limits(alice.pk).weight == 3
