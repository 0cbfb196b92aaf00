"""Limits of queued jobs and of GPU time a day refuse a job."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from gallery.models import Image
from generation.jobs.submission import quota
from generation.limits import Limits
from generation.models import Job
from generation.queue import eta
from tests.support.clients.api_client import error_of
from tests.support.factories import make_image, make_job
from tests.support.limits import ended, limit, predicted, refused

pytestmark = pytest.mark.django_db


REQUEST = {"prompt": "a red heart", "seed": 42}


class TestKeptSteps:
    """How much room kept previews of steps may take."""

    def test_no_more_are_kept_once_they_take_all_the_room(self, owner_client, charlie_client, alice, checkpoint):
        limit(most_kept_mb=1)
        image = make_image(alice)
        keeping = REQUEST | {"keep_steps": 2}
        Image.objects.filter(pk=image.pk).update(steps_file="steps/a.zip", steps={"kept": [2], "bytes": 999_999})
        assert owner_client.api("POST", "/jobs", keeping).status_code == 202
        Image.objects.filter(pk=image.pk).update(steps={"kept": [2], "bytes": 1_000_000}, trashed_at=timezone.now())
        answer = owner_client.api("POST", "/jobs", keeping)
        assert refused(answer, 403, "limit_exceeded") == {
            "name": "most_kept_mb",
            "most": 1,
            "current": 1.0,
            "resets_at": None,
        }
        assert "also from the trash" in answer.json()["error"]["fields"]["keep_steps"]
        me = owner_client.api("GET", "/me").json()
        assert (me["limits"]["most_kept_mb"], me["used"]["kept_steps_bytes"]) == (1, 1_000_000)
        assert owner_client.api("POST", "/jobs", REQUEST).status_code == 202
        assert charlie_client.api("POST", "/jobs", keeping).status_code == 202
        assert owner_client.api("DELETE", "/trash").status_code == 200
        assert owner_client.api("GET", "/me").json()["used"]["kept_steps_bytes"] == 0
        assert owner_client.api("POST", "/jobs", keeping).status_code == 202

    def test_a_role_switches_them_off(self, owner_client, as_alice, checkpoint):
        assert 'name="keep_steps"' in as_alice.get("/").content.decode()
        limit(most_kept_steps=0)
        answer = owner_client.api("POST", "/jobs", REQUEST | {"keep_steps": 2})
        assert refused(answer, 403, "limit_exceeded")["name"] == "most_kept_steps"
        assert 'name="keep_steps"' not in as_alice.get("/").content.decode()


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
        assert answers[2].json()["error"]["message"].startswith("You have 2 jobs queued, and your role allows 2.")
        assert charlie_client.api("POST", "/jobs", REQUEST).status_code == 202

    def test_it_helps_to_come_back_when_the_first_waiting_job_is_done(self, owner_client, alice, bob, checkpoint):
        checkpoint.step_seconds = 100.0
        checkpoint.save()
        make_job(bob, checkpoint)
        first = make_job(alice, checkpoint)
        limit(most_queued=1)
        answer = owner_client.api("POST", "/jobs", REQUEST)
        assert answer.json()["error"]["message"].startswith("You have 1 job queued, and")
        wait = int(answer["Retry-After"])
        assert wait == pytest.approx(eta.places()[first.pk].eta_seconds, abs=1)
        assert wait > first.predicted_seconds + 1

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
        assert response["Retry-After"] == "60"


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

    def test_what_fits_exactly_is_accepted_and_one_second_more_is_not(self, owner_client, alice, checkpoint):
        for _ in range(2):
            ended(make_job(alice, checkpoint), seconds=49.5, ago=timedelta(hours=1))
        checkpoint.step_seconds = 1 / (128 * 128 / 1e6)  # a second for each step
        checkpoint.save()
        limit(most_seconds_a_day=101)
        reached = refused(owner_client.api("POST", "/jobs", REQUEST | {"steps": 3}), 429, "quota_exceeded")
        assert reached["current"] == 99
        assert owner_client.api("POST", "/jobs", REQUEST | {"steps": 2}).status_code == 202
        assert owner_client.api("POST", "/jobs", REQUEST | {"steps": 1}).status_code == 429

    def test_a_job_of_exactly_a_whole_day_is_no_job_beyond_it(self, owner_client, checkpoint):
        checkpoint.step_seconds = 1 / (128 * 128 / 1e6)
        checkpoint.save()
        limit(most_seconds_a_day=5)
        refused(owner_client.api("POST", "/jobs", REQUEST | {"steps": 6}), 403, "limit_exceeded")
        assert owner_client.api("POST", "/jobs", REQUEST | {"steps": 5}).status_code == 202

    def test_seconds_come_back_one_job_after_the_other(self, alice, checkpoint):
        jobs = [make_job(alice, checkpoint) for _ in range(3)]
        for job, hours in zip(jobs, (23, 20, 1), strict=True):
            ended(job, seconds=10, ago=timedelta(hours=hours))
        now = timezone.now()
        own = Job.objects.filter(owner=alice)
        waits = [quota._enough_at(own, excess, now) - now for excess in (10.0, 10.5, 20.0, 30.0, 31.0)]
        assert [round(wait.total_seconds() / 3600) for wait in waits] == [1, 4, 4, 23, 24]

    def test_what_ended_exactly_a_day_ago_is_forgotten(self, alice, checkpoint):
        job = make_job(alice, checkpoint)
        ended(job, seconds=10, ago=timedelta(0))
        job.refresh_from_db()
        day = timedelta(hours=24)
        assert not quota.counted_in_window(Job.objects.all(), job.finished_at + day).exists()
        assert quota.counted_in_window(Job.objects.all(), job.finished_at + day - timedelta(microseconds=1)).exists()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 s"), (119, "119 s"), (120, "2 min"), (121, "3 min"), (3600, "1 h"), (3661, "1 h 2 min"), (86_400, "24 h")],
)
def test_waits_are_told_in_words(seconds, words):
    assert quota._in_words(seconds) == words


def test_the_budget_of_a_user_is_what_the_limits_leave(alice, charlie, checkpoint):
    ended(make_job(alice, checkpoint), seconds=30, ago=timedelta(hours=2))
    ended(make_job(charlie, checkpoint), seconds=500, ago=timedelta(hours=2))
    waiting, running = make_job(alice, checkpoint), make_job(alice, checkpoint)
    Job.objects.filter(pk=waiting.pk).update(predicted_seconds=7)
    Job.objects.filter(pk=running.pk).update(predicted_seconds=8, status="running")
    budget = quota.get_budget(alice.pk, Limits(most_queued=3, most_running=1, most_seconds_a_day=100))
    assert (budget.queued, budget.running, budget.seconds) == (2, 0, 55)
    assert budget.use == quota.Use(queued=1, running=1, seconds=30, expected=15)
    assert budget.resets_at - timezone.now() == pytest.approx(timedelta(hours=22), abs=timedelta(minutes=1))
    spent = quota.get_budget(alice.pk, Limits(most_queued=0, most_seconds_a_day=1))
    assert (spent.queued, spent.running, spent.seconds) == (0, None, 0)
    unlimited = quota.get_budget(alice.pk, Limits())
    assert (unlimited.queued, unlimited.seconds, unlimited.resets_at) == (None, None, None)
