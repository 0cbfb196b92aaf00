"""Stopping through the API: all of one's jobs, one image of a job."""

import pytest

from tests.support.clients.api_client import ApiClient, error_of, knocking_as
from tests.support.factories import make_image, make_job

pytestmark = pytest.mark.django_db
NOWHERE = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def job(alice, checkpoint):
    return make_job(alice, checkpoint, count=4)


def run(job):
    from generation.jobs.lifecycle import move

    assert move(job.pk, "running", worker="w")


def drop(client, job, index):
    return client.api("POST", f"/jobs/{job.pk}/images/{index}/cancel")


class TestAll:
    """Every unfinished job of one person, and nobody else's."""

    def test_waiting_jobs_end_and_running_ones_are_told_to(
        self, owner_client, alice, charlie, checkpoint, django_capture_on_commit_callbacks
    ):
        running, waiting, done, foreign = (make_job(who, checkpoint) for who in (alice, alice, alice, charlie))
        run(running)
        owner_client.api("POST", f"/jobs/{done.pk}/cancel")
        answer = owner_client.api("POST", "/jobs/cancel")
        assert answer.json() == {"cancelled": 2}
        for job in (running, waiting, foreign):
            job.refresh_from_db()
        assert running.status == "running"
        assert running.cancel_requested_at is not None
        assert waiting.status == "cancelled"
        assert foreign.status == "queued"
        assert foreign.cancel_requested_at is None

    def test_a_second_time_finds_nothing(self, owner_client, job):
        assert [owner_client.api("POST", "/jobs/cancel").json()["cancelled"] for _ in range(2)] == [1, 0]

    def test_it_needs_the_scope(self, alice, job):
        error_of(knocking_as(alice, "read").api("POST", "/jobs/cancel"), 403, "forbidden_scope")
        error_of(ApiClient().api("POST", "/jobs/cancel"), 401, "unauthorized")


class TestOneImage:
    """The image goes, the job stays."""

    @pytest.mark.parametrize("running", [False, True])
    def test_it_is_called_off_and_the_others_stay(self, owner_client, job, running):
        if running:
            run(job)
        answer = drop(owner_client, job, 2)
        assert answer.status_code == 200, answer.content
        shown = answer.json()
        assert shown["dropped"] == [2]
        assert shown["status"] == ("running" if running else "queued")
        assert not shown["cancel_requested"]
        assert drop(owner_client, job, 0).json()["dropped"] == [0, 2]
        assert drop(owner_client, job, 0).json()["dropped"] == [0, 2]
        assert owner_client.api("GET", f"/jobs/{job.pk}").json()["dropped"] == [0, 2]

    def test_a_waiting_job_costs_less_without_it(self, owner_client, job):
        before = job.predicted_seconds
        for index in range(3):
            drop(owner_client, job, index)
        job.refresh_from_db()
        assert job.predicted_seconds == pytest.approx(before / 4)

    @pytest.mark.parametrize("running", [False, True])
    def test_without_any_image_left_the_job_is_cancelled(self, owner_client, job, running):
        if running:
            run(job)
        answers = [drop(owner_client, job, index).json() for index in range(4)]
        assert [answer["cancel_requested"] for answer in answers] == [False, False, False, True]
        assert answers[-1]["status"] == ("running" if running else "cancelled")
        assert answers[-1]["dropped"] == [0, 1, 2, 3]

    def test_what_is_stored_stays_and_is_reason_enough_to_succeed(self, owner_client, alice, job):
        run(job)
        make_image(alice, job_id=job.pk, index=0)
        error_of(drop(owner_client, job, 0), 409, "image_stored")
        shown = [drop(owner_client, job, index).json() for index in (1, 2, 3)][-1]
        assert (shown["status"], shown["cancel_requested"], shown["dropped"]) == ("running", False, [1, 2, 3])

    def test_a_finished_job_refuses(self, owner_client, job):
        owner_client.api("POST", f"/jobs/{job.pk}/cancel")
        error_of(drop(owner_client, job, 1), 409, "job_finished")

    @pytest.mark.parametrize("index", [4, -1, 10**30, "x"])
    def test_an_image_that_the_job_does_not_have_is_not_found(self, owner_client, job, index):
        error_of(drop(owner_client, job, index), 404, "not_found")

    def test_a_stranger_learns_and_changes_nothing(self, charlie_client, job):
        foreign = drop(charlie_client, job, 0)
        error_of(foreign, 404, "not_found")
        assert foreign.content == charlie_client.api("POST", f"/jobs/{NOWHERE}/images/0/cancel").content
        job.refresh_from_db()
        assert job.dropped == []
