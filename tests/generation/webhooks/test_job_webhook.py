"""The webhook of one job: its secret, and what is refused by field."""

import pytest

from generation.models import Job, Webhook
from generation.webhooks import actions
from tests.generation.conftest import is_signed, send_all
from tests.support.clients.api_client import error_of, knocking_as

pytestmark = pytest.mark.django_db


URL = "https://example.org/hooks/sdsite"


@pytest.fixture
def client(alice):
    return knocking_as(alice)


@pytest.fixture
def stranger(charlie):
    return knocking_as(charlie)


def test_a_job_request_creates_its_webhook(client, stranger, checkpoint, receiver):
    requested = {"prompt": "a red heart", "webhook": {"url": receiver.url, "events": ["job.queued"]}}
    response = client.api("POST", "/jobs", requested, headers={"Idempotency-Key": "once"})
    assert response.status_code == 202, response.content
    secret = response["X-Sdsite-Webhook-Secret"]
    job = Job.objects.get()
    assert "webhook" not in job.parameters
    assert secret not in response.content.decode()
    send_all()
    (received,) = receiver.received
    assert received.message["job"] == str(job.pk)
    assert is_signed(received, secret)
    (listed,) = client.api("GET", f"/webhooks?job={job.pk}").json()
    assert listed["job"] == str(job.pk)
    assert client.api("GET", "/webhooks").json() == []
    assert stranger.api("GET", f"/webhooks?job={job.pk}").json() == []
    again = client.api("POST", "/jobs", requested, headers={"Idempotency-Key": "once"})
    assert again.json()["id"] == str(job.pk)
    assert "X-Sdsite-Webhook-Secret" not in again
    assert Webhook.objects.count() == 1


def test_a_job_request_may_set_the_secret(client, checkpoint, receiver):
    secret = actions.make_secret()
    requested = {"prompt": "a red heart", "webhook": {"url": receiver.url, "events": ["job.queued"], "secret": secret}}
    response = client.api("POST", "/jobs", requested)
    assert "X-Sdsite-Webhook-Secret" not in response
    assert secret not in response.content.decode()
    send_all()
    assert is_signed(receiver.received[0], secret)


@pytest.mark.parametrize(
    ("webhook", "field"),
    [
        ({"url": "http://127.0.0.1/"}, "webhook.url"),
        ({"url": URL, "events": ["all"]}, "webhook.events"),
        ({"url": URL, "secret": "whsec_short"}, "webhook.secret"),
        ({"url": URL, "colour": "red"}, "webhook"),
        ({}, "webhook.url"),
        ("https://example.org", "webhook"),
    ],
)
def test_an_invalid_webhook_of_a_job_is_refused_by_field(client, checkpoint, webhook, field):
    response = client.api("POST", "/jobs", {"prompt": "a red heart", "webhook": webhook})
    assert field in error_of(response, 422, "invalid_parameters")
    assert "whsec_short" not in response.content.decode()
    assert not Job.objects.exists()
