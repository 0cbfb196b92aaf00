"""What binds one key: its own day of accelerator seconds and its checkpoints, beside the role's."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from gallery.models import Image
from generation.models import Job, RoleLimits
from sdsite.accounts.models import ApiKey
from sdsite.devtools.bench.dialects import GRAPH
from tests.support.clients.api_client import ApiClient, error_of, knocking_as, make_key
from tests.support.factories import make_checkpoint, make_image, make_job

pytestmark = pytest.mark.django_db
REQUEST = {"prompt": "a red heart", "seed": 7}
LONG = REQUEST | {"count": 16, "steps": 150}


def bound(owner, *scopes, **limits):
    """Return a client with a key of `owner` that has `limits`."""
    row, whole = make_key(owner, *scopes)
    ApiKey.objects.filter(pk=row.pk).update(**limits)
    return ApiClient(headers={"X-API-Key": whole}), row


def ended(client, seconds, ago):
    """Let one job of `client` have ended `ago`, having used `seconds`."""
    job = Job.objects.get(pk=client.api("POST", "/jobs", REQUEST).json()["id"])
    Job.objects.filter(pk=job.pk).update(
        status="succeeded", finished_at=timezone.now() - ago, used_seconds=seconds, predicted_seconds=seconds
    )
    return job


def refused(response, status, code):
    assert response.status_code == status, response.content
    assert response.json()["error"]["code"] == code
    return response.json()["error"]


class TestBudget:
    """Accelerator seconds in any 24 hours, of the jobs that came with the key."""

    def test_used_seconds_are_refused_until_enough_come_back(self, alice, checkpoint):
        client, key = bound(alice, seconds_a_day=100)
        job = ended(client, 60, timedelta(hours=23))
        assert job.api_key == key
        ended(client, 40, timedelta(hours=1))
        error = refused(client.api("POST", "/jobs", REQUEST), 429, "quota_exceeded")
        assert (error["limit"]["name"], error["limit"]["most"], error["limit"]["current"]) == (
            "key_seconds_a_day",
            100,
            100,
        )
        assert "this key" in error["message"]
        wait = datetime.fromisoformat(error["limit"]["resets_at"]) - datetime.now(UTC)
        assert timedelta(minutes=58) < wait <= timedelta(hours=1)

    def test_other_keys_and_the_session_of_the_same_person_have_their_own(self, alice, checkpoint):
        client, _ = bound(alice, seconds_a_day=100)
        ended(client, 100, timedelta(hours=1))
        refused(client.api("POST", "/jobs", REQUEST), 429, "quota_exceeded")
        assert bound(alice, seconds_a_day=100)[0].api("POST", "/jobs", REQUEST).status_code == 202
        session = ApiClient()
        session.force_login(alice)
        answer = session.api("POST", "/jobs", REQUEST)
        assert answer.status_code == 202
        assert Job.objects.get(pk=answer.json()["id"]).api_key is None

    def test_what_waits_counts_as_what_it_should_take(self, alice, checkpoint):
        client, _ = bound(alice)
        cost = Job.objects.get(pk=client.api("POST", "/jobs", LONG).json()["id"]).predicted_seconds
        ApiKey.objects.update(seconds_a_day=int(cost) + 1)
        refused(client.api("POST", "/jobs", LONG), 429, "quota_exceeded")

    def test_a_job_beyond_a_whole_day_is_refused_for_good(self, alice, checkpoint):
        client, _ = bound(alice, seconds_a_day=1)
        assert refused(client.api("POST", "/jobs", LONG), 403, "limit_exceeded")["limit"]["name"] == "key_seconds_a_day"

    def test_the_roles_day_holds_beside_it(self, alice, checkpoint):
        RoleLimits.objects.create(most_seconds_a_day=50)
        client, _ = bound(alice, seconds_a_day=1000)
        ended(client, 50, timedelta(hours=1))
        error = refused(client.api("POST", "/jobs", REQUEST), 429, "quota_exceeded")
        assert error["limit"]["name"] == "most_seconds_a_day"

    def test_a_retry_is_paid_by_the_key_that_asks(self, alice, checkpoint):
        job = knocking_as(alice).api("POST", "/jobs", REQUEST).json()["id"]
        client, key = bound(alice, seconds_a_day=100)
        client.api("POST", f"/jobs/{job}/cancel")
        fresh = client.api("POST", f"/jobs/{job}/retry").json()["id"]
        assert Job.objects.get(pk=fresh).api_key == key
        client.api("POST", f"/jobs/{fresh}/cancel")
        ended(client, 100, timedelta(hours=1))
        refused(client.api("POST", f"/jobs/{fresh}/retry"), 429, "quota_exceeded")

    def test_a_verification_is_paid_by_it_and_asks_for_its_checkpoint(self, alice, checkpoint):
        image, receipt = make_image(alice), {"device_name": "CPU", "batch_size": 1, "position": 0}
        Image.objects.update(parameters=make_job(alice, checkpoint).parameters, receipt=receipt)
        client, key = bound(alice, checkpoints=["other"])
        refused(client.api("POST", f"/images/{image.pk}/verify"), 403, "checkpoint_not_allowed")
        ApiKey.objects.update(checkpoints=["starter"], seconds_a_day=100)
        answer = client.api("POST", f"/images/{image.pk}/verify")
        assert answer.status_code == 202, answer.content
        assert Job.objects.get(pk=answer.json()["job_id"]).api_key == key
        ended(client, 100, timedelta(hours=1))
        refused(client.api("POST", f"/images/{image.pk}/verify"), 429, "quota_exceeded")

    def test_a_deleted_key_leaves_its_jobs(self, alice, checkpoint):
        client, key = bound(alice)
        job = client.api("POST", "/jobs", REQUEST).json()["id"]
        key.delete()
        assert Job.objects.get(pk=job).api_key is None

    @pytest.mark.skipif(connection.vendor == "postgresql", reason="chooses another index for a table without rows")
    def test_what_it_used_is_looked_up_by_an_index(self, alice, checkpoint):
        from generation.jobs.submission.quota import allowances
        from generation.limits import Limits

        [allowance] = allowances(alice.pk, Limits(key_id=1, key_seconds_a_day=5))
        ended_jobs = allowance.jobs.filter(finished_at__gt=timezone.now())
        for jobs in (ended_jobs, allowance.jobs.unfinished().filter(finished_at=None)):
            assert "job_of_key" in jobs.order_by().explain()


class TestCheckpoints:
    """Which ones a key may ask for."""

    def test_only_the_chosen_ones_are_offered_and_drawn_with(self, alice, checkpoint):
        make_checkpoint("other")
        client, _ = bound(alice, checkpoints=["other"])
        assert [one["slug"] for one in client.api("GET", "/checkpoints").json()] == ["other"]
        assert client.api("GET", "/checkpoints/starter").status_code == 404
        job = client.api("POST", "/jobs", REQUEST).json()
        assert job["parameters"]["checkpoint"] == "other"  # the default would be another
        error = refused(client.api("POST", "/jobs", REQUEST | {"checkpoint": "starter"}), 403, "checkpoint_not_allowed")
        assert error["limit"]["name"] == "checkpoints"
        assert "other" in error["fields"]["checkpoint"]

    def test_a_key_never_may_more_than_its_owner(self, alice, checkpoint):
        other = make_checkpoint("other")
        role = RoleLimits.objects.create()
        role.checkpoints.add(other)
        client, _ = bound(alice, checkpoints=["starter"])
        assert client.api("GET", "/checkpoints").json() == []
        for requested in (REQUEST, REQUEST | {"checkpoint": "starter"}, REQUEST | {"checkpoint": "other"}):
            refused(client.api("POST", "/jobs", requested), 403, "checkpoint_not_allowed")

    def test_the_cells_of_a_grid_are_no_way_around(self, alice, checkpoint):
        make_checkpoint("other")
        client, _ = bound(alice, checkpoints=["starter"])
        grid = {"axes": [{"field": "checkpoint", "values": ["starter", "other"]}]}
        assert client.api("POST", "/jobs", REQUEST | {"grid": grid}).status_code in (403, 422)
        assert not Job.objects.exists()


@pytest.mark.usefixtures("valkey")
class TestDialects:
    """A spent or bound key finds no way around at another door."""

    ORDERS = {
        "/v1/images/generations": {"prompt": "a red heart", "model": "starter"},
        "/sdapi/v1/txt2img": {"prompt": "a red heart", "steps": 2, "width": 128, "height": 128},
        "/prompt": {"prompt": GRAPH},
    }

    @pytest.mark.parametrize("path", ORDERS)
    def test_its_day_and_its_checkpoints_hold_there(self, alice, checkpoint, path):
        client, _ = bound(alice, seconds_a_day=100)
        ended(client, 100, timedelta(hours=1))
        other, _ = bound(alice, checkpoints=["other"])
        for knocking, words in ((client, ["GPU time"]), (other, ["starter", "checkpoint"])):
            order = json.dumps(self.ORDERS[path])
            answer = knocking.post(path, order, content_type="application/json")
            assert 400 <= answer.status_code < 500, answer.content
            assert any(said in answer.content.decode() for said in words)
        assert Job.objects.count() == 1


class TestMe:
    """What the key's own limits are, and what is left of them."""

    def test_it_tells_them(self, alice, checkpoint):
        RoleLimits.objects.create(most_seconds_a_day=1000)
        client, key = bound(alice, "generate", "read", seconds_a_day=100, checkpoints=["starter"])
        ended(client, 30, timedelta(hours=4))
        ended(knocking_as(alice), 20, timedelta(hours=4))
        waiting = client.api("POST", "/jobs", REQUEST).json()["id"]
        cost = Job.objects.get(pk=waiting).predicted_seconds
        me = client.api("GET", "/me").json()
        assert me["limits"]["checkpoints"] == ["starter"]
        assert (me["used"]["seconds"], me["remaining"]["seconds"]) == (50, pytest.approx(950 - cost, abs=0.2))
        own = me["key"]
        assert (own["id"], own["scopes"], own["checkpoints"]) == (key.pk, ["generate", "read"], ["starter"])
        assert own["seconds_a_day"] == 100
        assert own["used"] == {"seconds": 30, "seconds_expected": pytest.approx(cost, abs=0.1)}
        assert own["remaining"] == {"seconds": pytest.approx(70 - cost, abs=0.2)}
        back = datetime.fromisoformat(own["resets_at"]) - datetime.now(UTC)
        assert timedelta(hours=19, minutes=58) < back <= timedelta(hours=20)
        assert me["scopes"] == ["generate", "read"]

    def test_without_limits_nothing_runs_out(self, alice, checkpoint):
        own = knocking_as(alice).api("GET", "/me").json()["key"]
        assert (own["checkpoints"], own["seconds_a_day"], own["remaining"]) == (None, None, {"seconds": None})


def test_the_idempotent_repeat_of_a_spent_key_is_answered(alice, checkpoint):
    client, _ = bound(alice, seconds_a_day=100)
    first = client.api("POST", "/jobs", REQUEST, headers={"Idempotency-Key": "one"}).json()["id"]
    ended(client, 100, timedelta(hours=1))
    again = client.api("POST", "/jobs", REQUEST, headers={"Idempotency-Key": "one"})
    assert again.json()["id"] == first
    error_of(client.api("GET", "/jobs/00000000-0000-4000-8000-000000000000"), 404, "not_found")
