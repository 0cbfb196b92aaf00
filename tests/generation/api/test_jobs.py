"""Jobs over the API: submitted, listed, cancelled, retried, each user's own."""

import pytest

from tests.support.clients.api_client import ApiClient, error_of
from tests.support.factories import make_image, make_job

pytestmark = pytest.mark.django_db


REQUEST = {"prompt": "a red heart", "seed": 42}


NOWHERE = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def job(alice, checkpoint):
    return make_job(alice, checkpoint)


def end(job, status, **fields):
    from generation.models import Job

    Job.objects.filter(pk=job.pk).update(status=status, **fields)


def test_submitting_answers_202_with_the_job_and_where_it_is(owner_client, checkpoint):
    response = owner_client.api("POST", "/jobs", REQUEST)
    assert response.status_code == 202, response.content
    job = response.json()
    assert response["Location"] == f"/api/v1/jobs/{job['id']}"
    assert job["status"] == "queued"
    assert job["source"] == "api"
    assert job["position"] == 1
    assert job["parameters"]["prompt"] == "a red heart"
    assert job["parameters"]["seed"] == 42
    assert job["parameters"]["width"] == 128
    assert owner_client.get(response["Location"]).json() == job


def test_jobs_of_a_session_are_the_studios_and_a_list_takes_sources(alice, owner_client, checkpoint):
    from generation.models import Job

    page = ApiClient()
    page.force_login(alice)
    made = page.api("POST", "/jobs", REQUEST).json()
    assert made["source"] == "studio"
    owner_client.api("POST", "/jobs", REQUEST)

    def listed(query):
        return [one["source"] for one in owner_client.api("GET", f"/jobs{query}").json()["items"]]

    assert listed("") == ["api", "studio"]
    assert listed("?source=studio") == ["studio"]
    assert listed("?source=studio&source=api&status=queued") == ["api", "studio"]
    assert listed("?source=openai") == listed("?checkpoint=sdxl") == listed("?until=2020-01-01") == []
    assert listed("?order=oldest&checkpoint=starter&since=2020-01-01") == ["studio", "api"]
    fields = error_of(owner_client.api("GET", "/jobs?source=fax"), 422, "invalid_parameters")
    assert "comfyui" in next(iter(fields.values()))

    Job.objects.filter(pk=made["id"]).update(source="comfyui", status="cancelled")
    assert page.api("POST", f"/jobs/{made['id']}/retry").json()["source"] == "studio"
    assert owner_client.api("POST", f"/jobs/{made['id']}/retry").json()["source"] == "api"


def test_a_wish_without_a_seed_gets_one(owner_client, checkpoint):
    seeds = {owner_client.api("POST", "/jobs", {"prompt": "x"}).json()["parameters"]["seed"] for _ in range(3)}
    assert len(seeds) == 3
    assert all(0 <= seed < 2**32 for seed in seeds)


LENIENT = [
    "application/x-www-form-urlencoded",
    "text/plain",
    "",
    "application/json; charset=utf-8",
    "application/ld+json",
]


@pytest.mark.parametrize("content_type", LENIENT)
def test_json_is_read_whatever_harmless_type_it_comes_under(owner_client, checkpoint, content_type):
    response = owner_client.api("POST", "/jobs", '{"prompt":"a red heart"}', content_type=content_type)
    assert response.status_code == 202, response.content


def test_a_logged_in_browser_can_send_json_as_a_form_too(alice, checkpoint):
    client = ApiClient()
    client.force_login(alice)
    response = client.api("POST", "/jobs", '{"prompt":"a red heart"}', content_type="application/x-www-form-urlencoded")
    assert response.status_code == 202, response.content


class TestIdempotency:
    """The same key and wish make one job."""

    def test_the_same_request_twice_makes_one_job(self, owner_client, checkpoint):
        from generation.models import Job

        answers = [owner_client.api("POST", "/jobs", REQUEST, headers={"Idempotency-Key": "once"}) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [202, 202]
        assert answers[0].json()["id"] == answers[1].json()["id"]
        assert Job.objects.count() == 1

    def test_another_wish_with_the_same_key_is_refused(self, owner_client, checkpoint):
        headers = {"Idempotency-Key": "once"}
        assert owner_client.api("POST", "/jobs", REQUEST, headers=headers).status_code == 202
        error_of(owner_client.api("POST", "/jobs", {"prompt": "else"}, headers=headers), 409, "idempotency_conflict")

    def test_keys_of_different_people_do_not_meet(self, owner_client, charlie_client, checkpoint):
        headers = {"Idempotency-Key": "once"}
        answers = [client.api("POST", "/jobs", REQUEST, headers=headers) for client in (owner_client, charlie_client)]
        assert answers[0].json()["id"] != answers[1].json()["id"]


class TestWhose:
    """A stranger learns nothing, not even that there is something."""

    @pytest.mark.parametrize(("method", "verb"), [("GET", ""), ("POST", "/cancel"), ("POST", "/retry")])
    def test_a_strangers_answer_is_that_of_a_job_that_never_was(self, charlie_client, job, method, verb):
        foreign = charlie_client.api(method, f"/jobs/{job.pk}{verb}")
        absent = charlie_client.api(method, f"/jobs/{NOWHERE}{verb}")
        error_of(foreign, 404, "not_found")
        assert foreign.content == absent.content

    def test_a_strangers_cancel_changes_nothing(self, charlie_client, job):
        charlie_client.api("POST", f"/jobs/{job.pk}/cancel")
        job.refresh_from_db()
        assert job.status == "queued"

    def test_a_strangers_list_is_empty(self, charlie_client, job):
        assert charlie_client.api("GET", "/jobs").json() == {"items": [], "next": None}

    def test_staff_sees_no_jobs_of_others_here(self, bob, job):
        client = ApiClient()
        client.force_login(bob)
        error_of(client.api("GET", f"/jobs/{job.pk}"), 404, "not_found")

    def test_an_id_that_is_none_is_not_found(self, owner_client):
        error_of(owner_client.api("GET", "/jobs/1"), 404, "not_found")


class TestVerbs:
    """Cancel and retry."""

    def test_cancel_ends_a_waiting_job(self, owner_client, job):
        answer = owner_client.api("POST", f"/jobs/{job.pk}/cancel")
        assert answer.status_code == 200
        assert answer.json()["status"] == "cancelled"

    def test_cancel_asks_a_running_job_to_stop(self, owner_client, job):
        end(job, "running")
        answer = owner_client.api("POST", f"/jobs/{job.pk}/cancel").json()
        assert (answer["status"], answer["cancel_requested"]) == ("running", True)

    def test_cancel_leaves_a_finished_job_alone(self, owner_client, job):
        end(job, "succeeded")
        assert owner_client.api("POST", f"/jobs/{job.pk}/cancel").json()["status"] == "succeeded"

    def test_retry_makes_a_new_job_with_the_same_seed(self, owner_client, job):
        end(job, "failed", error_code="out_of_memory", error_message="Too big.")
        assert owner_client.api("GET", f"/jobs/{job.pk}").json()["error"] == {
            "code": "out_of_memory",
            "message": "Too big.",
        }
        response = owner_client.api("POST", f"/jobs/{job.pk}/retry")
        assert response.status_code == 202, response.content
        again = response.json()
        assert again["id"] != str(job.pk)
        assert response["Location"].endswith(again["id"])
        assert again["parameters"] == job.parameters

    @pytest.mark.parametrize("status", ["queued", "running", "succeeded"])
    def test_retry_refuses_what_did_not_fail(self, owner_client, job, status):
        end(job, status)
        error_of(owner_client.api("POST", f"/jobs/{job.pk}/retry"), 409, "not_retryable")

    def test_me_counts_what_is_under_way(self, owner_client, alice, checkpoint, job):
        end(make_job(alice, checkpoint), "running")
        assert owner_client.api("GET", "/me").json()["jobs"] == {"queued": 1, "running": 1}


class TestLists:
    """Pages, filters, and what they cost."""

    @pytest.fixture
    def seven(self, alice, checkpoint):
        from generation.models import Job

        jobs = [make_job(alice, checkpoint) for _ in range(7)]
        # four of them in the same microsecond: the id has to sort those out
        Job.objects.filter(pk__in=[job.pk for job in jobs[:4]]).update(created_at=jobs[0].created_at)
        return jobs

    def test_pages_follow_each_other_without_gap_or_repetition(self, owner_client, alice, checkpoint, seven):
        seen, cursor, sizes = [], "", []
        while cursor is not None:
            page = owner_client.api("GET", f"/jobs?limit=3&cursor={cursor}").json()
            seen += [job["id"] for job in page["items"]]
            sizes.append(len(page["items"]))
            cursor = page["next"]
            if len(sizes) == 1:
                make_job(alice, checkpoint)  # what arrives in front must not shift the pages behind
        assert sizes == [3, 3, 1]
        assert len(set(seen)) == 7
        assert set(seen) == {str(job.pk) for job in seven}

    def test_a_full_last_page_has_no_next(self, owner_client, seven):
        assert owner_client.api("GET", "/jobs?limit=7").json()["next"] is None

    def test_states_can_be_filtered_and_combined(self, owner_client, seven):
        end(seven[0], "failed")
        end(seven[1], "cancelled")
        found = owner_client.api("GET", "/jobs?status=failed&status=cancelled").json()["items"]
        assert {job["id"] for job in found} == {str(seven[0].pk), str(seven[1].pk)}

    def test_a_longer_list_costs_no_more_queries(
        self, owner_client, alice, checkpoint, seven, django_assert_num_queries
    ):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        make_image(alice, job_id=seven[-1].pk)  # the newest, on the short page too
        owner_client.api("GET", "/jobs?limit=1")  # the first use of a key is written down
        with CaptureQueriesContext(connection) as short:
            owner_client.api("GET", "/jobs?limit=1")
        for job in seven[:-1]:
            make_image(alice, job_id=job.pk)
        with django_assert_num_queries(len(short)):
            items = owner_client.api("GET", "/jobs?limit=7").json()["items"]
        assert [len(job["images"]) for job in items] == [1] * 7
        assert len(short) <= 12  # seven of them tell the places of those who wait, here one person
