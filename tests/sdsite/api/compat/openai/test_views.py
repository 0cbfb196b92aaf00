"""OpenAI's endpoints without a worker: authentication, requests, refusals."""

import pytest
from django.test import Client

from generation.models import Job, RoleLimits
from sdsite.accounts.api_keys import create_key
from tests.sdsite.api.compat.openai.conftest import ask, job_of, refusal
from tests.support.clients.api_client import knocking_as
from tests.support.factories import make_checkpoint

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_wait")]


refusing = pytest.mark.django_db  # a refusal creates no job to wait for, so the transaction can be rolled back


class TestAsking:
    """A request becomes a job of the caller."""

    def test_a_request_is_a_job_and_a_timeout_is_not_retried(self, client, alice):
        response = ask(client, model="gpt-image-2", n=2, size="128x128", seed=7, steps=3, user="somebody")
        assert response.status_code == 504
        job = job_of(response)
        assert (job.owner, job.source, job.count) == (alice, "openai", 2)
        assert {"seed": 7, "steps": 3, "width": 128, "checkpoint": "starter"}.items() <= job.parameters.items()
        assert f"/api/v1/jobs/{job.pk}" in response.json()["error"]["message"]

    def test_a_model_is_a_checkpoint_and_another_name_the_default(self, client, settings):
        make_checkpoint("ink", steps=5)
        assert job_of(ask(client, model="ink")).checkpoint.slug == "ink"
        assert job_of(ask(client, model="org/dall-e 3")).checkpoint.slug == "starter"
        assert job_of(ask(client, model="dall-e-3", checkpoint="ink")).checkpoint.slug == "ink"
        Job.objects.all().delete()
        settings.ENV = {**settings.ENV, "SDSITE_STRICT_MODELS": True}
        error = refusal(ask(client, model="dall-e-3"), 404, "model_not_found", "model")
        assert error["type"] == "invalid_request_error"
        assert "'dall-e-3'" in error["message"]
        assert job_of(ask(client, model="")).checkpoint.slug == "starter"

    @refusing
    @pytest.mark.parametrize(
        ("words", "code", "param"),
        [
            ({"size": "63x64"}, "invalid_parameters", "size"),
            ({"size": "512x512"}, "invalid_parameters", "size"),
            ({"size": "big"}, "invalid_parameters", "size"),
            ({"n": 11}, "invalid_parameters", "n"),
            ({"output_format": "svg"}, "invalid_parameters", "output_format"),
            ({"checkpoint": "gone"}, "checkpoint_missing", "model"),
            ({"loras": [{"name": "gone"}]}, "adapter_missing", "loras.0.name"),
            ({"num_inference_steps": 3}, "invalid_parameters", "num_inference_steps"),
        ],
    )
    def test_what_cannot_be_is_refused_by_the_name_it_was_sent_with(self, client, words, code, param):
        assert refusal(ask(client, **words), 400, code, param)["type"] == "invalid_request_error"

    @refusing
    def test_who_is_not_let_in_is_told_so_in_its_shape(self, client, alice, checkpoint):
        wrong = Client(headers={"Authorization": "Bearer sd_nope"})
        assert refusal(ask(wrong), 401, "invalid_api_key")["type"] == "authentication_error"
        refusal(ask(Client()), 401, "invalid_api_key")
        assert refusal(ask(knocking_as(alice, "read")), 403, "forbidden_scope")["type"] == "permission_error"
        refused = client.get("/v1/images/generations")
        refusal(refused, 405, "method_not_allowed")
        assert refused["Allow"] == "POST"
        refusal(client.post("/v1/chat/completions"), 404, "not_found")
        for data in ("[1]", '{"prompt":' + "[" * 90_000):
            body = {"data": data, "content_type": "application/json"}
            refusal(client.post("/v1/images/generations", **body), 400, "invalid_json")

    def test_limits_of_a_role_are_told_in_its_words(self, client):
        RoleLimits.objects.create(group=None, most_images=1)
        refusal(ask(client, n=2), 403, "limit_exceeded", "n")
        RoleLimits.objects.update(most_images=None, most_queued=1)
        job_of(ask(client))
        response = ask(client)
        assert response.status_code == 429
        assert response.json()["error"]["type"] == "rate_limit_error"
        assert int(response["Retry-After"]) > 0


def test_models_are_the_checkpoints_that_one_may_use(client, checkpoint):
    hidden = make_checkpoint("ink")
    make_checkpoint("off", enabled=False)
    listed = client.get("/v1/models").json()
    assert listed["object"] == "list"
    assert [model["id"] for model in listed["data"]] == ["starter", "ink"]
    created = int(hidden.created_at.timestamp())
    assert client.get("/v1/models/ink").json() == {
        "id": "ink",
        "object": "model",
        "created": created,
        "owned_by": "sdsite",
    }
    refusal(client.get("/v1/models/off"), 404, "model_not_found", "model")
    refusal(client.get("/v1/models/org/any"), 404, "model_not_found", "model")
    RoleLimits.objects.create(group=None).checkpoints.add(checkpoint)
    assert [model["id"] for model in client.get("/v1/models").json()["data"]] == ["starter"]
    refusal(client.get("/v1/models/ink"), 404, "model_not_found", "model")
    refusal(ask(client, model="ink"), 403, "checkpoint_not_allowed", "model")
    refusal(Client().get("/v1/models"), 401, "invalid_api_key")


def test_a_key_for_some_checkpoints_shows_and_draws_with_those(client, alice):
    make_checkpoint("ink")
    _, key = create_key(owner=alice, name="ink", scopes=["generate"], checkpoints=["ink"])
    bound = Client(headers={"Authorization": f"Bearer {key}"})
    assert [model["id"] for model in bound.get("/v1/models").json()["data"]] == ["ink"]
    refusal(ask(bound, model="starter"), 403, "checkpoint_not_allowed", "model")
    assert job_of(ask(bound, model="dall-e-3")).checkpoint.slug == "ink"
