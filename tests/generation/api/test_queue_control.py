"""The switches of the queue over the API, for those who may change it."""

import pytest
from django.contrib.auth.models import Permission

from generation.queue.state import current_state
from sdsite.accounts.models import AuditEvent
from tests.support.clients.api_client import ApiClient, error_of, knocking_as

pytestmark = pytest.mark.usefixtures("valkey")


@pytest.fixture
def operator(bob):
    bob.user_permissions.add(Permission.objects.get(codename="change_queuestate"))
    return type(bob).objects.get(pk=bob.pk)


@pytest.fixture
def operating(operator):
    return knocking_as(operator, "admin", "read")


def changes():
    return [event.after for event in AuditEvent.objects.filter(action="queue.changed").order_by("pk")]


def test_it_is_paused_and_resumed_with_a_message(operating, owner_client, checkpoint):
    answer = operating.api("PATCH", "/queue", {"paused": True, "message": "New disks until noon."})
    assert (answer.json()["state"], answer.json()["message"]) == ("paused", "New disks until noon.")
    assert owner_client.api("GET", "/queue").json()["message"] == "New disks until noon."
    assert owner_client.api("POST", "/jobs", {"prompt": "a red heart"}).status_code == 202
    assert operating.api("PATCH", "/queue", {"paused": False}).json()["state"] == "open"
    assert changes() == [{"paused": True, "message": "New disks until noon."}, {"paused": False}]


def test_closing_refuses_new_jobs_with_the_message(operating, owner_client, checkpoint):
    operating.api("PATCH", "/queue", {"closed": True, "message": "Until tomorrow."})
    response = owner_client.api("POST", "/jobs", {"prompt": "a red heart"})
    error_of(response, 503, "queue_closed")
    assert response.json()["error"]["message"] == "Until tomorrow."


def test_nothing_changes_and_nothing_is_written_for_an_empty_wish(operating):
    assert operating.api("PATCH", "/queue", {}).json()["state"] == "open"
    assert changes() == []


@pytest.mark.parametrize("body", [{"paused": "soon"}, {"message": "x" * 201}, {"speed": 2}])
def test_a_bad_wish_names_its_field(operating, body):
    assert set(error_of(operating.api("PATCH", "/queue", body), 422, "invalid_parameters")) == set(body)
    assert str(current_state()) == "open"


def test_others_change_nothing(alice, bob):
    body = {"paused": True}
    session = ApiClient()
    session.force_login(alice)
    error_of(session.api("PATCH", "/queue", body), 403, "not_allowed")
    error_of(knocking_as(bob, "generate", "read", "write").api("PATCH", "/queue", body), 403, "forbidden_scope")
    error_of(knocking_as(bob, "admin").api("PATCH", "/queue", body), 403, "not_allowed")
    assert str(current_state()) == "open"
