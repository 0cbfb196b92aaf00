"""The simple API without a worker: authentication, requests, refusals."""

import base64

import pytest
from django.test import Client
from django.urls import reverse

from generation.models import Job
from sdsite.api.compat.simple import views
from tests.sdsite.api.compat.simple.conftest import ask, end, job_of, refusal
from tests.support.clients.api_client import ApiClient, knocking_as, make_key
from tests.support.factories import make_job
from tests.support.images import encoded, picture

pytestmark = pytest.mark.django_db(transaction=True)

refusing = pytest.mark.django_db  # a refusal creates no job to wait for, so the transaction can be rolled back
RED = base64.b64encode(encoded(picture("red", (128, 128)))).decode()


@pytest.fixture(autouse=True)
def _alone(no_worker):
    """No worker takes the jobs."""


def test_a_request_with_the_bare_key_is_a_job_of_its_owner(alice, checkpoint, valkey):
    _, key = make_key(alice, "generate")
    for header in (key, f"Bearer {key}"):
        job = job_of(ask(ApiClient(headers={"Authorization": header}), model_type="starter", size="128x128", steps=3))
        assert (job.owner, job.source, job.parameters["steps"]) == (alice, "simple", 3)


def test_an_image_is_generated_over(client, alice):
    parameters = job_of(ask(client, "/img2img", image=RED, strength=0.4)).parameters
    assert (parameters["task"], parameters["strength"]) == ("image_to_image", 0.4)
    white = base64.b64encode(encoded(picture("white", (128, 128)))).decode()
    url = f"data:image/png;base64,{RED}"
    assert job_of(ask(client, "/img2img", image=url, mask=white)).parameters["task"] == "inpaint"


def test_a_request_that_is_sent_again_with_its_key_is_one_job(client):
    once = {"Idempotency-Key": "once"}
    assert job_of(ask(client, headers=once)) == job_of(ask(client, headers=once))


@refusing
def test_refusals_have_one_shape(client, alice, checkpoint):
    refusal(ask(Client()), 401, "unauthorized")
    refusal(ask(Client(headers={"Authorization": "sds_aaaaaaaa_wrong"})), 401, "unauthorized")
    refusal(ask(knocking_as(alice, "read")), 403, "forbidden_scope")
    refusal(knocking_as(alice, "generate").get("/recent"), 403, "forbidden_scope")
    refusal(client.delete("/generate"), 405, "method_not_allowed")
    refusal(client.get("/img2img"), 405, "method_not_allowed")
    refusal(client.post("/recent"), 405, "method_not_allowed")
    refusal(client.post("/generate", "[1]", content_type="application/json"), 400, "invalid_json")
    refusal(ask(client, "/img2img"), 422, "invalid_parameters", "image")
    refusal(ask(client, "/img2img", image="no image"), 422, "invalid_parameters", "image")
    refusal(ask(client, num_inference_steps=100_000), 422, "invalid_parameters", "num_inference_steps")
    refusal(ask(client, loras=[{"name": "gone"}]), 422, "adapter_missing", "loras.0.name")


class TestImageOfQuery:
    """GET /generate."""

    def test_it_waits_and_says_where_the_job_is(self, client, monkeypatch):
        monkeypatch.setattr(views, "MOST_WAIT_SECONDS", 0.0)
        response = client.get("/generate", {"prompt": "a red heart", "steps": "3", "size": "128"})
        assert (response.status_code, response.json()["error"]) == (504, "timeout")
        job = Job.objects.get()
        assert (job.source, job.parameters["steps"], job.count) == ("simple", 3, 1)
        assert f"/status/{job.pk}" in response.json()["message"]

    def test_it_answers_with_the_file(self, client, monkeypatch):
        monkeypatch.setattr(views, "MOST_WAIT_SECONDS", 0.0)
        asked = {"path": "/generate", "data": {"prompt": "a fox"}, "headers": {"Idempotency-Key": "once"}}
        client.get(**asked)
        end(Job.objects.get())
        response = client.get(**asked)
        assert (response.status_code, response["Content-Type"]) == (200, "image/png")
        assert (response["Cache-Control"], response["X-Sdsite-Seed"]) == ("no-store", "7")
        assert response.content.startswith(b"\x89PNG")

    @refusing
    def test_it_needs_a_key_and_makes_one_image(self, client, as_alice):
        refusal(as_alice.get("/generate?prompt=a"), 401, "unauthorized")
        assert client.head("/generate?prompt=a").status_code == 405
        refusal(client.get("/generate?prompt=a&n=2"), 422, "invalid_parameters", "n")
        refusal(client.get("/generate?prompt=a&colour=red"), 422, "invalid_parameters", "colour")


class TestJobs:
    """GET /status/ID and GET /recent."""

    def test_only_the_callers_own_are_shown(self, client, alice, charlie, checkpoint):
        mine, theirs = make_job(alice, checkpoint), make_job(charlie, checkpoint)
        assert client.get(f"/status/{mine.pk}").json()["status"] == "queued"
        for unknown in (theirs.pk, "no-id"):
            response = client.get(f"/status/{unknown}")
            assert (response.status_code, response.json()["error"]) == (404, "not_found")
        assert [job["id"] for job in client.get("/recent").json()["jobs"]] == [str(mine.pk)]

    def test_the_newest_come_first_and_as_many_as_asked(self, client, alice, checkpoint, django_assert_max_num_queries):
        jobs = [str(make_job(alice, checkpoint).pk) for _ in range(3)]
        assert [job["id"] for job in client.get("/recent?limit=2").json()["jobs"]] == jobs[:0:-1]
        with django_assert_max_num_queries(12):
            client.get("/recent")

    @refusing
    @pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "limit=²", "page=2"])
    def test_other_queries_are_refused(self, client, query):
        refusal(client.get(f"/recent?{query}"), 422, "invalid_parameters", query.partition("=")[0])

    def test_the_address_of_a_job_is_the_sites_own(self, client):
        job = job_of(ask(client))
        assert reverse("simple_status", args=[str(job.pk)]) == f"/status/{job.pk}"
