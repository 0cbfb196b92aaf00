"""Asking what a wish would come to, without having it drawn."""

import base64
import io

import pytest
from django.core.files.storage import default_storage
from PIL import Image as Pillow

from gallery.models import Upload
from generation.models import Job, RoleLimits, Share, Webhook, WebhookDelivery
from generation.webhooks.actions import create_webhook
from generation.webhooks.catalog import EVENTS
from generation.webhooks.job_webhook import SECRET_HEADER
from tests.support.clients.api_client import error_of, knocking_as
from tests.support.factories import make_job

pytestmark = pytest.mark.django_db

DRY = "/jobs?dry_run=true"


@pytest.fixture(autouse=True)
def _measured(checkpoint):
    checkpoint.step_seconds = 10.0
    checkpoint.image_seconds = 0.5
    checkpoint.save()


def data_url(colour="red"):
    buffer = io.BytesIO()
    Pillow.new("RGB", (128, 128), colour).save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def test_it_tells_what_a_job_would_be_and_makes_none(owner_client):
    requested = {"prompt": "a red heart", "count": 3, "steps": 10, "seed": 5, "variation_seed": 6}
    answer = owner_client.api("POST", DRY, requested)
    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert not Job.objects.exists()
    assert not Share.objects.exists()
    made = owner_client.api("POST", "/jobs", requested).json()
    job = Job.objects.get(pk=made["id"])
    assert told["dry_run"] is True
    for name in ("parameters", "notes", "checkpoint_title", "image_count"):
        assert told[name] == made[name], name
    assert told["accelerator_seconds"] == pytest.approx(job.predicted_seconds, abs=1e-3)
    assert job.predicted_seconds == pytest.approx(3 * (10 * 128 * 128 / 1e6 * 10.0 + 0.5))
    assert told["position"] == 1


def test_its_place_is_behind_the_jobs_that_wait(owner_client, charlie, alice, checkpoint):
    for owner in (alice, alice, charlie):
        make_job(owner, checkpoint)
    assert owner_client.api("POST", DRY, {"prompt": "x"}).json()["position"] == 4
    assert knocking_as(charlie).api("POST", DRY, {"prompt": "x"}).json()["position"] in (3, 4)
    assert Job.objects.count() == 3


@pytest.mark.parametrize(
    ("requested", "status", "code"),
    [
        ({"prompt": "x", "steps": 0}, 422, "invalid_parameters"),
        ({"prompt": "x", "width": 512, "height": 512}, 422, "invalid_parameters"),
        ({"prompt": "x", "checkpoint": "nowhere"}, 422, "checkpoint_missing"),
        ({"prompt": "x", "loras": [{"name": "nowhere"}]}, 422, "adapter_missing"),
        ({"prompt": "x", "init_image": "data:image/png;base64,AAAA"}, 422, "invalid_parameters"),
    ],
)
def test_what_would_be_refused_is_refused(owner_client, requested, status, code):
    error_of(owner_client.api("POST", DRY, requested), status, code)


def test_limits_of_the_role_count(owner_client):
    row, _ = RoleLimits.objects.get_or_create(group=None)
    row.most_seconds_a_day = 1
    row.save()
    answer = owner_client.api("POST", DRY, {"prompt": "x", "count": 4})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "limit_exceeded")
    assert owner_client.api("POST", DRY, {"prompt": "x", "steps": 1}).status_code == 200


def test_pictures_that_come_along_are_opened_and_not_kept(owner_client):
    requested = {"prompt": "x", "init_image": data_url(), "strength": 0.5}
    told = owner_client.api("POST", DRY, requested).json()
    assert told["parameters"]["task"] == "image_to_image"
    assert told["parameters"]["init_image"] == "data:image/png;base64,..."
    assert not Upload.objects.exists()
    assert not default_storage.exists("uploads") or not any(
        default_storage.listdir(f"uploads/{one}")[1] for one in default_storage.listdir("uploads")[0]
    )


def test_an_own_upload_may_be_named(owner_client, charlie_client):
    sent = owner_client.generic("POST", "/api/v1/uploads", base64.b64decode(data_url()[22:]), content_type="image/png")
    reference = sent.json()["reference"]
    told = owner_client.api("POST", DRY, {"prompt": "x", "init_image": reference}).json()
    assert told["parameters"]["init_image"] == reference
    error_of(charlie_client.api("POST", DRY, {"prompt": "x", "init_image": reference}), 422, "invalid_parameters")


def test_it_spends_no_idempotency_key(owner_client):
    headers = {"Idempotency-Key": "once"}
    assert owner_client.api("POST", DRY, {"prompt": "x"}, headers=headers).status_code == 200
    assert owner_client.api("POST", "/jobs", {"prompt": "another"}, headers=headers).status_code == 202
    assert owner_client.api("POST", DRY, {"prompt": "x"}, headers=headers).json()["dry_run"] is True
    assert Job.objects.count() == 1


def test_it_keeps_no_webhook_and_tells_none(owner_client, alice):
    create_webhook(owner=alice, name="All", url="https://example.org/all", events=list(EVENTS))
    hook = {"url": "https://example.org/hook", "events": ["job.queued"]}
    response = owner_client.api("POST", DRY, {"prompt": "x", "webhook": hook})
    assert response.status_code == 200
    assert SECRET_HEADER not in response
    assert [row.name for row in Webhook.objects.all()] == ["All"]
    assert not WebhookDelivery.objects.exists()
    hook["url"] = "http://127.0.0.1/"
    assert "webhook.url" in error_of(
        owner_client.api("POST", DRY, {"prompt": "x", "webhook": hook}), 422, "invalid_parameters"
    )


def test_a_key_that_may_only_read_may_not_ask(alice):
    error_of(knocking_as(alice, "read").api("POST", DRY, {"prompt": "x"}), 403, "forbidden_scope")
