"""Webhooks over the API: each user's own, secrets shown once, and the log."""

import base64
import json
import uuid

import pytest

from generation.models import Webhook, WebhookDelivery
from generation.webhooks import catalog
from sdsite.accounts.models import AuditEvent
from tests.generation.conftest import send_all
from tests.support.clients.api_client import error_of, knocking_as

pytestmark = pytest.mark.django_db


URL = "https://example.org/hooks/sdsite"


@pytest.fixture
def client(alice):
    return knocking_as(alice)


@pytest.fixture
def stranger(charlie):
    return knocking_as(charlie)


def make(client, **changes):
    response = client.api("POST", "/webhooks", {"name": "Bot", "url": URL, **changes})
    assert response.status_code == 201, response.content
    return response


def test_it_is_made_read_changed_and_deleted(client):
    response = make(client)
    made = response.json()
    address = f"/webhooks/{made['id']}"
    assert response["Location"] == f"/api/v1{address}"
    assert (made["events"], made["enabled"], made["job"]) == (list(catalog.END_EVENTS), True, None)
    secret = made.pop("secret")
    assert client.api("GET", address).json() == made
    assert client.api("GET", "/webhooks").json() == [made]
    change = {"name": "Other", "events": ["image.stored", "job.queued", "job.queued"], "enabled": False}
    changed = client.api("PATCH", address, change).json()
    assert changed == {**made, **change, "events": ["job.queued", "image.stored"]}
    assert Webhook.objects.get().secret == secret
    assert client.api("DELETE", address).status_code == 204
    assert client.api("GET", "/webhooks").json() == []
    deeds = AuditEvent.objects.filter(action__startswith="webhook.").values_list("action", flat=True)
    assert set(deeds) == {"webhook.created", "webhook.changed", "webhook.deleted"}
    assert secret not in str(list(AuditEvent.objects.values()))


def test_the_secret_is_in_no_answer_but_the_first(client):
    response = make(client)
    first, made = response.json()["secret"], response.json()
    assert response["Cache-Control"] == "no-store"
    assert len(base64.b64decode(first.removeprefix("whsec_"))) == 32
    rotated = client.api("POST", f"/webhooks/{made['id']}/secret")
    second = rotated.json()["secret"]
    assert first != second
    client.api("POST", f"/webhooks/{made['id']}/test")
    for path in ("/webhooks", f"/webhooks/{made['id']}", f"/webhooks/{made['id']}/deliveries"):
        text = client.api("GET", path).content.decode()
        assert first not in text
        assert second not in text


def test_a_stranger_finds_nothing(client, stranger, alice):
    made = make(client).json()
    delivery = client.api("POST", f"/webhooks/{made['id']}/test").json()
    theirs = make(stranger).json()
    assert [one["id"] for one in stranger.api("GET", "/webhooks").json()] == [theirs["id"]]
    own, log = f"/webhooks/{made['id']}", f"/webhooks/{made['id']}/deliveries"
    wrong = [
        ("GET", own, None),
        ("PATCH", own, {"enabled": False}),
        ("DELETE", own, None),
        ("POST", f"{own}/secret", None),
        ("POST", f"{own}/test", None),
        ("GET", log, None),
        ("POST", f"{log}/{delivery['id']}/redeliver", None),
        ("POST", f"/webhooks/{theirs['id']}/deliveries/{delivery['id']}/redeliver", None),
    ]
    for method, path, body in wrong:
        error_of(stranger.api(method, path, body), 404, "not_found")
    row = Webhook.objects.get(pk=made["id"])
    assert (row.enabled, row.secret, row.deliveries.count()) == (True, made["secret"], 1)


WRONG = [
    ({"name": " "}, "name"),
    ({"name": "x" * 81}, "name"),
    ({"name": "a\x00b"}, "name"),
    ({"events": []}, "events"),
    ({"events": ["job.progress"]}, "events"),
    ({"url": "ftp://example.org/"}, "url"),
    ({"url": "https://user:secret@example.org/"}, "url"),
    ({"url": "https://example.org:22/"}, "url"),
    ({"url": "http://10.0.0.1/"}, "url"),
    ({"url": "http://[::1]/"}, "url"),
    ({"url": "http://169.254.169.254/latest"}, "url"),
    ({"url": "https://example.org/" + "x" * 2100}, "url"),
    ({"url": "https://example.org/\ud800"}, None),
    ({"colour": "red"}, "body"),
]


@pytest.mark.parametrize(("change", "field"), WRONG)
def test_what_cannot_be_is_refused_by_field(client, change, field):
    response = client.api("POST", "/webhooks", json.dumps({"name": "Bot", "url": URL, **change}))
    if field is None:
        assert 400 <= response.status_code < 500
    else:
        assert field in error_of(response, 422, "invalid_parameters")
    assert not Webhook.objects.exists()


def test_the_log_pages_and_a_delivery_is_sent_again(client, alice, receiver):
    made = make(client, url=receiver.url).json()
    log = f"/webhooks/{made['id']}/deliveries"
    receiver.answers = [(500, {})]
    for _ in range(3):
        assert client.api("POST", f"/webhooks/{made['id']}/test").status_code == 202
    WebhookDelivery.objects.update(next_attempt_at=made["created_at"])
    send_all()
    page = client.api("GET", f"{log}?limit=2").json()
    rest = client.api("GET", f"{log}?limit=2&cursor={page['next']}").json()
    assert (len(page["items"]), len(rest["items"]), rest["next"]) == (2, 1, None)
    failed = next(one for one in page["items"] + rest["items"] if one["state"] == "waiting")
    assert (failed["attempts"], failed["response_status"]) == (1, 500)
    assert failed["next_attempt_at"]
    again = client.api("POST", f"{log}/{failed['id']}/redeliver").json()
    assert (again["state"], again["attempts"]) == ("waiting", 0)
    send_all()
    assert {one["state"] for one in client.api("GET", log).json()["items"]} == {"delivered"}
    assert [received.message["id"] for received in receiver.received].count(failed["id"]) == 2


def test_a_webhook_that_is_off_sends_nothing_by_hand(client):
    made = make(client, enabled=False).json()
    error_of(client.api("POST", f"/webhooks/{made['id']}/test"), 409, "webhook_off")


def test_an_unknown_webhook_is_not_found(client):
    error_of(client.api("GET", f"/webhooks/{uuid.uuid4()}"), 404, "not_found")
