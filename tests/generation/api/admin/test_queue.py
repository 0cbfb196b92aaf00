"""The queue over the API of administrators: its state, its switches, and who may."""

import pytest
from django.contrib.auth.models import Permission

from generation.models import Job
from generation.queue.state import current_state
from tests.support.clients.api_client import error_of, knocking_as
from tests.support.factories import make_job

pytestmark = pytest.mark.usefixtures("valkey")


def test_it_says_what_waits_and_runs(root, alice, checkpoint):
    running, _, _ = (make_job(alice, checkpoint) for _ in range(3))
    Job.objects.filter(pk=running.pk).update(status="running")
    answer = knocking_as(root, "admin").api("GET", "/admin/queue").json()
    assert (answer["state"], answer["waiting"], answer["running"]) == ("open", {"interactive": 2, "batch": 0}, 1)


def test_it_is_switched_and_keeps_the_message(root):
    api = knocking_as(root, "admin")
    answer = api.api("PATCH", "/admin/queue", {"paused": True, "message": "New disks."}).json()
    assert (answer["state"], answer["message"], current_state().paused) == ("paused", "New disks.", True)
    answer = api.api("PATCH", "/admin/queue", {"paused": False}).json()
    assert (answer["state"], answer["message"]) == ("open", "New disks.")
    error_of(api.api("PATCH", "/admin/queue", {"speed": 2}), 422, "invalid_parameters")


def test_looking_needs_another_permission_than_switching(bob):
    bob.user_permissions.add(Permission.objects.get(codename="view_queuestate"))
    key = knocking_as(bob, "admin")
    assert key.api("GET", "/admin/queue").status_code == 200
    error_of(key.api("PATCH", "/admin/queue", {"paused": True}), 403, "not_allowed")
    assert not current_state().paused
