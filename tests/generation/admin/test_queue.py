"""Pause, close and open from the admin: who may, what is kept of it."""

import pytest
from django.urls import reverse

from generation.queue.state import current_state
from sdsite.accounts.models import AuditEvent

pytestmark = pytest.mark.usefixtures("valkey_alone")
SWITCH = reverse("admin:generation_queuestate_switch")


def press(client, switch, message=""):
    return client.post(SWITCH, {"switch": switch, "message": message}, follow=True)


def test_the_dashboards_buttons_pause_and_resume(as_root, root):
    page = press(as_root, "pause", "Cleaning the fans.").content.decode()
    assert "paused: nothing new starts" in page
    assert "Cleaning the fans." in page
    assert (current_state().paused, current_state().closed) == (True, False)
    assert "The queue is open" in press(as_root, "resume").content.decode()
    assert not current_state().paused
    assert [event.actor for event in AuditEvent.objects.filter(action="queue.changed")] == [root, root]


def test_the_dashboards_buttons_close_and_open(as_root):
    assert "closed: new jobs are refused, queued ones are generated" in press(as_root, "close").content.decode()
    press(as_root, "pause")
    assert (current_state().paused, current_state().closed) == (True, True)
    press(as_root, "open")
    assert (current_state().paused, current_state().closed) == (True, False)


def test_the_row_itself_can_be_changed_too(as_root):
    address = as_root.get(reverse("admin:generation_queuestate_changelist")).url
    as_root.post(address, {"paused": "on", "message": "Later."}, follow=True)
    assert (current_state().paused, current_state().message) == (True, "Later.")
    assert AuditEvent.objects.filter(action="queue.changed").count() == 1


def test_nonsense_changes_nothing(as_root):
    assert "Select a valid choice" in press(as_root, "explode").content.decode()
    press(as_root, "pause", "x" * 201)
    assert as_root.get(SWITCH).status_code == 405
    assert str(current_state()) == "open"


def test_who_may_not_change_it_cannot(as_moderator, as_alice):
    assert press(as_moderator, "pause").status_code == 403
    press(as_alice, "pause")
    assert str(current_state()) == "open"
