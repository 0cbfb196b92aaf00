"""What a role allows: refusals that say which limit, how much, and when it helps to come back."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from tests.support.clients.api_client import ApiClient, error_of
from tests.support.factories import make_checkpoint, make_job

pytestmark = pytest.mark.django_db
REQUEST = {"prompt": "a red heart", "seed": 42}


def limit(group=None, **values):
    """Return limits of `group`, of everybody else without one."""
    from generation.models import RoleLimits

    checkpoints = values.pop("checkpoints", ())
    row = RoleLimits.objects.create(group=group, **values)
    row.checkpoints.set(checkpoints)
    return row


def role(name, *people, **values):
    group = Group.objects.create(name=name)
    group.user_set.set(people)
    return limit(group, **values)


def refused(response, status, code):
    """Return the limit that an answer names, having checked the rest of it."""
    assert response.status_code == status, response.content
    error = response.json()["error"]
    assert set(error) == {"code", "message", "fields", "limit"}
    assert error["code"] == code
    assert set(error["limit"]) == {"name", "most", "current", "resets_at"}
    return error["limit"]


def ended(job, *, seconds, ago):
    """Let `job` have ended `ago`, having used `seconds`."""
    from generation.models import Job

    Job.objects.filter(pk=job.pk).update(
        status="succeeded", used_seconds=seconds, finished_at=timezone.now() - ago, predicted_seconds=0
    )


def predicted(job):
    job.refresh_from_db()
    return job.predicted_seconds


class TestOneWish:
    """Limits that a wish breaks by itself: 403 naming field and limit."""

    CASES = {
        "most_images": (4, {"count": 8}, {"count": 4}, "count", 8),
        "most_pixels": (128 * 128, {"width": 256, "height": 128}, {"width": 128, "height": 128}, "width", 256 * 128),
        "most_steps": (20, {"steps": 21}, {"steps": 20}, "steps", 21),
    }

    @pytest.mark.parametrize("name", CASES)
    def test_more_than_the_role_allows_is_refused(self, owner_client, name):
        most, too_much, enough, field, current = self.CASES[name]
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

    def test_a_checkpoint_outside_the_role_is_neither_offered_nor_drawn_with(self, owner_client, checkpoint):
        other = make_checkpoint("other")
        make_checkpoint("third")
        limit(checkpoints=[other])
        response = owner_client.api("POST", "/jobs", REQUEST | {"checkpoint": "starter"})
        assert refused(response, 403, "checkpoint_not_allowed")["name"] == "checkpoints"
        assert "other" in response.json()["error"]["fields"]["checkpoint"]
        error_of(owner_client.api("POST", "/jobs", REQUEST | {"checkpoint": "nowhere"}), 422, "checkpoint_missing")
        assert [row["slug"] for row in owner_client.api("GET", "/checkpoints").json()] == ["other"]
        assert owner_client.api("GET", "/checkpoints/third").status_code == 404
        # The site's default is not theirs, so a wish that names none gets what is.
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

    def test_a_role_takes_the_place_of_everybody_elses(self, owner_client, charlie_client, alice):
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

    def test_the_limits_cost_two_queries(self, alice, checkpoint, django_assert_num_queries):
        from generation.limits import get_limits

        role("a", alice, checkpoints=[checkpoint])
        role("b", alice, checkpoints=[checkpoint], weight=3)
        with django_assert_num_queries(2):
            assert get_limits(alice.pk).weight == 3


class TestQueue:
    """How many jobs may wait."""

    def test_one_more_than_may_wait_is_refused(self, owner_client, charlie_client, checkpoint):
        limit(most_queued=2)
        answers = [owner_client.api("POST", "/jobs", REQUEST) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [202, 202, 429]
        assert refused(answers[2], 429, "queue_full") == {
            "name": "most_queued",
            "most": 2,
            "current": 2,
            "resets_at": None,
        }
        assert int(answers[2]["Retry-After"]) >= 1
        assert charlie_client.api("POST", "/jobs", REQUEST).status_code == 202

    def test_what_runs_does_not_wait(self, owner_client, checkpoint):
        from generation.jobs.lifecycle import move

        limit(most_queued=1)
        first = owner_client.api("POST", "/jobs", REQUEST).json()["id"]
        assert owner_client.api("POST", "/jobs", REQUEST).status_code == 429
        move(first, "running", worker="w")
        assert owner_client.api("POST", "/jobs", REQUEST).status_code == 202

    def test_a_retry_waits_like_any_other(self, owner_client, alice, checkpoint):
        job = make_job(alice, checkpoint)
        owner_client.api("POST", f"/jobs/{job.pk}/cancel")
        limit(most_queued=0)
        refused(owner_client.api("POST", f"/jobs/{job.pk}/retry"), 429, "queue_full")

    def test_a_closed_queue_takes_nothing_and_says_why(self, owner_client, checkpoint):
        from generation.models import QueueState

        QueueState.objects.create(pk=1, closed=True, message="New disks until noon.")
        response = owner_client.api("POST", "/jobs", REQUEST)
        error_of(response, 503, "queue_closed")
        assert response.json()["error"]["message"] == "New disks until noon."
        assert int(response["Retry-After"]) >= 1


class TestDay:
    """Accelerator seconds in any 24 hours: what ended jobs used, and what unfinished ones should take."""

    def test_used_seconds_are_refused_until_enough_come_back(self, owner_client, alice, checkpoint):
        old, newer = (make_job(alice, checkpoint) for _ in range(2))
        cost = predicted(old)
        ended(old, seconds=60, ago=timedelta(hours=23))
        ended(newer, seconds=40, ago=timedelta(hours=1))
        limit(most_seconds_a_day=100)
        response = owner_client.api("POST", "/jobs", REQUEST)
        reached = refused(response, 429, "quota_exceeded")
        assert (reached["name"], reached["most"], reached["current"]) == ("most_seconds_a_day", 100, 100)
        # The sixty seconds of 23 hours ago come back in an hour, and they are enough.
        assert cost < 60
        assert 3500 < int(response["Retry-After"]) <= 3600
        wait = datetime.fromisoformat(reached["resets_at"]) - datetime.now(UTC)
        assert timedelta(minutes=58) < wait <= timedelta(hours=1)

    def test_what_is_older_than_a_day_is_forgotten(self, owner_client, alice, checkpoint):
        job = make_job(alice, checkpoint)
        ended(job, seconds=1000, ago=timedelta(hours=24, minutes=1))
        limit(most_seconds_a_day=100)
        assert owner_client.api("POST", "/jobs", REQUEST).status_code == 202

    def test_jobs_under_way_count_as_what_they_should_take(self, owner_client, alice, checkpoint):
        cost = predicted(make_job(alice, checkpoint, count=16, steps=150))
        limit(most_seconds_a_day=int(cost) + 1)
        response = owner_client.api("POST", "/jobs", REQUEST | {"count": 16, "steps": 150})
        assert refused(response, 429, "quota_exceeded")["current"] == pytest.approx(cost, abs=0.1)
        assert 86_300 < int(response["Retry-After"]) <= 86_400

    def test_a_job_beyond_a_whole_day_is_refused_for_good(self, owner_client, checkpoint):
        limit(most_seconds_a_day=1)
        response = owner_client.api("POST", "/jobs", REQUEST | {"count": 16, "steps": 150})
        assert refused(response, 403, "limit_exceeded")["name"] == "most_seconds_a_day"
        assert "Retry-After" not in response


class TestMe:
    """What is left, for those who want to know before they ask."""

    def test_it_tells_limits_use_and_rest(self, owner_client, alice, checkpoint):
        from generation.jobs.lifecycle import move

        limit(most_queued=5, most_running=2, most_seconds_a_day=100)
        done, running, waiting = (make_job(alice, checkpoint) for _ in range(3))
        cost = predicted(running) + predicted(waiting)
        ended(done, seconds=30, ago=timedelta(hours=4))
        move(running.pk, "running", worker="w")
        me = owner_client.api("GET", "/me").json()
        assert (me["limits"]["most_queued"], me["limits"]["most_running"]) == (5, 2)
        assert me["used"] == {
            "queued": 1,
            "running": 1,
            "seconds": 30,
            "seconds_expected": pytest.approx(cost, abs=0.1),
        }
        assert me["remaining"] == {"queued": 4, "running": 1, "seconds": pytest.approx(70 - cost, abs=0.2)}
        back = datetime.fromisoformat(me["resets_at"]) - datetime.now(UTC)
        assert timedelta(hours=19, minutes=58) < back <= timedelta(hours=20)

    def test_without_limits_nothing_runs_out(self, owner_client, alice, checkpoint):
        ended(make_job(alice, checkpoint), seconds=30, ago=timedelta(hours=4))
        me = owner_client.api("GET", "/me").json()
        assert me["remaining"] == {"queued": None, "running": None, "seconds": None}
        assert me["used"]["seconds"] == 30
        assert me["resets_at"] is None
